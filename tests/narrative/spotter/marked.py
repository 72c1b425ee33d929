"""Sentences written for the tests, with what is to be found in them.

`[words]kind` marks a mention; the kinds are those of `MentionKind`.
"""

from __future__ import annotations

import re

from app.text import Span

SENTENCES = (
    "A [58-year-old]age [man]sex was [admitted]event to our [hospital]place with [fever]symptom, "
    "[dry cough]symptom and [chest pain]symptom.",
    "She had a history of [type 2 diabetes mellitus]disease and [hypertension]disease.",
    "[Computed tomography]test of the [abdomen]site revealed a [3 cm]value [mass]symptom in the "
    "[left kidney]site.",
    "The [hemoglobin]test was [8.4 g/dL]value and the [platelet count]test was [92,000/mm3]value.",
    "He was treated with [prednisone]medication [40 mg daily]dose.",
    "[Intravenous]route [ceftriaxone]medication [2 g]dose was started.",
    "[Physical examination]test showed [hepatomegaly]symptom and [jaundice]symptom.",
    "A [laparoscopic cholecystectomy]procedure was performed.",
    "Her [blood pressure]test was [160/95 mmHg]value and her [pulse]test [104 beats per minute]"
    "value.",
    "[Magnetic resonance imaging]test of the [brain]site was [normal]value.",
    "The patient complained of [headache]symptom, [nausea]symptom and [vomiting]symptom.",
    "[Echocardiography]test showed [pericardial effusion]disease.",
    "He [denied]x [dyspnea]symptom, [syncope]symptom and [palpitations]symptom.",
    "The diagnosis of [multiple sclerosis]disease was made.",
    "[Serum creatinine]test was [elevated]value.",
    "[Three weeks later]time she developed [weakness]symptom of the [right arm]site.",
    "The [tumor]coreference was removed by [surgical resection]procedure.",
    "[Biopsy]test of the [skin]site showed [lymphocytic infiltration]symptom.",
    "She received [methotrexate]medication and [folic acid]medication.",
    "A [7-month-old]age [girl]sex presented with [severe]severity [diarrhea]symptom and "
    "[weight loss]symptom.",
    "[Chest radiography]test revealed [bilateral]x [infiltrates]symptom.",
    "The [electrocardiogram]test showed [atrial fibrillation]disease.",
    "[Hemodialysis]procedure was initiated because of [renal failure]disease.",
    "He was [discharged]event [home]place on [aspirin]medication and [atorvastatin]medication.",
    "[Colonoscopy]test revealed an [ulcer]symptom in the [sigmoid colon]site.",
)

_MARK = re.compile(r"\[([^\]]*)\]([a-z]+)")


def unmark(marked: str) -> tuple[str, list[tuple[Span, str]]]:
    """The bare text and the marked spans in it; the kind `x` marks words that do not count."""
    text, wanted, done = "", [], 0
    for match in _MARK.finditer(marked):
        text += marked[done : match.start()]
        if match[2] != "x":
            wanted.append((Span(len(text), len(text) + len(match[1])), match[2]))
        text += match[1]
        done = match.end()
    return text + marked[done:], wanted

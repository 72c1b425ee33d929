"""Doses, times, values and the like that are recognised by their form."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.narrative import values
from app.narrative.mentions import Sentence
from app.narrative.tokens import tokenize
from app.resources import layers
from app.text import Block, BlockKind, Span

VALUES = values.load(layers(None))


def sentence(text: str, start: int = 0) -> Sentence:
    end = len(text)
    block = Block(BlockKind.CASE, Span(start, end))
    return Sentence(Span(start, end), tokenize(text, start, end), block)


def marked(text: str) -> list[tuple[str, str]]:
    """(kind, words) of every `[kind:words]`."""
    return [(m[1], m[2]) for m in re.finditer(r"\[([a-z]+):([^\]]+)\]", text)]


def plain(text: str) -> str:
    """The sentence itself; braces stand for square brackets in it."""
    bare = re.sub(r"\[[a-z]+:([^\]]+)\]", r"\1", text)
    return bare.replace("{", "[").replace("}", "]")


# every mention that is to be found is marked; "range" is a value with the label of a range
SENTENCES = """
He received prednisone [dose:40 mg] [route:orally] [frequency:twice daily] [duration:for 5 days].
Amoxicillin [dose:500 mg] [route:p.o.] [frequency:t.i.d.] was started.
She was treated with [route:intravenous] ceftriaxone [dose:2 g] [frequency:every 12 hours].
Heparin was given at [dose:18 units/kg/h].
Vancomycin [dose:15 mg/kg] [frequency:every 8 h] was administered.
Rituximab [dose:375 mg/m2] [frequency:weekly] was added.
Methotrexate [dose:15 mg] [frequency:once weekly] was prescribed.
Enoxaparin [dose:60 mg] [frequency:b.i.d.] was given [route:subcutaneously].
Insulin was increased to [dose:20 IU] [frequency:at bedtime].
The dose was [dose:0.5 mg/kg/day].
He took ibuprofen [dose:400 mg] [frequency:as needed].
Radiotherapy with a [dose:total dose of 30 Gy] was given.
Hemoglobin was [value:8.2 g/dL].
The temperature was [value:38.4 °C] and the pulse [value:104/min].
Blood pressure was [value:120/80 mmHg].
White cells were [value:12,000/mm3] (normal range [range:4,000–10,000/mm3]).
CRP was [value:12 mg/L] (reference [range:< 5 mg/L]).
ALT was [value:35 U/L] (NR: [range:0-50]) and AST [value:40 U/L] (normal: [range:5-40]).
Potassium [value:4.1 mmol/L] {ref. [range:3.5–5.0]}.
Ferritin [value:900 ng/mL] (reference range, [range:20-250 ng/mL]).
The platelet count was [value:585 × 109/L].
It measured [value:3 x 2 x 1.5 cm].
The antinuclear antibody titre was [value:1:320].
Oxygen saturation was [value:95%] on room air.
The fever rose [value:up to 39.5 °C].
CA 19-9 was [value:>1000 U/mL].
Arterial pH [value:7.21] with lactate [value:6.3 mmol/L].
The GCS was [value:7].
The INR was [value:2.4].
Urine protein was [value:1.8 g/24 h].
[time:Three weeks before admission] she fell.
[time:Six months later] she was well.
[time:On day 5] he deteriorated.
[time:In March 2015] he was seen.
[time:Two days after surgery] the drain was removed.
[time:On the third postoperative day] a leak was seen.
He was discharged [time:on postoperative day 12].
She was born [time:in 1987].
[time:At the age of 12 years] he had measles.
[time:At 6 months follow-up] there was no recurrence.
The pain began [time:10 days ago].
She had a [duration:3-week history] of cough.
Fever persisted [duration:for two weeks].
[duration:Over the past 16 years] he had smoked.
A 63-year-old woman was seen.
A 3-month-old boy had a rash.
"""


def _lines() -> list[str]:
    return [line for line in SENTENCES.strip().splitlines() if line]


@pytest.mark.parametrize("line", _lines())
def test_found(line: str) -> None:
    text = plain(line)
    found = [
        (
            "range" if m.label == "reference_range" else m.kind.value,
            text[m.span.start : m.span.end],
        )
        for m in VALUES.find(sentence(text))
    ]
    expected = marked(line)
    assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        "There was a mass at the level of L5.",
        "Oral ulcers and rectal bleeding were treated.",
        "Stage IV carcinoma was treated.",
        "Intravenous access was lost during treatment.",
        "He was admitted to the ward.",
        "Activities of daily living were impaired.",
        "CD20 and IL-6 were stained.",
        "See Figure 2 and Table 3.",
    ],
)
def test_nothing_found(text: str) -> None:
    assert VALUES.find(sentence(text)) == []


def test_spans_count_from_the_beginning_of_the_document() -> None:
    text = "He was seen. Sodium was 135 mmol/L."
    found = VALUES.find(sentence(text, 13))
    assert [text[m.span.start : m.span.end] for m in found] == ["135 mmol/L"]


def test_white_space_of_the_source_does_not_matter() -> None:
    text = "Prednisone 40\nmg twice\u00a0daily was given"
    found = [text[m.span.start : m.span.end] for m in VALUES.find(sentence(text))]
    assert found == ["40\nmg", "twice\u00a0daily"]


@given(st.text(max_size=120))
def test_any_sentence_is_searched_without_error(text: str) -> None:
    last = 0
    for mention in VALUES.find(sentence(text)):
        assert last <= mention.span.start < mention.span.end <= len(text)
        last = mention.span.end

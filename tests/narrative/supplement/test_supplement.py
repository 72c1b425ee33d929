"""What the vocabulary and rules add to the spotter's mentions, and what they leave alone.

Marked text: [kind:words] is what the spotter saw; {kind:words} is expected to be added.
"""

from __future__ import annotations

import re

import pytest

from app.narrative import supplement
from app.narrative.mentions import Mention, MentionKind
from app.narrative.sentences import split
from app.resources import layers
from app.terminology import load
from app.text import BlockKind, Span
from tests.narrative.building import document

_supplement = supplement.load(layers(None), load())
_MARK = re.compile(r"([\[{])([a-z]+):([^\]}]+)[\]}]")


def read(marked: str) -> tuple[str, list[Mention], set[tuple[str, str]]]:
    text, seen, added = "", [], set()
    at = 0
    for mark in _MARK.finditer(marked):
        text += marked[at : mark.start()]
        start = len(text)
        text += mark[3]
        at = mark.end()
        if mark[1] == "[":
            seen.append(Mention(MentionKind(mark[2]), Span(start, len(text)), 0))
        else:
            added.add((mark[2], mark[3]))
    return text + marked[at:], seen, added


@pytest.mark.parametrize(
    "marked",
    [
        "He had {symptom:sclerodactyly} of both hands.",
        "There were {symptom:puffy hands} on inspection.",
        "History of {symptom:hypertension} was recorded.",
        "The tumor was {procedure:surgically removed}.",
        "The lesion was {procedure:totally resected laparoscopically}.",
        "A {procedure:splenectomy} followed.",
        "Open {procedure:appendectomy} was scheduled.",
        "{test:Serum ferritin level} was [value:900 ng/mL].",
        "The woman and her sister came by train.",
        "He walked on the left side of the road.",
        "She was sent to the emergency department.",
        "It was within normal limits.",
        "[medication:Insulin] was given.",
        "[symptom:Hearing loss] was found.",
        "It was [value:within normal limits].",
        "She arrived at the [place:cardiology clinic].",
    ],
)
def test_what_is_added(marked: str) -> None:
    text, seen, added = read(marked)
    doc = document((BlockKind.CASE, text))
    (sentence,) = split(doc)
    found = _supplement.complete(text, 0, sentence, seen, _supplement.short_forms(doc))
    new = {(m.kind.value, doc.quote(m.span)) for m in found if m not in seen}
    assert {words for _, words in added} <= {words for _, words in new}
    if not added:
        assert new == set()
    for mention in seen:
        if mention.kind is not MentionKind.SITE:
            assert mention in found


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("[test:anti-SSA positive] was noted.", {("test", "anti-SSA"), ("value", "positive")}),
        (
            "[detail:anti-dsDNA negative] was noted.",
            {("test", "anti-dsDNA"), ("value", "negative")},
        ),
        ("[detail:ulcerated] skin.", {("detail", "ulcerated")}),
        ("No [detail:hepatic abnormalities].", {("symptom", "hepatic abnormalities")}),
        ("It showed [value:no abnormalities].", {("value", "no abnormalities")}),
        ("In the [site:L5 level protruding centrally].", {("site", "L5 level")}),
        ("In the [site:uterine lining].", {("site", "uterine lining")}),
        ("It was [value:1:320 (speckled] pattern).", {("value", "1:320 (speckled")}),
        ("It was [value:1:320 (speckled]).", {("value", "1:320 (speckled)")}),
        # places taken for something else
        ("He had [detail:epitrochlear node] excision.", {("detail", "epitrochlear node")}),
        ("He had [detail:inguinal node] excision.", {("site", "inguinal node")}),
        (
            "Pus came from the [detail:catheter insertion site].",
            {("site", "catheter insertion site")},
        ),
        (
            "An [procedure:intercostal] [procedure:drain] was placed.",
            {("site", "intercostal"), ("procedure", "drain")},
        ),
        (
            "There was [symptom:subpleural] [symptom:thickening].",
            {("site", "subpleural"), ("symptom", "thickening")},
        ),
        # states of a part of the body
        ("A [detail:gangrenous] [site:toe] was seen.", {("symptom", "gangrenous")}),
        ("An [detail:acutely inflamed] [site:colon] was seen.", {("symptom", "inflamed")}),
        (
            "A [detail:dilated], [detail:tortuous] [site:ureter] was seen.",
            {("symptom", "dilated"), ("symptom", "tortuous")},
        ),
        ("A [detail:distended] [site:bladder] [symptom:mass].", {("detail", "distended")}),
        ("A [detail:broad] [site:duct] was seen.", {("detail", "broad")}),
        (
            "The [site:belly] was [value:soft] and [value:non-tender].",
            {("symptom", "soft"), ("symptom", "tender")},
        ),
        ("The [site:belly] was [value:normal].", {("value", "normal")}),
        ("The [site:feet] were found to be [value:cold].", {("symptom", "cold")}),
        ("The [site:feet] hung over the [value:cold] floor.", {("value", "cold")}),
        (
            "The [site:prostate] was felt to be [detail:firm] and [detail:nodular].",
            {("symptom", "firm"), ("symptom", "nodular")},
        ),
        (
            "A [symptom:goitre] compressing the [site:trachea] was seen.",
            {("symptom", "compressing"), ("site", "trachea")},
        ),
        (
            "A [symptom:tumor] [detail:infiltrating] both [site:adrenals] was seen.",
            {("symptom", "infiltrating"), ("site", "adrenals")},
        ),
        ("The [site:jejunum] was found entrapped.", {("symptom", "entrapped")}),
        ("The [site:outlines] were partly obscured.", {("symptom", "obscured")}),
        ("A [value:marked uptake] was seen.", {("symptom", "marked uptake")}),
        # unmarked places behind a problem
        ("[symptom:Plaques] were seen on the left thigh.", {("site", "left thigh")}),
        ("[symptom:Erosions] in the stomach bled.", {("site", "stomach")}),
        # what is no part of a name
        ("He stayed [symptom:angina-free].", {("symptom", "angina")}),
        ("He stayed [symptom:angina free].", {("symptom", "angina")}),
        # how far, and like before
        ("It was completely [procedure:excised].", {("detail", "completely")}),
        (
            "A second [test:ultrasound] showed similar findings.",
            {("value", "similar findings")},
        ),
    ],
)
def test_where_the_spotter_drew_the_line_elsewhere(
    marked: str, expected: set[tuple[str, str]]
) -> None:
    text, seen, _ = read(marked)
    doc = document((BlockKind.CASE, text))
    (sentence,) = split(doc)
    found = _supplement.complete(text, 0, sentence, seen)
    assert expected <= {(m.kind.value, doc.quote(m.span)) for m in found}


def test_an_abbreviation_that_the_document_defines_is_found_again() -> None:
    doc = document(
        (BlockKind.INTRODUCTION, "Systemic lupus erythematosus (SLE) is a disease."),
        (BlockKind.CASE, "She was told that it was SLE."),
    )
    sentences = split(doc)
    found = _supplement.complete(doc.text, 1, sentences[-1], [], _supplement.short_forms(doc))
    assert [doc.quote(m.span) for m in found] == ["SLE"]


def test_an_abbreviation_names_what_the_document_says() -> None:
    doc = document(
        (BlockKind.CASE, "Infliximab (IFX) was given. This was a failure of IFX."),
    )
    sentences = split(doc)
    start = doc.text.rindex("IFX")
    seen = [Mention(MentionKind.DISEASE, Span(start, start + 3), 1)]
    found = _supplement.complete(doc.text, 1, sentences[-1], seen, _supplement.short_forms(doc))
    assert MentionKind.MEDICATION in [m.kind for m in found if m.span.start == start]
    assert MentionKind.DISEASE not in [m.kind for m in found]


def test_no_name_goes_from_cell_to_cell() -> None:
    doc = document((BlockKind.TABLE, "7 | 46 | F | Hand infection | P. canis"))
    (sentence,) = split(doc)
    seen = [Mention(MentionKind.DISEASE, Span(0, doc.text.index(" | P.")), 0)]
    found = _supplement.complete(doc.text, 0, sentence, seen)
    assert [doc.quote(m.span) for m in found if m.kind is MentionKind.DISEASE] == ["Hand infection"]


def test_the_letter_of_a_part_of_a_figure_is_no_mention() -> None:
    text, seen, _ = read("([test:B]) The same after contrast.")
    doc = document((BlockKind.LEGEND, text))
    (sentence,) = split(doc)
    assert _supplement.complete(text, 0, sentence, seen) == []

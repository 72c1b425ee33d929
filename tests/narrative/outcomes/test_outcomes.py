"""How problems and patients fared."""

from __future__ import annotations

import pytest

from app.narrative import outcomes
from app.narrative.sentences import split
from app.resources import layers
from app.text import BlockKind
from tests.narrative.building import document

_finder = outcomes.load(layers(None))


@pytest.mark.parametrize(
    ("sentence", "label", "words"),
    [
        ("Resolution of the rash was seen.", "course:resolved:before", "Resolution of the rash"),
        ("His fever resolved.", "course:resolved:after", "resolved"),
        ("The pain completely disappeared.", "course:resolved:after", "completely disappeared"),
        (
            "With resolution of her symptoms, she went home.",
            "course:resolved:before:symptoms",
            "resolution of her symptoms",
        ),
        ("His symptoms improved.", "course:improved:after:symptoms", "symptoms improved"),
        ("The lesions were partially resolved.", "course:improved:after", "partially resolved"),
        ("Partial regression of the mass.", "course:improved:before", "Partial regression of"),
        ("The dyspnea worsened.", "course:worsened:after", "worsened"),
        ("Progression of the lesion was noted.", "course:worsened:before", "Progression of"),
        ("The tumor recurred.", "course:recurrence:after", "recurred"),
        ("Relapse of the leukemia occurred.", "course:recurrence:before", "Relapse of"),
        ("She is in complete remission.", "course:remission:after", "in complete remission"),
        ("He made a full recovery.", "general:successful", "made a full recovery"),
        ("The procedure was successful.", "general:successful", "procedure was successful"),
        ("There was no recurrence.", "general:successful", "no recurrence"),
        ("No improvement was seen.", "general:unsuccessful", "No improvement"),
        ("She did not respond.", "general:unsuccessful", "did not respond"),
        ("A partial response was reached.", "general:partial", "partial response"),
        ("The patient died.", "general:", "died"),
        ("He was discharged home.", "general:", "was discharged home"),
    ],
)
def test_words_of_outcome(sentence: str, label: str, words: str) -> None:
    doc = document((BlockKind.CASE, sentence))
    found = _finder.find(doc.text, split(doc))
    assert [m.label for m in found] == [label]
    assert words in doc.quote(found[0].span)


@pytest.mark.parametrize(
    "sentence",
    [
        "The fever never resolved.",
        "The swelling had not disappeared.",
        "His blood pressure was 120/80 mmHg.",
        "The wound was not healed.",
    ],
)
def test_negated_or_other_words_are_no_course(sentence: str) -> None:
    doc = document((BlockKind.CASE, sentence))
    found = _finder.find(doc.text, split(doc))
    assert [m.label for m in found if m.label.startswith("course")] == []

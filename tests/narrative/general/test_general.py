"""Clauses of general knowledge beside clauses about the patient."""

from __future__ import annotations

import pytest

from app.narrative import general
from app.narrative.mentions import Mention, MentionKind, Mode
from app.narrative.sentences import split
from app.resources import layers
from app.text import BlockKind, Span
from tests.narrative.building import document

_general = general.load(layers(None))


@pytest.mark.parametrize(
    ("kind", "sentence", "words", "is_general"),
    [
        ("introduction", "While gout typically hits the toe, here we show tophi.", "gout", True),
        ("introduction", "While gout typically hits the toe, here we show tophi.", "tophi", False),
        ("discussion", "Goiter is common, but our patient had nodules.", "Goiter", True),
        ("discussion", "Goiter is common, but our patient had nodules.", "nodules", False),
        ("discussion", "Uveitis is associated with colitis.", "colitis", True),
        ("discussion", "In our patient uveitis is associated with colitis.", "colitis", False),
        ("unknown", "Although sepsis is known to occur, he had no fever.", "fever", False),
        ("unknown", "Although sepsis is known to occur, he had no fever.", "sepsis", True),
        ("case", "He usually had migraine at night.", "migraine", False),
        ("abstract", "Keratitis is rare.", "Keratitis", True),
    ],
)
def test_general_clauses(kind: str, sentence: str, words: str, is_general: bool) -> None:
    doc = document((BlockKind(kind), sentence))
    start = sentence.index(words)
    mention = Mention(MentionKind.DISEASE, Span(start, start + len(words)), 0)
    (marked,) = _general.mark(doc.text, split(doc), [mention])
    assert (marked.assertion.mode is Mode.GENERAL) == is_general

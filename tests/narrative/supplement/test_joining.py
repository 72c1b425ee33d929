"""Heads that stand side by side."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app import resources, terminology
from app.narrative import supplement
from app.narrative.mentions import Mention, MentionKind, Sentence
from app.narrative.sentences import split_block
from app.text import Block, BlockKind, Span

SYMPTOM, DISEASE = MentionKind.SYMPTOM, MentionKind.DISEASE
PROCEDURE, TEST, VALUE = MentionKind.PROCEDURE, MentionKind.TEST, MentionKind.VALUE


@pytest.fixture(scope="module")
def rules() -> supplement.Supplement:
    return supplement.load(resources.layers(None), terminology.load(None))


def sentence(text: str) -> Sentence:
    return split_block(text, Block(BlockKind.UNKNOWN, Span(0, len(text))))[0]


def spotted(text: str, said: Sequence[tuple[str, MentionKind]]) -> list[Mention]:
    found = []
    for words, kind in said:
        start = text.index(words)
        found.append(Mention(kind, Span(start, start + len(words)), 0, label=kind.value))
    return found


@pytest.mark.parametrize(
    ("text", "said", "expected"),
    [
        (
            "Biopsy showed a ductal adenocarcinoma.",
            [("ductal", DISEASE), ("adenocarcinoma", DISEASE)],
            [("ductal adenocarcinoma", DISEASE)],
        ),
        (
            "The cyst was resected endoscopically.",
            [("resected", PROCEDURE), ("endoscopically", PROCEDURE)],
            [("resected endoscopically", PROCEDURE)],
        ),
        (
            "There was sudden death in the family.",
            [("sudden", SYMPTOM), ("death", DISEASE)],
            [("sudden death", DISEASE)],
        ),
        (
            "He had fever, chills.",
            [("fever", SYMPTOM), ("chills", SYMPTOM)],
            [("fever", SYMPTOM), ("chills", SYMPTOM)],
        ),
        (
            "He had fever headache.",
            [("fever", SYMPTOM), ("headache", SYMPTOM)],
            [("fever", SYMPTOM), ("headache", SYMPTOM)],
        ),
    ],
)
def test_side_by_side(
    rules: supplement.Supplement,
    text: str,
    said: list[tuple[str, MentionKind]],
    expected: list[tuple[str, MentionKind]],
) -> None:
    found = rules.joining.joined(text, sentence(text), spotted(text, said))
    assert [(text[m.span.start : m.span.end], m.kind) for m in found] == expected


def test_a_pattern_is_how_a_result_looks(rules: supplement.Supplement) -> None:
    text = "ANA was positive with a speckled pattern."
    said = [("ANA", TEST), ("positive", VALUE), ("speckled pattern", VALUE)]
    found = rules.joining.joined(text, sentence(text), spotted(text, said))
    assert [m.kind for m in found] == [TEST, VALUE, MentionKind.DETAIL]


@pytest.mark.parametrize(
    ("text", "said", "expected"),
    [
        ("Saturation fell from 95 to 80 %.", ["95 to", "80 %"], ["95 to 80 %"]),
        (
            "ALT was at the upper limit of normal.",
            ["upper limit of", "normal"],
            ["upper limit of normal"],
        ),
        ("The score was 6 and 8.", ["6 and", "8"], ["6", "8"]),
        ("CRP was 8 mg/L in the blood.", ["8 mg/L in"], ["8 mg/L"]),
        ("CRP was positive.", ["was"], []),
    ],
)
def test_no_result_ends_openly(
    rules: supplement.Supplement, text: str, said: list[str], expected: list[str]
) -> None:
    marked = spotted(text, [(words, VALUE) for words in said])
    found = rules.joining.joined(text, sentence(text), marked)
    assert [text[m.span.start : m.span.end] for m in found] == expected

"""Of whom sentences speak, and of which patient of a series."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.narrative import scope, sentences
from app.narrative.mentions import Sentence, Subject
from app.resources import layers
from app.text import Block, BlockKind, Document, Span
from tests.narrative.building import document

_SCOPE = scope.load(layers(None))


def _judge(of: Document) -> tuple[Sentence, ...]:
    return _SCOPE.judge(of, sentences.split(of))


def _groups() -> list[list[tuple[str, str, str]]]:
    """Documents of the files of marked sentences as rows of kind, mark and sentence."""
    folder = Path(__file__).parent
    text = "\n\n".join(
        (folder / name).read_text(encoding="utf-8") for name in ("marked.txt", "styles.txt")
    )
    groups: list[list[tuple[str, str, str]]] = [[]]
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        if not line:
            groups.append([])
            continue
        kind, mark, words = (part.strip() for part in line.split("|", 2))
        groups[-1].append((kind, mark, words))
    return [g for g in groups if g]


@pytest.mark.parametrize("rows", _groups(), ids=lambda rows: rows[0][2][:30])
def test_whose_statement(rows: list[tuple[str, str, str]]) -> None:
    parts: list[tuple[BlockKind, str]] = []
    for kind, mark, words in rows:
        if mark.startswith("="):
            parts[-1] = (parts[-1][0], f"{parts[-1][1]} {words}")
        else:
            parts.append((BlockKind(kind), words))
    read = document(*parts)
    judged = _judge(read)
    assert [read.quote(s.span) for s in judged] == [words for _, _, words in rows]
    wrong = [
        (words, sentence.reason)
        for (_, mark, words), sentence in zip(rows, judged, strict=True)
        if (sentence.subject is Subject.PATIENT) != mark.endswith("+")
    ]
    assert not wrong


def test_there_are_enough_marked_sentences() -> None:
    assert sum(len(g) for g in _groups()) >= 140


@pytest.mark.parametrize(
    ("parts", "keys"),
    [
        (["A 40-year-old man had gout.", "He improved."], ["p1", "p1"]),
        (
            ["We report two cases.", "A 40-year-old man had gout.", "A 30-year-old woman had it."],
            ["p1", "p1", "p2"],
        ),
        (
            ["Two siblings are described.", "Patient 1 had ataxia.", "Patient 2 had tremor."],
            ["p1", "p1", "p2"],
        ),
        (
            ["Three patients are described.", "The first patient had fever.",
             "The second patient had cough.", "The third patient had rash."],
            ["p1", "p1", "p2", "p3"],
        ),
        (["A 40-year-old man had gout.", "At 42 years he had a stroke."], ["p1", "p1"]),
        (
            ["Observation N o 1 A four-month-old boy had a foot deformity.",
             "He is the seventh child.", "Observation N° 2 A one-day-old boy had furrows."],
            ["p1", "p1", "p2"],
        ),
        (["Twins were born.", "Twin A had jaundice.", "Twin B had anemia."], ["p1", "p1", "p2"]),
        (
            ["We report two cases.", "A 40-year-old man had gout.", "Both patients were febrile."],
            ["p1", "p1", "p1"],
        ),
    ],
)  # fmt: skip
def test_which_patient(parts: list[str], keys: list[str]) -> None:
    judged = _judge(document(*[(BlockKind.CASE, part) for part in parts]))
    assert [s.patient for s in judged] == keys


def test_numbered_cases_of_others_are_no_patients_of_the_report() -> None:
    judged = _judge(
        document(
            (BlockKind.CASE, "A 40-year-old man had gout."),
            (BlockKind.CASE, "A 55-year-old man with gout was his father."),
            (BlockKind.DISCUSSION, "Patient 1 of Smith et al. had ataxia."),
            (BlockKind.DISCUSSION, "Patient 2 of Smith et al. had tremor."),
        )
    )
    assert {s.patient for s in judged} == {"p1", None}


def test_headings_tell_the_patients_apart() -> None:
    text = "A 66-year-old man had edema.\n\nShe had headache."
    first, second = Span(0, 28), Span(30, len(text))
    blocks = (
        Block(BlockKind.CASE, first, ("Case 1",)),
        Block(BlockKind.CASE, second, ("Case 2",)),
    )
    judged = _judge(Document(text, "text/plain", blocks))
    assert [s.patient for s in judged] == ["p1", "p2"]


def test_others_have_no_patient_and_every_sentence_a_reason() -> None:
    judged = _judge(
        document((BlockKind.INTRODUCTION, "Gout is common."), (BlockKind.CASE, "A man had gout."))
    )
    assert [s.patient for s in judged] == [None, "p1"]
    assert all(s.reason for s in judged)

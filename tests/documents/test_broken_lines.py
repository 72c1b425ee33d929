"""Text as a scanner leaves it: broken lines, divided words, ligatures. It stays verbatim."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from app.narrative.sentences import Splitter
from app.resources import layers
from app.text import BlockKind as Kind
from app.text import Document
from tests.documents.reading import kind_of, plain

REPORTS = sorted((Path(__file__).parents[1] / "cases").glob("*/report.txt"))


def _broken(text: str, width: int) -> str:
    return "\n".join(
        textwrap.fill(line, width, break_on_hyphens=True) if line.strip() else line
        for line in text.replace("\n", "\n\n").split("\n")
    )


def _sentences(document: Document) -> list[str]:
    """Of the case and what is like it; white space single."""
    splitter = Splitter(layers(None))
    return [
        " ".join(document.quote(sentence.span).split()).replace("- ", "-")
        for block in document.blocks
        if block.kind in (Kind.CASE, Kind.INTRODUCTION, Kind.DISCUSSION)
        for sentence in splitter.split_block(document.text, block)
    ]


def test_a_unit_ends_a_sentence() -> None:
    document = plain("Case report\n\nPotassium was 2.6 mmol/L. Renal ultrasound was normal.\n")
    assert _sentences(document) == ["Potassium was 2.6 mmol/L.", "Renal ultrasound was normal."]


@pytest.mark.parametrize("width", [60, 75, 90, 110])
@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.parent.name)
def test_sentences_go_on_over_broken_lines(path: Path, width: int) -> None:
    text = path.read_text(encoding="utf-8")
    document = plain(_broken(text, width))
    assert document.text == _broken(text, width)
    whole = [sentence.replace("- ", "-") for sentence in _sentences(plain(text))]
    assert _sentences(document) == whole


def test_references_broken_over_lines() -> None:
    document = plain(
        "Case report\n\nA man had a fever.\n\n"
        "1. Stone F, Lund A. Fevers of bakers and of other people who\nwork at night. J Imaginary "
        "Med\n2011;4:12-9.\n2. Novak C. Drugs and skin. Fict\nSkin J 2014;22:301-8.\n"
    )
    assert kind_of(document, "A man had") is Kind.CASE
    for words in ("Fevers of bakers", "work at night", "2011;4", "Drugs and skin", "Skin J 2014"):
        assert kind_of(document, words) is Kind.REFERENCES


def test_a_numbered_list_is_no_list_of_references() -> None:
    document = plain(
        "Case report\n\nA man had a fever. Problems were:\n\n"
        "1. Fever since the\nthird of May 2011\n2. Cough without\nsputum\n"
    )
    assert kind_of(document, "Fever since") is Kind.CASE


def test_divided_words_and_ligatures_stay_as_they_are() -> None:
    text = "Case report\n\nA man had ﬁbrillation of the left atri-\num and a ﬂutter before.\n"
    document = plain(text)
    assert document.text == text
    assert document.quote(document.blocks[-1].span) == text.splitlines()[2] + "\n" + (
        "um and a ﬂutter before."
    )

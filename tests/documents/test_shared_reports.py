"""Real reports, where they are at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.text import BlockKind as Kind
from tests.documents.reading import check_blocks, kind_of, read
from tests.shared import FOLDER, needs_shared

pytestmark = needs_shared
ARTICLES = sorted((FOLDER / "corpora" / "jats").glob("*.xml"))
GOLD = sorted((FOLDER / "gold" / "text").glob("*.txt"))
UNHEADED = {"SEED"}


def _name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", ARTICLES, ids=_name)
def test_every_article_has_its_case(path: Path) -> None:
    document = read(path)
    check_blocks(document)
    case = [block for block in document.blocks if block.kind is Kind.CASE]
    assert sum(block.span.length for block in case) > 500
    assert document.article.title
    assert document.article.authors
    assert document.article.doi
    assert not [block for block in document.blocks if block.kind is Kind.UNKNOWN]


@pytest.mark.parametrize("path", GOLD, ids=_name)
def test_every_text_has_its_case(path: Path) -> None:
    document = read(path)
    check_blocks(document)
    assert document.text == path.read_text(encoding="utf-8")
    assert document.article.title
    kinds = {block.kind for block in document.blocks}
    assert (Kind.UNKNOWN if path.stem in UNHEADED else Kind.CASE) in kinds


@pytest.mark.parametrize("path", GOLD, ids=_name)
def test_background_is_no_case(path: Path) -> None:
    document = read(path)
    facts = json.loads((path.parents[1] / "facts" / f"{path.stem}.json").read_text("utf-8"))
    for block in document.blocks:
        if block.kind is not Kind.CASE:
            continue
        for background in facts["background"]:
            start = document.text.find(background["from"])
            assert start != block.span.start, "a block of background begins as a case block"


def test_the_report_without_headings() -> None:
    document = read(FOLDER / "gold" / "text" / "SEED.txt")
    assert document.article.title is not None
    assert document.article.title.startswith("Spinal Stenosis")
    assert kind_of(document, "written informed consent") is Kind.AUTHORS
    assert kind_of(document, "A 63 year-old") is Kind.UNKNOWN
    assert kind_of(document, "Najwan") is Kind.ACKNOWLEDGEMENT
    assert kind_of(document, "Axial contrast") is Kind.LEGEND
    assert kind_of(document, "Boulman") is Kind.REFERENCES


def test_case_texts_with_a_sentence_a_line_have_no_titles() -> None:
    for path in sorted((FOLDER / "corpora" / "maccrobat").glob("*.txt")):
        document = read(path)
        check_blocks(document)
        assert document.article.title is None, path.stem
        assert not {block.kind for block in document.blocks} & {Kind.TITLE, Kind.AUTHORS}, path.stem

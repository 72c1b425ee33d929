"""PDFs printed in two columns from articles of journals, against the articles themselves."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont

from app.pipeline import Converter
from app.text import BlockKind as Kind
from app.text import Document
from tests.documents.agreement import grams, share
from tests.documents.press import Style, items_of, printed
from tests.documents.reading import SETTINGS, check_blocks, read
from tests.shared import FOLDER, needs_shared

_FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")
"""A font with Greek and mathematical signs."""

pytestmark = [
    needs_shared,
    pytest.mark.skipif(not _FONT.is_file(), reason="the font DejaVu is not installed"),
]
ARTICLES = sorted((FOLDER / "corpora" / "jats").glob("*.xml"))
FEWEST_WORDS = 0.97
"""Of the runs of five words in the case sections, in the PDF as well."""
FEWEST_FACTS = 0.95
"""Of all facts of either twin, in both (mostly tables whose cells were wrapped differ)."""


def _name(path: Path) -> str:
    return path.stem


@lru_cache(maxsize=1)
def _font() -> str:
    registerFont(TTFont("Sample", str(_FONT)))
    return "Sample"


@lru_cache(maxsize=64)
def _twins(path: Path) -> tuple[Document, bytes]:
    article = read(path)
    style = Style(columns=2, size=9, hyphen=True, indent=True)
    return article, printed(items_of(article), style, font=_font())


@pytest.mark.parametrize("path", ARTICLES, ids=_name)
def test_the_words_of_the_case_come_back_in_order(path: Path) -> None:
    article, data = _twins(path)
    document = read(data)
    check_blocks(document)
    case = grams(article, [Kind.CASE])
    assert share(case, grams(document)) >= FEWEST_WORDS
    assert document.article.title == article.article.title


def test_nearly_all_of_it_is_known_to_be_the_case() -> None:
    """Over all articles: what is in case sections is found in them, and nothing else is."""
    found = kept = printed_there = 0
    for path in ARTICLES:
        article, data = _twins(path)
        wanted, there = grams(article, [Kind.CASE]), grams(read(data), [Kind.CASE])
        found += sum((wanted & there).values())
        kept += sum(wanted.values())
        printed_there += sum(there.values())
    assert found / kept >= FEWEST_WORDS
    assert found / printed_there >= FEWEST_WORDS


def facts(converter: Converter, source: Path | bytes) -> set[tuple[str, str, str]]:
    """Kind, name and assertion of all facts of a document."""
    _, case, _ = converter.read(source)
    return {
        (fact.kind, fact.name.casefold(), str(getattr(fact, "assertion", "")))
        for fact in case.facts()
    }


def test_the_facts_agree() -> None:
    """Names and assertions of the facts of both twins, over some articles."""
    converter = Converter(SETTINGS)
    both = either = 0
    for path in ARTICLES[::4]:
        of_article, of_pdf = facts(converter, path), facts(converter, _twins(path)[1])
        both += len(of_article & of_pdf)
        either += len(of_article | of_pdf)
    assert both / either >= FEWEST_FACTS

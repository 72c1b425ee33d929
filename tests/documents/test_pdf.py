"""PDF: what a journal prints comes back as the text that was printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.documents.hyphens import Hyphens
from app.errors import EmptyDocument
from app.text import BlockKind as Kind
from tests.documents.agreement import grams
from tests.documents.press import FOOT, HEAD, SIDE, Item, Style, items_of, printed
from tests.documents.reading import check_blocks, headings_of, kind_of, read

REPORTS = sorted((Path(__file__).parents[1] / "cases").glob("*/report.txt"))
LONG = (
    "On the third day a maculopapular rash appeared on both forearms, spread to the trunk within "
    "hours and was accompanied by a low-grade fever, facial oedema and tender cervical "
    "lymphadenopathy, so that carbamazepine was stopped and prednisolone was begun at a dose of "
    "one milligram per kilogram and tapered over six weeks under weekly control of liver enzymes."
)
STYLES = [
    Style(),
    Style(hyphen=True),
    Style(columns=2, size=9),
    Style(columns=2, size=9, hyphen=True, indent=True),
    Style(columns=3, size=8, hyphen=True),
]


def _report(paragraphs: int = 14) -> list[Item]:
    """A report of several pages, every paragraph with a number of its own."""
    text = [Item("text", f"Remark {number} follows. {LONG}") for number in range(paragraphs)]
    return [
        Item("title", "Drug Reaction With Eosinophilia After Carbamazepine in a Young Baker"),
        Item("authors", "Ada Moss, Finn Lund and Ines Prado"),
        Item("heading", "Introduction"),
        *text[:2],
        Item("heading", "Case presentation"),
        *text[2:],
        Item("heading", "Discussion"),
        Item("text", "Such reactions are rare and seldom fatal when the drug is stopped early."),
        Item("heading", "References"),
        Item("reference", "1. Stone F. Rashes of bakers. J Imaginary Med 2011;4:12-9."),
        Item("reference", "2. Novak C. Drugs and skin. Fict Skin J 2014;22:301-8."),
    ]


@pytest.mark.parametrize("style", STYLES, ids=str)
@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.parent.name)
def test_the_twin_of_a_plain_report(path: Path, style: Style) -> None:
    twin = read(path)
    document = read(printed(items_of(twin), style))
    check_blocks(document)
    assert document.media_type == "application/pdf"
    assert document.article.title == twin.article.title
    for kind in Kind:
        if kind is not Kind.HEADING:
            expected, found = (grams(one, [kind], across=True) for one in (twin, document))
            assert expected == found, kind
    printed_words = [twin.quote(b.span) for b in twin.blocks if b.kind is Kind.HEADING]
    assert printed_words == [
        document.quote(b.span) for b in document.blocks if b.kind is Kind.HEADING
    ]


@pytest.mark.parametrize("style", STYLES, ids=str)
def test_columns_are_read_one_after_the_other(style: Style) -> None:
    document = read(printed(_report(), style))
    places = [document.text.index(f"Remark {number} follows") for number in range(14)]
    assert places == sorted(places)
    for number in range(14):
        assert f"Remark {number} follows. {LONG}" in document.text
    assert kind_of(document, "Remark 1 ") is Kind.INTRODUCTION
    assert kind_of(document, "Remark 13") is Kind.CASE
    assert headings_of(document, "Remark 13") == ("Case presentation",)
    assert kind_of(document, "Such reactions") is Kind.DISCUSSION
    assert kind_of(document, "Rashes of bakers") is Kind.REFERENCES
    assert kind_of(document, "Finn Lund") is Kind.AUTHORS


@pytest.mark.parametrize("columns", [1, 2])
def test_what_the_press_adds_is_left_out(columns: int) -> None:
    text = read(printed(_report(), Style(columns=columns, size=9))).text
    assert HEAD not in text
    assert FOOT not in text
    assert SIDE not in text
    assert "Page " not in text


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_a_legend_or_table_stands_in_no_sentence(columns: int) -> None:
    items = _report()
    legend = "Figure 1. Rash on the left forearm on the third day, before treatment was begun."
    table = "Table 1. Laboratory values\nTest | Day 1 | Day 9\nALT | 310 | 42\nEosinophils | 14 | 3"
    # Paragraphs go on behind what is set between their lines.
    middle = items[8].words.index("and was accompanied")
    cut = [Item("text", items[8].words[:middle]), Item("legend", legend), Item("table", table),
           Item("text", items[8].words[middle:])]  # fmt: skip
    document = read(printed([*items[:8], *cut, *items[9:]], Style(columns=columns, size=8)))
    assert items[8].words in document.text
    assert kind_of(document, "Rash on the left forearm") is Kind.LEGEND
    assert legend in document.text
    assert kind_of(document, "Eosinophils |") is Kind.TABLE
    assert "Table 1. Laboratory values\nTest | Day 1 | Day 9\nALT | 310 | 42\n" in document.text


def test_raised_numbers_and_signs() -> None:
    words = "Leukocytes were 12 × 10⁹/L, urea 40 kg/m², CD4⁺ cells few, as described before.¹,²"
    items = [*_report(4)[:4], Item("text", words + " " + LONG)]
    assert words in read(printed(items, Style(columns=2, size=9))).text


def test_a_document_of_one_page_has_no_running_heads_either() -> None:
    document = read(printed(_report(3), Style(size=9)))
    assert HEAD not in document.text
    assert FOOT not in document.text
    assert document.text.startswith("Drug Reaction With Eosinophilia")


def test_a_scan_has_no_text() -> None:
    with pytest.raises(EmptyDocument, match="OCR"):
        read(printed([], furnished=False), "application/pdf")


def test_the_bytes_are_kept_and_the_result_is_the_same_every_time() -> None:
    data = printed(_report(), Style(columns=2))
    first, second = read(data), read(data)
    assert first == second
    assert first.original == data


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (["a contrast-", "enhanced scan"], "a contrast-enhanced scan"),
        (["a 63-year-", "old woman"], "a 63-year-old woman"),
        (["a 63-", "year-old woman"], "a 63-year-old woman"),
        (["after COVID-", "19 infection"], "after COVID-19 infection"),
        (["with anti-", "Ro antibodies"], "with anti-Ro antibodies"),
        (["severe throm-", "bosis of"], "severe thrombosis of"),
        (["the pa-", "tient had"], "the patient had"),
        (["hepatosplenomeg-", "aly was"], "hepatosplenomegaly was"),
        (["a well-", "known cause"], "a well-known cause"),
        (["from 5–", "7 mg"], "from 5–7 mg"),
        (["40 mg/", "dL and"], "40 mg/dL and"),
        (["pain –", "and fever"], "pain – and fever"),
        (["a xeno-test and", "a xeno-", "test again"], "a xeno-test and a xeno-test again"),
        (["the xenotest and", "a xeno-", "test again"], "the xenotest and a xenotest again"),
    ],
)
def test_hyphens_at_line_ends(lines: list[str], joined: str) -> None:
    assert Hyphens(lines, None).join(lines) == joined

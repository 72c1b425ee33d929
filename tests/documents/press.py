"""Prints reports as PDF, as journals do: columns, running heads, hyphenation, raised numbers."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from app.text import BlockKind, Document

GUTTER = 20.0
HEAD = "Imaginary Journal of Case Reports"
FOOT = "Press of Nowhere 2021;4:e"
SIDE = "Downloaded from example.org under the terms of the CC BY licence"
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ", "0123456789+-()n")


class Style(NamedTuple):
    """How a document is printed; `hyphen` divides words at line ends."""

    columns: int = 1
    size: float = 10
    hyphen: bool = False
    indent: bool = False


class Item(NamedTuple):
    """Something to print: "title", "authors", "heading", "text", "legend", "table", "reference"."""

    kind: str
    words: str


_KINDS = {
    BlockKind.TITLE: "title",
    BlockKind.HEADING: "heading",
    BlockKind.LEGEND: "legend",
    BlockKind.TABLE: "table",
    BlockKind.REFERENCES: "reference",
    BlockKind.AUTHORS: "authors",
    BlockKind.AFFILIATION: "affiliation",
}


def items_of(document: Document) -> list[Item]:
    """What a document holds, ready to be printed; run-in headings stay in their paragraph."""
    items: list[Item] = []
    label = ""
    for block in document.blocks:
        words = document.quote(block.span)
        kind = _KINDS.get(block.kind, "text")
        if label:
            items.append(Item(kind, f"{label} {words}"))
            label = ""
        elif kind == "heading" and words.endswith((":", ".")):
            label = words
        else:
            items.append(Item(kind, words))
    return items


def _escaped(words: str) -> str:
    words = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(
        r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ]+",
        lambda match: f'<super size="6.5" rise="3.5">{match[0].translate(_RAISED)}</super>',
        words,
    )


def _styles(style: Style, font: str) -> dict[str, ParagraphStyle]:
    base = ParagraphStyle(
        "text",
        fontName=font,
        fontSize=style.size,
        leading=style.size * 1.2,
        alignment=TA_JUSTIFY,
        firstLineIndent=12 if style.indent else 0,
        spaceAfter=0 if style.indent else 5,
        hyphenationLang="en_US" if style.hyphen else "",
        embeddedHyphenation=1,
        uriWasteReduce=0,
    )
    small = style.size - 1.5
    bold = font if font != "Times-Roman" else "Times-Bold"
    plain = {"hyphenationLang": "", "firstLineIndent": 0, "parent": base}
    return {
        "text": base,
        "title": ParagraphStyle("title", fontName=bold, fontSize=18, leading=22, spaceAfter=8),
        "authors": ParagraphStyle("authors", fontName=font, fontSize=11, leading=14, spaceAfter=4),
        "affiliation": ParagraphStyle(
            "affiliation", fontName=font, fontSize=small, leading=small * 1.2, spaceAfter=3
        ),
        "heading": ParagraphStyle(
            "heading", fontName=bold, fontSize=12, leading=15, spaceBefore=6, spaceAfter=3
        ),
        "legend": ParagraphStyle("legend", fontSize=small, leading=small * 1.2, spaceBefore=6,
                                 spaceAfter=8, **plain),  # type: ignore[arg-type]
        "reference": ParagraphStyle("reference", fontSize=small, leading=small * 1.2,
                                    spaceAfter=2, **plain),  # type: ignore[arg-type]
        "cell": ParagraphStyle("cell", fontName=font, fontSize=small, leading=small * 1.2),
    }  # fmt: skip


def _column_width(columns: int) -> float:
    return float(A4[0] - 100 - GUTTER * (columns - 1)) / columns


def _frames(columns: int, top: float) -> list[Frame]:
    width = _column_width(columns)
    return [
        Frame(50 + index * (width + GUTTER), 60, width, top - 60, 0, 0, 0, 0)
        for index in range(columns)
    ]


def _furniture(furnished: bool) -> Callable[[Canvas, BaseDocTemplate], None]:
    def draw(canvas: Canvas, document: BaseDocTemplate) -> None:
        if not furnished:
            return
        canvas.setFont("Helvetica", 8)
        canvas.drawString(50, A4[1] - 35, HEAD)
        canvas.drawRightString(A4[0] - 50, A4[1] - 35, f"Page {document.page} of 9")
        canvas.drawCentredString(A4[0] / 2, 30, f"{FOOT}{document.page}")
        canvas.saveState()
        canvas.rotate(90)
        canvas.drawString(200, -A4[0] + 15, SIDE)
        canvas.restoreState()

    return draw


def _flow(item: Item, styles: dict[str, ParagraphStyle], width: float) -> list[Flowable]:
    if item.kind != "table":
        style = styles[item.kind if item.kind in styles else "text"]
        return [Paragraph(_escaped(item.words), style)]
    lines = item.words.split("\n")
    rows = [line.split(" | ") for line in lines if " | " in line]
    first = next((index for index, line in enumerate(lines) if " | " in line), len(lines))
    out: list[Flowable] = [Paragraph(_escaped(line), styles["legend"]) for line in lines[:first]]
    if rows:
        count = max(map(len, rows))
        cells = [
            [Paragraph(_escaped(cell), styles["cell"]) for cell in (row + [""] * count)[:count]]
            for row in rows
        ]
        out.append(Table(cells, colWidths=[width / count] * count))
    after = [line for line in lines[first:] if " | " not in line]
    return out + [Paragraph(_escaped(line), styles["affiliation"]) for line in after]


def _is_wide(item: Item, style: Style) -> bool:
    """Whether a table has too many columns, or too much in them, for a column of the page."""
    if item.kind != "table" or style.columns == 1:
        return False
    rows = [line.split(" | ") for line in item.words.split("\n")[1:]]
    return any(len(row) > 3 or (len(row) > 1 and max(map(len, row)) > 60) for row in rows)


def printed(
    items: Sequence[Item],
    style: Style = Style(),  # noqa: B008 - a value that does not change
    *,
    furnished: bool = True,
    font: str = "Times-Roman",
) -> bytes:
    """The PDF. The title, the authors and their addresses go over the full width."""
    out = io.BytesIO()
    top = A4[1] - 55
    styles = _styles(style, font)
    front = [item for item in items if item.kind in ("title", "authors", "affiliation")]
    rest = [item for item in items if item not in front]
    wide = A4[0] - 100
    flow: list[Flowable] = [one for item in front for one in _flow(item, styles, wide)]
    height = sum(one.wrap(wide, 1000)[1] + one.getSpaceAfter() for one in flow) + 12
    draw = _furniture(furnished)
    first = [
        Frame(50, top - height, wide, height, 0, 0, 0, 0),
        *_frames(style.columns, top - height),
    ]
    template = BaseDocTemplate(out, pagesize=A4, invariant=1)
    template.addPageTemplates(
        [
            PageTemplate("first", first, onPage=draw),
            PageTemplate("later", _frames(style.columns, top), onPage=draw),
            PageTemplate("wide", _frames(1, top), onPage=draw),
        ]
    )
    width = _column_width(style.columns)
    flow += [FrameBreak(), NextPageTemplate("later")]
    aside: list[Flowable] = []
    for item in rest:
        if _is_wide(item, style):
            aside += _flow(item, styles, wide)
        else:
            flow += _flow(item, styles, width)
    if aside:
        flow += [NextPageTemplate("wide"), PageBreak(), *aside]
    template.build(flow or [Spacer(1, 1)])
    return out.getvalue()

"""Word documents (.docx): paragraphs, headings by their style, tables, lists, text boxes.

The text is written here. Footnotes, running heads, comments, deleted and hidden text are left
out; inserted text is in. The title is the printed one: the properties of a file name the
template or the owner of the machine as often as the article.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from docx.text.run import Run
from lxml import etree

from app.documents.docx_package import UNREADABLE, broken, open_package
from app.documents.headings import LONGEST_HEADING, load_headings, numbering
from app.documents.layout import ends_sentence, load_layout
from app.documents.sections import Sections, nested_kind
from app.documents.writer import Writer
from app.documents.xmltext import raised
from app.settings import Settings
from app.text import Article, BlockKind, Document

Element = etree._Element

_P, _TBL, _TR, _TC, _R = (qn(f"w:{name}") for name in ("p", "tbl", "tr", "tc", "r"))
_BOX = qn("w:txbxContent")
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_LEFT_OUT = frozenset({qn("w:del"), qn("w:moveFrom"), _BOX, _FALLBACK})
_WRAPPERS = frozenset(
    qn(f"w:{name}") for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml")
)
_LAYOUT_CELL = 600
"""A cell with more characters holds running text: the table only places it on the page."""
_TITLES = frozenset({"title"})
_CAPTIONS = frozenset({"caption"})
_DEEPEST = 20


class _Level(NamedTuple):
    level: int
    words: str
    kind: BlockKind


def read(data: bytes, charset: str | None, *, media_type: str, settings: Settings) -> Document:
    """A document of a Word file; the errors are those of `open_package`."""
    del charset  # the parts of the file say how they are coded
    word = open_package(data, settings)
    try:
        reader = _Reader(settings, word.element.body, word._body)
        reader.read()
    except UNREADABLE:
        raise broken() from None
    return Document(
        text=reader.writer.text,
        media_type=media_type,
        blocks=tuple(reader.writer.blocks),
        article=Article(title=reader.title),
        original=data,
    )


class _Reader:
    """Goes through the body once."""

    def __init__(self, settings: Settings, body: Element, parent: object) -> None:
        self.headings = load_headings(settings.mappings)
        self.layout = load_layout(settings.mappings)
        self.writer = Writer(self.headings, self.layout)
        self.body = body
        self.parent = parent
        self.state = Sections()
        self.stack: list[_Level] = []
        self.title: str | None = None
        self.caption: str | None = None

    def read(self) -> None:
        self._walk(self.body, 0)
        self._put_caption()

    def _walk(self, element: Element, depth: int) -> None:
        for one in element:
            if one.tag == _P:
                self._paragraph(one)
                for box in one.iter(_BOX):
                    if depth < _DEEPEST and not _inside(box, one, frozenset({_FALLBACK, _BOX})):
                        self._walk(box, depth + 1)
            elif one.tag == _TBL:
                self._table(one, depth)
            elif one.tag in _WRAPPERS and depth < _DEEPEST:
                self._walk(one, depth + 1)

    # -- paragraphs ------------------------------------------------------------------------------

    def _paragraph(self, element: Element) -> None:
        paragraph = Paragraph(element, self.parent)  # type: ignore[arg-type]
        words, bold = self._words(element)
        if not words:
            return
        style = _style_of(paragraph)
        if self.layout.caption(words) is BlockKind.TABLE and "\n" not in words:
            self._put_caption()
            self.caption = words
            return
        self._put_caption()
        level = _level_of(paragraph)
        if self._is_rubric(words, element):
            self.writer.block(BlockKind.HEADING, words)
        elif style in _TITLES or (level and self._may_be_title(words)):
            self._put_title(words)
        elif level:
            self._heading(words, level)
        elif style in _CAPTIONS:
            self.writer.block(BlockKind.LEGEND, words, self.state.headings)
        elif self._may_be_title(words) and self.layout.front_matter(words) is None:
            self._put_title(words)
        elif bold and self._is_bold_heading(words):
            printed = words.rstrip(" :")
            self.state.open(self.headings.find(words), printed, depth=numbering(words).depth)
            self.writer.block(BlockKind.HEADING, words, self.state.headings)
        else:
            self.writer.running_text(words, self.state)

    def _is_top(self) -> bool:
        """Whether nothing but rubrics was written."""
        return (
            self.title is None
            and not self.state.started
            and all(block.kind is BlockKind.HEADING for block in self.writer.blocks)
        )

    def _is_rubric(self, words: str, element: Element) -> bool:
        """Whether this is the journal's name for the kind of article: the title follows it."""
        if not self._is_top() or not self.layout.is_rubric(words):
            return False
        following = (self._words(one)[0] for one in element.itersiblings(_P))
        return self._may_be_title(next(filter(None, following), ""))

    def _may_be_title(self, words: str) -> bool:
        """Whether this, above everything but rubrics, is the title."""
        return (
            self._is_top()
            and self.headings.find(words) is None
            and self.layout.may_be_title(words)
            and not self.layout.is_rubric(words)
            and not ends_sentence(words)
        )

    def _put_title(self, words: str) -> None:
        kind = BlockKind.TITLE if self.title is None else BlockKind.HEADING
        self.writer.block(kind, words)
        self.title = self.title or words

    def _heading(self, words: str, level: int) -> None:
        printed = words.rstrip(" :")
        heading = self.headings.find(words)
        self.stack = [one for one in self.stack if one.level < level]
        parent = self.stack[-1].kind if self.stack else None
        kind = nested_kind(parent, heading)
        self.stack.append(_Level(level, printed, kind))
        self.state = Sections.inside(kind, tuple(one.words for one in self.stack))
        self.writer.block(BlockKind.HEADING, words, self.state.headings)

    def _is_bold_heading(self, words: str) -> bool:
        if len(words) > LONGEST_HEADING or ends_sentence(words) or self.layout.caption(words):
            return False
        return self.state.started and self.layout.front_matter(words) is None

    def _words(self, element: Element) -> tuple[str, bool]:
        """The words of a paragraph, and whether all of them are bold."""
        parts: list[str] = []
        bold = True
        for one in element.iter(_R):
            if _inside(one, element, _LEFT_OUT):
                continue
            run = Run(one, self.parent)  # type: ignore[arg-type]
            text = run.text
            if not text or run.font.hidden:
                continue
            bold = bold and (bool(run.bold) or not text.strip())
            parts.append(raised(text) if run.font.superscript else text)
        text = "".join(parts).replace("\u00ad", "")
        return " ".join(text.split()), bold and bool(parts)

    # -- tables -----------------------------------------------------------------------------------

    def _put_caption(self) -> None:
        """A table's caption that no table follows."""
        words, self.caption = self.caption, None
        if words:
            self.writer.block(BlockKind.TABLE, words, self.state.headings)

    def _table(self, table: Element, depth: int) -> None:
        rows = [list(_cells(row)) for row in table.iter(_TR) if _table_of(row) is table]
        printed = [[self._cell(cell) for cell in row] for row in rows]
        if any(len(words) > _LAYOUT_CELL for row in printed for words in row):
            self._put_caption()
            for row in rows:
                for cell in row:
                    if depth < _DEEPEST:
                        self._walk(cell, depth + 1)
            return
        lines = [" | ".join(row) for row in printed]
        caption, self.caption = self.caption, None
        words = "\n".join([caption or "", *(line for line in lines if line.strip(" |"))])
        self.writer.block(BlockKind.TABLE, words, self.state.headings)

    def _cell(self, cell: Element) -> str:
        words = (self._words(paragraph)[0] for paragraph in cell.iter(_P))
        return " ".join(one for one in words if one)


def _cells(row: Element) -> Iterator[Element]:
    for cell in row.iter(_TC):
        owner = cell.getparent()
        while owner is not None and owner.tag != _TR:
            owner = owner.getparent()
        if owner is row:
            yield cell


def _table_of(row: Element) -> Element | None:
    owner = row.getparent()
    while owner is not None and owner.tag != _TBL:
        owner = owner.getparent()
    return owner


def _inside(one: Element, top: Element, tags: frozenset[str]) -> bool:
    """Whether an element with one of these tags stands between the two."""
    owner = one.getparent()
    while owner is not None and owner is not top:
        if owner.tag in tags:
            return True
        owner = owner.getparent()
    return False


def _style_of(paragraph: Paragraph) -> str:
    """The name of the paragraph's style in lower case; English for the built-in ones."""
    style = paragraph.style
    return (style.name or "").casefold() if style is not None else ""


def _level_of(paragraph: Paragraph) -> int:
    """The level of a heading, by its style or the style that this one is based on; else 0."""
    style = paragraph.style
    for _ in range(_DEEPEST):
        if style is None:
            break
        name, _, number = (style.name or "").casefold().rpartition(" ")
        if name == "heading" and number.isdigit():
            return int(number)
        style = style.base_style
    return 0

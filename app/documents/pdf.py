"""application/pdf: the text is made from the characters and where they stand on the page.

pages (`pdf_process`) → pieces of lines (`pdf_lines`) → without what the press prints on every
page (`pdf_repeats`) → regions in reading order (`pdf_columns`) → paragraphs
(`pdf_paragraphs`) → blocks (here). A legend, table or footnote that stands inside a sentence
is put behind its paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from app.documents.headings import LONGEST_HEADING, load_headings, numbering
from app.documents.hyphens import Hyphens
from app.documents.layout import ends_sentence, load_layout
from app.documents.pdf_columns import regions_of
from app.documents.pdf_lines import pieces_of
from app.documents.pdf_paragraphs import (
    Paragraph,
    Setting,
    body_size,
    lines_of,
    paragraphs_of,
)
from app.documents.pdf_process import read_pages
from app.documents.pdf_repeats import without_repeats
from app.documents.sections import Sections
from app.documents.writer import Writer
from app.errors import EmptyDocument
from app.settings import Settings
from app.text import Article, BlockKind, Document

_SMALLER = 0.95
_TITLE_LARGER = 1.12
_OPENING = frozenset({BlockKind.ABSTRACT, BlockKind.INTRODUCTION})
_ENTRY = re.compile(r"(?:\[\d{1,3}\]|\d{1,3}[.)])\s*\S")


def read(data: bytes, charset: str | None, *, media_type: str, settings: Settings) -> Document:
    """A document of a PDF. The errors are those of `read_pages`; EmptyDocument for a scan."""
    del charset  # a PDF says itself how its characters are coded
    pages = read_pages(data, settings)
    pieces = without_repeats(pages, [pieces_of(page) for page in pages])
    regions = [regions_of(page) for page in pieces]
    lines = [line for page in regions for region in page for line in lines_of(region)]
    if not lines:
        raise EmptyDocument(
            "There is no text in this PDF: it holds pictures of pages only. Recognise its "
            "text (OCR) first, or send the text."
        )
    headings, layout = load_headings(settings.mappings), load_layout(settings.mappings)
    setting = Setting(body_size(lines, headings), headings, layout)
    paragraphs = [
        paragraph
        for number, page in enumerate(regions)
        for region in page
        for paragraph in paragraphs_of(region, number, setting)
    ]
    paragraphs = _whole_legends(paragraphs, setting)
    hyphens = Hyphens((line.text for line in lines), settings.mappings)
    author = _Author(setting, Writer(headings, layout), hyphens)
    title = author.write(paragraphs)
    return Document(
        text=author.writer.text,
        media_type=media_type,
        blocks=tuple(author.writer.blocks),
        article=Article(title=title),
        original=data,
    )


def _whole_legends(paragraphs: Sequence[Paragraph], setting: Setting) -> list[Paragraph]:
    """Legends that go on at the top of the next column are made whole."""
    out: list[Paragraph] = []
    for one in paragraphs:
        before = out[-1] if out else None
        if (
            before is not None
            and before.shape == "legend"
            and one.shape == "text"
            and one.first
            and before.size < _SMALLER * setting.body
            and abs(one.size - before.size) < 0.1
            and not ends_sentence(before.lines[-1].text)
        ):
            out[-1] = replace(before, lines=before.lines + one.lines)
        else:
            out.append(one)
    return out


class _Author:
    """Writes the paragraphs of a PDF, in order, as blocks."""

    def __init__(self, setting: Setting, writer: Writer, hyphens: Hyphens) -> None:
        self.setting = setting
        self.writer = writer
        self.hyphens = hyphens
        self.sections = Sections()
        self.open: list[str] = []
        self.waiting: list[Paragraph] = []

    def write(self, paragraphs: Sequence[Paragraph]) -> str | None:
        """Writes them all; the title."""
        first, after = self._title(paragraphs)
        for paragraph in paragraphs[:first]:
            self._before_title(paragraph)
        title = None
        if after > first:
            title = self._words(paragraphs[first:after])
            self.writer.block(BlockKind.TITLE, title)
        for index in range(after, len(paragraphs)):
            self._next(paragraphs[index], paragraphs[index - 1] if index else None)
        self._flush()
        return title

    def _words(self, paragraphs: Sequence[Paragraph]) -> str:
        return self.hyphens.join(line.text for one in paragraphs for line in one.lines)

    # -- the top of the first page -------------------------------------------------------------

    def _title(self, paragraphs: Sequence[Paragraph]) -> tuple[int, int]:
        """Which paragraphs are the title: the largest type above the first known heading."""
        candidates = []
        for index, one in enumerate(paragraphs):
            words = self._words([one])
            if one.page > 0 or self._opens(one):
                break
            if (
                one.shape in ("text", "heading")
                and words.count(" ") > 1
                and self.setting.layout.may_be_title(words)
                and not self.setting.layout.is_rubric(words)
            ):
                candidates.append(index)
        larger = [
            index
            for index in candidates
            if paragraphs[index].size > _TITLE_LARGER * self.setting.body
        ]
        if larger:
            first = max(larger, key=lambda index: (paragraphs[index].size, -index))
            after = first + 1
            while (
                after in larger
                and abs(paragraphs[after].size - paragraphs[first].size) < 0.5
                and not ends_sentence(self._words([paragraphs[after - 1]]))
            ):
                after += 1
            return first, after
        for index in candidates[:4]:
            words = self._words([paragraphs[index]])
            front = self.setting.layout.front_matter(words)
            alone = len(paragraphs[index].lines) <= 4 and not ends_sentence(words)
            if alone and front is None:
                return index, index + 1
        return 0, 0

    def _opens(self, paragraph: Paragraph) -> bool:
        """Whether a heading or label of the article's own text stands here."""
        text = paragraph.lines[0].text
        found = self.setting.headings.find(text) if len(text) <= LONGEST_HEADING else None
        if found:
            opens = found.kind in _OPENING
            return opens or (
                found.kind is BlockKind.CASE and not self.setting.layout.is_rubric(text)
            )
        label = self.setting.headings.run_in(text, 0, len(text))
        return label is not None and label.heading.kind in _OPENING

    def _before_title(self, paragraph: Paragraph) -> None:
        """The journal's name and rubric, and whatever else stands above the title."""
        words = self._words([paragraph])
        kind = self.setting.layout.front_matter(words)
        if kind is None:
            kind = BlockKind.HEADING if len(words) <= LONGEST_HEADING else BlockKind.AFFILIATION
        self.writer.block(kind, words)

    # -- the text ------------------------------------------------------------------------------

    def _next(self, paragraph: Paragraph, before: Paragraph | None) -> None:
        words = paragraph.lines[0].text
        if paragraph.shape in ("legend", "table") or self._is_aside(paragraph):
            if self._is_open():
                self.waiting.append(paragraph)
            else:
                self._flush()
                self._beside(paragraph)
        elif paragraph.shape == "heading" and self._is_section(paragraph):
            self._flush()
            self._heading(paragraph)
        elif self._goes_on(paragraph, before):
            self.open += [line.text for line in paragraph.lines]
        else:
            self._flush()
            if self.sections.kind is BlockKind.REFERENCES or _ENTRY.match(words):
                self._entries(paragraph)
            else:
                self.open = [line.text for line in paragraph.lines]

    def _is_open(self) -> bool:
        """Whether the paragraph that is being written stops inside a sentence."""
        return bool(self.open) and not ends_sentence(self.open[-1])

    def _goes_on(self, paragraph: Paragraph, before: Paragraph | None) -> bool:
        if not self._is_open():
            # A sentence may end where a column does, and the paragraph go on.
            return (
                bool(self.open)
                and before is not None
                and before.shape == paragraph.shape == "text"
                and before.full
                and paragraph.first
                and not paragraph.indented
                and len(paragraph.lines) > 1
                and self._is_running(paragraph)
            )
        words = paragraph.lines[0].text
        if words[0].islower() or words[0] in "(,;" or self.open[-1].endswith(("-", "–", ",", "(")):
            return True
        # At the top of a column a sentence may go on with a capital or a number.
        moved = paragraph.first or bool(self.waiting) or before is None
        return moved and self._is_running(paragraph) and not numbering(words).depth

    def _is_running(self, paragraph: Paragraph) -> bool:
        """Whether it is text of the article, not its authors and their addresses."""
        if self.sections.started:
            return True
        shaped = self.setting.layout.front_matter
        words = self.hyphens.join(self.open)
        return shaped(self._words([paragraph])) is None and shaped(words) is None

    def _is_aside(self, paragraph: Paragraph) -> bool:
        """Whether it is a note in small type: affiliations, statements at the foot of a page."""
        if paragraph.size >= _SMALLER * self.setting.body or not self.sections.started:
            return False
        return self.sections.kind is not BlockKind.REFERENCES

    def _is_section(self, paragraph: Paragraph) -> bool:
        """Whether something set like a heading is one; above the text names are set like that."""
        words = self._words([paragraph])
        if self.setting.headings.find(words):
            return True
        if not self.sections.started or self.sections.kind is BlockKind.REFERENCES:
            return False
        return self.setting.layout.front_matter(words) is None

    def _heading(self, paragraph: Paragraph) -> None:
        words = self._words([paragraph])
        printed = words.rstrip(" :")
        heading = self.setting.headings.find(words)
        self.sections.open(heading, printed, depth=numbering(words).depth)
        self.writer.block(BlockKind.HEADING, words, self.sections.headings)

    def _beside(self, paragraph: Paragraph) -> None:
        """A legend, table or note."""
        above = self.sections.headings
        words = self._words([paragraph])
        if paragraph.shape == "table":
            rows = [line.row for line in paragraph.lines]
            self.writer.block(BlockKind.TABLE, "\n".join(rows), above)
        elif paragraph.shape == "legend":
            self.writer.block(BlockKind.LEGEND, words, above)
        else:
            kind = self.setting.layout.front_matter(words)
            if kind is None:
                self.writer.running_text(words, self.sections)
            else:
                self.writer.block(kind, words, above)

    def _entries(self, paragraph: Paragraph) -> None:
        """The entries of a list of references, or of another numbered list."""
        entry: list[str] = []
        for line in paragraph.lines:
            if entry and _ENTRY.match(line.text):
                self.writer.running_text(self.hyphens.join(entry), self.sections)
                entry = []
            entry.append(line.text)
        self.open = entry

    def _flush(self) -> None:
        words, self.open = self.hyphens.join(self.open), []
        if words:
            self.writer.running_text(words, self.sections)
        waiting, self.waiting = self.waiting, []
        for paragraph in waiting:
            self._beside(paragraph)

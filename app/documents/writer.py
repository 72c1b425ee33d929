"""The text of a document that brings its structure along: written piece by piece, with offsets."""

from __future__ import annotations

from app.documents import plain
from app.documents.headings import Headings
from app.documents.layout import Layout
from app.documents.sections import Sections
from app.text import Block, BlockKind, Span

_BETWEEN = "\n\n"


class Writer:
    """Puts blocks one behind the other, a blank line between them."""

    def __init__(self, headings: Headings, layout: Layout) -> None:
        self.headings = headings
        self.layout = layout
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        self._length = 0

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def _place(self, words: str) -> int:
        """Writes the words; where they begin."""
        if self._parts:
            self._parts.append(_BETWEEN)
            self._length += len(_BETWEEN)
        start = self._length
        self._parts.append(words)
        self._length += len(words)
        return start

    def block(self, kind: BlockKind, words: str, above: tuple[str, ...] = ()) -> None:
        """One block that is known to be of this kind; nothing when it has no words."""
        words = words.strip()
        if words:
            start = self._place(words)
            self.blocks.append(Block(kind, Span(start, start + len(words)), above))

    def running_text(self, words: str, sections: Sections, *, titled: bool = False) -> None:
        """Text inside a section: its paragraphs, legends and run-in headings become blocks.

        `titled` says that the text may begin with the title of the report.
        """
        words = words.strip()
        if not words:
            return
        start = self._place(words)
        for block in plain.blocks_inside(
            words, self.headings, self.layout, sections, titled=titled
        ):
            span = Span(block.span.start + start, block.span.end + start)
            self.blocks.append(Block(block.kind, span, block.headings))

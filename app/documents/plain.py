"""text/plain: the text stays as it came; its lines are read as title, headings and paragraphs."""

from __future__ import annotations

from pathlib import Path

from app.documents.front import find_front
from app.documents.headings import LONGEST_HEADING, Heading, Headings, load_headings, numbering
from app.documents.layout import Layout, ends_sentence, load_layout
from app.documents.lines import lines_of, paragraph_runs, reference_lines
from app.documents.sections import Sections
from app.text import Article, Block, BlockKind, Document, Span, trimmed

_SINGLE = frozenset(
    {
        BlockKind.KEYWORDS,
        BlockKind.STATEMENTS,
        BlockKind.ACKNOWLEDGEMENT,
        BlockKind.AFFILIATION,
        BlockKind.AUTHORS,
    }
)
"""A run-in heading of these kinds holds for its own paragraph only."""

_AFTER_CASE = frozenset(
    {BlockKind.STATEMENTS, BlockKind.REFERENCES, BlockKind.ACKNOWLEDGEMENT, BlockKind.KEYWORDS}
)


class _Reader:
    """Goes through the lines once and writes blocks."""

    def __init__(
        self, text: str, headings: Headings, layout: Layout, sections: Sections | None = None
    ) -> None:
        self.text = text
        self.headings = headings
        self.layout = layout
        self.lines = lines_of(text)
        self.words = [text[line.span.start : line.span.end] for line in self.lines]
        self.sections = sections or Sections()
        self.blocks: list[Block] = []
        self.title: list[str] = []
        self.pending: list[int] = []
        self.paragraph_lines = paragraph_runs(self.lines, self.words)
        self.entries, self.references = reference_lines(self.lines, self.words)

    # -- the way through ----------------------------------------------------------------

    def read(self) -> tuple[Block, ...]:
        """Blocks of a text from its beginning."""
        return self.read_from(self._front())

    def read_from(self, index: int) -> tuple[Block, ...]:
        """Blocks from a line on."""
        while index < len(self.lines):
            if self._breaks_before(index):
                self._flush()
            if not self.pending and self._structure(index):
                index += 1
                continue
            self.pending.append(index)
            index += 1
        self._flush()
        return tuple(self.blocks)

    def _breaks_before(self, index: int) -> bool:
        """Whether a new block begins with this line."""
        if not self.pending:
            return False
        words, before = self.words[index], self.words[index - 1]
        if self.lines[index].run != self.lines[index - 1].run:
            return True
        if index in self.entries:
            return True
        if index not in self.references and index - 1 in self.references and ends_sentence(before):
            return True
        if self.layout.caption(words) and not before.endswith(
            (" of", " in", " the", "(", " and", ",", "see")
        ):
            return True
        if self._known_heading(index) or self._unknown_heading(index):
            return True
        if ends_sentence(before) or before.endswith(":"):
            span = self.lines[index].span
            if self.headings.run_in(self.text, span.start, span.end):
                return True
            return self.lines[index].run in self.paragraph_lines and ends_sentence(before)
        return False

    def _structure(self, index: int) -> bool:
        """Handles a line that is a heading; True when it is done with."""
        heading = self._known_heading(index)
        words = self.words[index]
        if heading or self._unknown_heading(index):
            depth = numbering(words).depth
            self.sections.open(heading, words.rstrip(" :").strip("*_# "), depth=depth)
            self._emit(BlockKind.HEADING, self.lines[index].span, self.sections.headings)
            return True
        return False

    def _known_heading(self, index: int) -> Heading | None:
        words = self.words[index]
        if len(words) > LONGEST_HEADING or words[-1] in ",;":
            return None
        if words[0].islower() or (index in self.references):
            return None
        if self.lines[index].cell or (self._follows(index) and not self._may_precede(index - 1)):
            return None
        found = self.headings.find(words)
        if found and found.level == "part" and self.sections.kind in _AFTER_CASE:
            # A list of abbreviations holds such words too: only a paragraph makes them a heading.
            following = self.words[index + 1] if index + 1 < len(self.words) else ""
            return found if len(following) > LONGEST_HEADING else None
        return found

    def _follows(self, index: int) -> bool:
        """Whether the line stands directly below a line of the same paragraph."""
        return bool(self.pending) and self.lines[index].run == self.lines[index - 1].run

    def _may_precede(self, index: int) -> bool:
        """Whether the line can stand directly above a heading: it does not run on."""
        words = self.words[index]
        return (
            ends_sentence(words)
            or (len(words) <= LONGEST_HEADING and words[-1] not in ",;")
            or index in self.references
        ) and not words.endswith((" of", " the", " and", " in", " with", " a", " for"))

    def _unknown_heading(self, index: int) -> bool:
        """A heading by its shape: short, capital, by itself, above a paragraph."""
        words = self.words[index]
        if len(words) > LONGEST_HEADING or words[-1] in ".,;!?" or index + 1 >= len(self.lines):
            return False
        if index in self.references or self.lines[index].cell or not self.sections.started:
            return False
        alone = not self._follows(index) or (
            self.lines[index].run in self.paragraph_lines and ends_sentence(self.words[index - 1])
        )
        after = self.words[index + 1]
        found = numbering(words)
        bare = words[found.length :]
        if (
            not alone
            or not bare[:1].isupper()
            or bare.count(" ") > 9
            or "\t" in bare
            or "|" in bare
        ):
            return False
        if numbering(after).length and found.length and len(after) <= LONGEST_HEADING:
            return self.headings.find(after) is not None or numbering(after).depth > found.depth
        if self.layout.title_stop.search(bare) or self.layout.caption(words):
            return False
        capitals = sum(1 for word in bare.split() if word[0].isupper())
        shaped = (
            found.depth or bare.isupper() or capitals * 2 >= len(bare.split()) or bare.endswith(":")
        )
        return bool(shaped) and (len(after) > LONGEST_HEADING or ends_sentence(after))

    def _front(self) -> int:
        """Writes rubrics and title; the index of the first line after them."""
        front = find_front(self.text, self.lines, self.words, self.headings, self.layout)
        for line in self.lines[: front.title_start]:
            self._emit(BlockKind.HEADING, line.span, ())
        if front.end > front.title_start:
            span = self.lines[front.title_start].span.join(self.lines[front.end - 1].span)
            self._emit(BlockKind.TITLE, span, ())
            self.title = self.words[front.title_start : front.end]
        return front.end

    # -- blocks -----------------------------------------------------------------------------

    def _flush(self) -> None:
        if not self.pending:
            return
        first, last = self.pending[0], self.pending[-1]
        self.pending = []
        span = self.lines[first].span.join(self.lines[last].span)
        words = self.text[span.start : span.end]
        cells = sum(1 for line in self.lines[first : last + 1] if line.cell)
        caption = self.layout.caption(words)
        if caption:
            self._emit(caption, span, self.sections.headings)
        elif cells * 2 > last - first:
            self._emit(BlockKind.TABLE, span, self.sections.headings)
        elif first in self.references:
            self._emit(BlockKind.REFERENCES, span, self._above(BlockKind.REFERENCES))
        elif not self._labelled(span):
            self._emit(self._kind(words), span, self.sections.headings)

    def _above(self, kind: BlockKind) -> tuple[str, ...]:
        return self.sections.headings if self.sections.kind is kind else ()

    def _kind(self, words: str) -> BlockKind:
        kind = self.sections.kind
        self.sections.text()
        if not self.sections.started:
            return self.layout.front_matter(words) or BlockKind.UNKNOWN
        if kind in (BlockKind.UNKNOWN, BlockKind.CASE, BlockKind.DISCUSSION):
            return self.layout.anywhere(words) or kind
        return kind

    def _labelled(self, span: Span) -> bool:
        """A paragraph with run-in headings: each, and its text, is a block."""
        label = self.headings.run_in(self.text, span.start, span.end)
        if label is None:
            label = self.headings.shouted(self.text, span.start, span.end)
        labels = [label] if label else []
        if (
            not label
            and not self.sections.started
            and self.layout.front_matter(self.text[span.start : span.end])
        ):
            return False
        if label or self.sections.in_abstract or not self.sections.started:
            begin = label.text if label else span.start
            labels += [
                one
                for one in self.headings.labels(self.text, begin, span.end)
                if one.heading.kind not in _SINGLE
            ]
        if not labels:
            return False
        if labels[0].start > span.start:
            lead = trimmed(self.text, span.start, labels[0].start)
            self._emit(self._kind(self.text[lead.start : lead.end]), lead, self.sections.headings)
        for label, after in zip(
            labels, [*(one.start for one in labels[1:]), span.end], strict=True
        ):
            printed = self.text[label.start : label.end].strip(" *_#")
            if label.heading.kind in _SINGLE:
                kind, above = self.sections.single(label.heading, printed)
            else:
                self.sections.label(label.heading, printed)
                kind, above = self.sections.kind, self.sections.headings
            self._emit(BlockKind.HEADING, trimmed(self.text, label.start, label.text), above)
            self._emit(kind, trimmed(self.text, label.text, after), above)
        return True

    def _emit(self, kind: BlockKind, span: Span, headings: tuple[str, ...]) -> None:
        if span.length:
            self.blocks.append(Block(kind, span, headings))


def blocks_inside(
    text: str, headings: Headings, layout: Layout, sections: Sections, *, titled: bool = False
) -> tuple[Block, ...]:
    """Blocks of text that stands inside the given sections, most often without a title."""
    reader = _Reader(text, headings, layout, sections)
    return reader.read() if titled else reader.read_from(0)


def read(text: str, *, media_type: str, overlay: Path | None) -> Document:
    """A document of a plain text, which it keeps verbatim."""
    reader = _Reader(text, load_headings(overlay), load_layout(overlay))
    blocks = reader.read()
    title = " ".join(" ".join(reader.title).split()).strip("*_# ") or None
    return Document(text=text, media_type=media_type, blocks=blocks, article=Article(title=title))

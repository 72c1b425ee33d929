"""text/plain: the text stays as it came; its lines are read as title, headings and paragraphs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from app.documents.headings import LONGEST_HEADING, Heading, Headings, load_headings, numbering
from app.documents.layout import (
    Layout,
    ends_sentence,
    inner_sentences,
    is_reference,
    load_layout,
)
from app.documents.sections import Sections
from app.text import Article, Block, BlockKind, Document, Span

_LINE = re.compile(r"[^\r\n\f\v\x85\u2028\u2029]+")
_BREAK = re.compile(r"\r\n|[\r\n\f\v\x85\u2028\u2029]")
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


class Line(NamedTuple):
    """A line without the white space around it; `run` counts the blank lines' gaps before it."""

    span: Span
    run: int


def lines_of(text: str) -> list[Line]:
    """The lines that hold something, numbered by the run of lines they belong to."""
    lines: list[Line] = []
    run = 0
    last_end = 0
    for match in _LINE.finditer(text):
        raw = match[0]
        start = match.start() + len(raw) - len(raw.lstrip())
        end = match.start() + len(raw.rstrip())
        if start >= end:
            continue
        if lines and sum(1 for _ in _BREAK.finditer(text, last_end, start)) > 1:
            run += 1
        lines.append(Line(Span(start, end), run))
        last_end = end
    return lines


class _Reader:
    """Goes through the lines once and writes blocks."""

    def __init__(self, text: str, headings: Headings, layout: Layout) -> None:
        self.text = text
        self.headings = headings
        self.layout = layout
        self.lines = lines_of(text)
        self.words = [text[line.span.start : line.span.end] for line in self.lines]
        self.sections = Sections()
        self.blocks: list[Block] = []
        self.title: list[str] = []
        self.pending: list[int] = []
        self.paragraph_lines = self._one_paragraph_a_line()
        self.references = self._reference_lines()

    # -- what the lines look like, seen together --------------------------------------

    def _one_paragraph_a_line(self) -> frozenset[int]:
        """Runs in which every line is a paragraph: lines end sentences and hold several."""
        runs: dict[int, list[str]] = {}
        for line, words in zip(self.lines, self.words, strict=True):
            runs.setdefault(line.run, []).append(words)
        found = set()
        for run, lines in runs.items():
            ended = [words for words in lines if ends_sentence(words)]
            several = sum(inner_sentences(words) for words in ended)
            if len(ended) * 10 >= len(lines) * 5 and several >= len(ended):
                found.add(run)
        return frozenset(found)

    def _reference_lines(self) -> frozenset[int]:
        """Lines of lists of references: at least two in succession."""
        marked = [is_reference(words) for words in self.words]
        return frozenset(
            index
            for index, one in enumerate(marked)
            if one
            and ((index and marked[index - 1]) or (index + 1 < len(marked) and marked[index + 1]))
        )

    # -- the way through ----------------------------------------------------------------

    def read(self) -> tuple[Block, ...]:
        index = self._front()
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
        if (index in self.references) != (index - 1 in self.references):
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
        if (
            self.lines[index].run == self.lines[index - 1].run
            and index
            and not self._may_precede(index - 1)
        ):
            return None
        return self.headings.find(words)

    def _may_precede(self, index: int) -> bool:
        """Whether the line can stand directly above a heading: it does not run on."""
        words = self.words[index]
        return (
            ends_sentence(words)
            or len(words) <= LONGEST_HEADING
            and words[-1] not in ",;"
            or index in self.references
        ) and not words.endswith((" of", " the", " and", " in", " with", " a", " for"))

    def _unknown_heading(self, index: int) -> bool:
        """A heading by its shape: short, capital, by itself, above a paragraph."""
        words = self.words[index]
        if len(words) > LONGEST_HEADING or words[-1] in ".,;!?" or index + 1 >= len(self.lines):
            return False
        if index in self.references or not self.sections.started:
            return False
        before = index == 0 or self.lines[index - 1].run != self.lines[index].run
        after = self.words[index + 1]
        found = numbering(words)
        bare = words[found.length :]
        if (
            not before
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

    # -- title and what stands between it and the article -------------------------------

    def _front(self) -> int:
        """Reads rubric and title; the index of the first line after them."""
        index = 0
        while index < len(self.lines) and index < 3 and self._is_rubric(index):
            self._emit(BlockKind.HEADING, self.lines[index].span, ())
            index += 1
        first = index
        while index < len(self.lines) and index - first < 4 and self._is_title(index, first):
            index += 1
        if index > first:
            span = self.lines[first].span.join(self.lines[index - 1].span)
            self._emit(BlockKind.TITLE, span, ())
            self.title = self.words[first:index]
        return index

    def _is_rubric(self, index: int) -> bool:
        if index + 1 >= len(self.lines) or not self.layout.is_rubric(self.words[index]):
            return False
        return self.layout.is_rubric(self.words[index + 1]) or self._is_title(index + 1, index + 1)

    def _is_title(self, index: int, first: int) -> bool:
        words = self.words[index]
        if index + 1 >= len(self.lines) or not self.layout.may_be_title(words.strip("*_# ")):
            return False
        if self.headings.find(words) or self.layout.caption(words):
            return False
        following = self.words[index + 1]
        if index > first:
            same = self.lines[index].run == self.lines[index - 1].run
            return (
                same
                and self.layout.front_matter(words) is None
                and not self.headings.run_in(self.text, *self.lines[index].span)
            )
        if self.layout.front_matter(words) is BlockKind.AFFILIATION and ":" not in words:
            return False
        if self.lines[index].run == self.lines[index + 1].run and not following[0].isupper():
            return self.layout.may_be_title(following)
        return not (":" in words and self._is_field(index))

    def _is_field(self, index: int) -> bool:
        """Whether a first line is a labelled field of a note ("Allergies: penicillin")."""
        span = self.lines[index].span
        label = self.headings.run_in(self.text, span.start, span.end)
        return label is not None and label.heading.level == "part"

    # -- blocks -----------------------------------------------------------------------------

    def _flush(self) -> None:
        if not self.pending:
            return
        first, last = self.pending[0], self.pending[-1]
        self.pending = []
        span = self.lines[first].span.join(self.lines[last].span)
        words = self.text[span.start : span.end]
        caption = self.layout.caption(words)
        if caption:
            self._emit(caption, span, self.sections.headings)
        elif first in self.references:
            self._emit(BlockKind.REFERENCES, span, self._above(BlockKind.REFERENCES))
        elif not self._labelled(span):
            self._emit(self._kind(words), span, self.sections.headings)

    def _above(self, kind: BlockKind) -> tuple[str, ...]:
        return self.sections.headings if self.sections.kind is kind else ()

    def _kind(self, words: str) -> BlockKind:
        kind = self.sections.kind
        if words.count("\t") >= 2 or words.count(" | ") >= 2 and kind is not BlockKind.REFERENCES:
            return BlockKind.TABLE
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
        if label or self.sections.in_abstract or not self.sections.started:
            begin = label.text if label else span.start
            labels += self.headings.labels(self.text, begin, span.end)
        if not labels:
            return False
        if labels[0].start > span.start:
            lead = _trim(self.text, span.start, labels[0].start)
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
            self._emit(BlockKind.HEADING, _trim(self.text, label.start, label.text), above)
            self._emit(kind, _trim(self.text, label.text, after), above)
        return True

    def _emit(self, kind: BlockKind, span: Span, headings: tuple[str, ...]) -> None:
        if span.length:
            self.blocks.append(Block(kind, span, headings))


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def blocks_of(text: str, overlay: Path | None) -> tuple[tuple[Block, ...], Article]:
    """Blocks of a plain text, and the title they show."""
    reader = _Reader(text, load_headings(overlay), load_layout(overlay))
    blocks = reader.read()
    title = " ".join(" ".join(reader.title).split()).strip("*_# ") or None
    return blocks, Article(title=title)


def read(text: str, *, media_type: str, overlay: Path | None) -> Document:
    """A document of a plain text, which it keeps verbatim."""
    blocks, article = blocks_of(text, overlay)
    return Document(text=text, media_type=media_type, blocks=blocks, article=article)

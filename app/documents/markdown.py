"""text/markdown: the text stays as it came; CommonMark says where headings and paragraphs are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.documents import plain
from app.documents.headings import Headings, load_headings
from app.documents.layout import Layout, load_layout
from app.documents.sections import Sections, nested_kind
from app.text import Article, Block, BlockKind, Document, Span

_BREAK = re.compile(r"\r\n?|\n")
_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(?:(?!---)[^\r\n]*\r?\n){0,200}?---[ \t]*(?:\r?\n|$)")
_FRONT_TITLE = re.compile(r"^title[ \t]*:[ \t]*[\"']?(.{1,300}?)[\"']?[ \t]*\r?$", re.MULTILINE)
_MARKS = re.compile(r"(?:[ \t>]|[*+-][ \t]|\d{1,9}[.)][ \t])*")
_TEXT_TOKENS = frozenset({"paragraph_open", "fence", "code_block", "table_open"})

# Emphasis and links inside paragraphs do not matter here.
_BLOCKS_ONLY = MarkdownIt("commonmark").enable("table").disable("inline")


class _Level(NamedTuple):
    level: int
    words: str
    kind: BlockKind


class _Reader:
    """Goes through the tokens of CommonMark once."""

    def __init__(self, text: str, headings: Headings, layout: Layout) -> None:
        self.text = text
        self.headings = headings
        self.layout = layout
        self.blocks: list[Block] = []
        self.title: str | None = None
        self.stack: list[_Level] = []
        self.state = Sections()
        front = _FRONT_MATTER.match(text)
        self.begin = front.end() if front else 0
        if front and (named := _FRONT_TITLE.search(front[0])):
            self.title = named[1].strip() or None
        self.starts = [self.begin]
        self.starts += [match.end() for match in _BREAK.finditer(text, self.begin)]
        self.starts.append(len(text))

    def read(self) -> bool:
        """Writes the blocks; False when there is no heading to go by."""
        tokens = _BLOCKS_ONLY.parse(self.text[self.begin :])
        if not any(token.type == "heading_open" for token in tokens):
            return False
        inside = 0
        for index, token in enumerate(tokens):
            if token.type == "table_close":
                inside -= 1
            if token.map is None or inside:
                continue
            if token.type == "table_open":
                inside += 1
                self._emit(BlockKind.TABLE, self._span(*token.map), self.state.headings)
            elif token.type == "heading_open":
                self._heading(token, tokens[index + 1].content)
            elif token.type in _TEXT_TOKENS:
                self._text(self._span(*token.map))
        return True

    def _span(self, first: int, after: int) -> Span:
        """The place of lines `first..after`, without white space and marks around it."""
        start, end = self.starts[first], self.starts[min(after, len(self.starts) - 1)]
        marks = _MARKS.match(self.text, start, end)
        start = marks.end() if marks else start
        words = self.text[start:end]
        return Span(start + len(words) - len(words.lstrip()), start + len(words.rstrip()))

    def _heading(self, token: Token, content: str) -> None:
        first, after = token.map or [0, 0]
        span = self._span(first, after - 1 if token.markup in ("=", "-") else after)
        marked = self.text[span.start : span.end]
        inner = marked.lstrip("#").lstrip()
        closed = re.sub(r"[ \t]+#+$", "", inner)
        start = span.end - len(inner)
        span = Span(start, start + len(closed))
        words = " ".join(content.replace("*", "").split()).strip("_ ").rstrip(" :")
        level = int(token.tag[1:])
        heading = self.headings.find(words)
        if heading is None and not self.blocks and self.layout.may_be_title(words):
            self._emit(BlockKind.TITLE, span, ())
            self.title = words
            return
        self.stack = [one for one in self.stack if one.level < level]
        parent = self.stack[-1].kind if self.stack else None
        kind = nested_kind(parent, heading)
        self.stack.append(_Level(level, words, kind))
        self.state = Sections.inside(kind, tuple(one.words for one in self.stack))
        self._emit(BlockKind.HEADING, span, self.state.headings)

    def _text(self, span: Span) -> None:
        words = self.text[span.start : span.end]
        for block in plain.blocks_inside(words, self.headings, self.layout, self.state):
            place = Span(block.span.start + span.start, block.span.end + span.start)
            self._emit(block.kind, place, block.headings)

    def _emit(self, kind: BlockKind, span: Span, headings: tuple[str, ...]) -> None:
        if span.length > 0:
            self.blocks.append(Block(kind, span, headings))


def read(text: str, *, media_type: str, overlay: Path | None) -> Document:
    """A document of a Markdown text, which it keeps verbatim."""
    reader = _Reader(text, load_headings(overlay), load_layout(overlay))
    if not reader.read():
        return plain.read(text, media_type=media_type, overlay=overlay)
    return Document(
        text=text,
        media_type=media_type,
        blocks=tuple(reader.blocks),
        article=Article(title=reader.title),
    )

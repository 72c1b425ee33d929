"""The text of a document and the places in it.

Everything that is said later points back here: a `Span` counts Unicode code points
of `Document.text`, and that text never changes once a document has been read.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range of code points, `text[start:end]`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start

    def covers(self, other: Span) -> bool:
        """Whether `other` lies wholly inside this span."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one code point."""
        return self.start < other.end and other.start < self.end

    def join(self, other: Span) -> Span:
        """The shortest span that covers both."""
        return Span(min(self.start, other.start), max(self.end, other.end))


def trimmed(text: str, start: int, end: int) -> Span:
    """The span without white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


class BlockKind(StrEnum):
    """What a block of an article is, whatever its heading calls it."""

    TITLE = "title"
    AUTHORS = "authors"
    AFFILIATION = "affiliation"
    ABSTRACT = "abstract"
    KEYWORDS = "keywords"
    INTRODUCTION = "introduction"
    CASE = "case"
    DISCUSSION = "discussion"
    LEGEND = "legend"
    TABLE = "table"
    STATEMENTS = "statements"
    ACKNOWLEDGEMENT = "acknowledgement"
    REFERENCES = "references"
    HEADING = "heading"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, legend or the like.

    `headings` are the words of the headings above it, outermost first, as printed;
    `kind` is what those headings, or the format itself, say the block is.
    A heading is a block of its own (`BlockKind.HEADING`). Blocks do not overlap and
    are in the order of the text; what lies between them is white space or markup.
    """

    kind: BlockKind
    span: Span
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Author:
    """A person as printed on the article; `affiliations` index `Article.affiliations`."""

    name: str
    family: str | None = None
    given: str | None = None
    affiliations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """What is printed about the article itself. `published` is an ISO date, as exact as printed."""

    title: str | None = None
    authors: tuple[Author, ...] = ()
    affiliations: tuple[str, ...] = ()
    journal: str | None = None
    doi: str | None = None
    licence: str | None = None
    published: str | None = None
    language: str | None = None


@dataclass(frozen=True)
class Document:
    """A report as read: its text, its blocks, what is printed about it.

    `original` holds the bytes that came in when they are not the text itself
    (JATS, JSON, PDF); `media_type` is theirs.
    """

    text: str
    media_type: str
    blocks: tuple[Block, ...]
    article: Article = field(default_factory=Article)
    original: bytes | None = None

    @cached_property
    def sha256(self) -> str:
        """Of the UTF-8 text, in hexadecimal: the identity of the document."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    def quote(self, span: Span) -> str:
        """The words at a span, exactly as they stand."""
        return self.text[span.start : span.end]

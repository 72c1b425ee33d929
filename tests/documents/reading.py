"""Short ways to read a text and look at its blocks."""

from __future__ import annotations

from typing import Any

from app import documents
from app.settings import Settings
from app.text import BlockKind, Document

SETTINGS = Settings(_env_file=None)


def read(source: Any, media_type: str | None = None, settings: Settings = SETTINGS) -> Document:
    return documents.read(source, media_type=media_type, settings=settings)


def plain(text: str) -> Document:
    return read(text, "text/plain")


def kinds(document: Document, *, headings: bool = False) -> list[tuple[str, str]]:
    """Kind and first three words of every block."""
    return [
        (block.kind.value, " ".join(document.quote(block.span).split()[:3]))
        for block in document.blocks
        if headings or block.kind is not BlockKind.HEADING
    ]


def kind_of(document: Document, words: str) -> BlockKind:
    """The kind of the block that holds these words."""
    start = document.text.index(words)
    found = [b for b in document.blocks if b.span.start <= start < b.span.end]
    assert len(found) == 1, f"{len(found)} blocks hold {words!r}"
    return found[0].kind


def headings_of(document: Document, words: str) -> tuple[str, ...]:
    """The headings above these words."""
    start = document.text.index(words)
    return next(b.headings for b in document.blocks if b.span.start <= start < b.span.end)


def check_blocks(document: Document) -> None:
    """What holds for the blocks of every document."""
    end = 0
    for block in document.blocks:
        assert end <= block.span.start < block.span.end <= len(document.text)
        words = document.quote(block.span)
        assert words == words.strip()
        end = block.span.end

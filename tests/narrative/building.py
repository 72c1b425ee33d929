"""Documents built by hand, a block a part."""

from __future__ import annotations

from app.text import Block, BlockKind, Document, Span


def document(*parts: tuple[BlockKind, str]) -> Document:
    """A document whose blocks are these, with a blank line between them."""
    text, blocks = "", []
    for kind, words in parts:
        text += "\n\n" if text else ""
        blocks.append(Block(kind, Span(len(text), len(text) + len(words))))
        text += words
    return Document(text, "text/plain", tuple(blocks))

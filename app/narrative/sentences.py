"""Blocks into sentences.

A sentence ends at a full stop, question or exclamation mark that is followed by white space
and something that can begin a sentence, unless the full stop belongs to an abbreviation, an
initial or a number. A blank line ends it in any case; a single line break does not (text
copied from a PDF has them everywhere), unless the line is one of a list.
"""

from __future__ import annotations

import re

from app.narrative.mentions import Sentence
from app.narrative.tokens import tokenize
from app.text import Block, BlockKind, Document, Span

_END = re.compile(
    r"[.!?](?:[\"'”’)\]]*)(?=\s+[\"'“‘(\[]?[A-Z0-9À-ÖØ-Þ\[(])|\n[ \t\u00a0]*\n|\n(?=[ \t]*[-*•][ \t])"
)
_CITATION = re.compile(r"\s*(?:\[[\d,\s–-]+\]|[¹²³⁴-⁹⁰]+|\^?\{?[\d,–-]+\}?(?=\s+[A-Z]))")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Dr|Mr|Mrs|Ms|Prof|St|vs|v|cf|al|Fig|Figs|Tab|No|Nos|approx|ca|resp|Vol|pp|p|"
    r"e\.g|i\.e|viz|etc|Ref|Refs|Eq|Inc|Ltd|Co|Corp|Jr|Sr|sp|spp|var|max|min|temp|wt|ht|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|h|hr|hrs|sec|mo|yr|yrs|wk|"
    r"b\.i\.d|t\.i\.d|q\.d|p\.o|i\.v|s\.c|i\.m|a\.m|p\.m|U\.S|U\.K)|\b[A-Z])\.$"
)
_ENDS_AFTER_ABBREVIATION = re.compile(
    r"(?:etc|al|Inc|Ltd|hrs?|h|sec|mo|yrs?|wk|a\.m|p\.m|b\.i\.d|t\.i\.d|i\.v|p\.o)\.$"
)
_STARTER = re.compile(
    r"\s+(?:The|A|An|He|She|It|They|We|His|Her|On|In|At|After|During|Upon|No|There|This|These|"
    r"Following|Physical|Laboratory|Patient|Computed|Magnetic|Blood)\b"
)


def _boundaries(text: str, span: Span) -> list[int]:
    cuts: list[int] = []
    for match in _END.finditer(text, span.start, span.end):
        if match[0].startswith(("\n",)):
            cuts.append(match.start())
            continue
        head = text[max(span.start, match.start() - 12) : match.start() + 1]
        if _ABBREVIATION.search(head) and match[0][0] == ".":
            may_end = _ENDS_AFTER_ABBREVIATION.search(head)
            # "plan B. The patient": a single capital may end a sentence before a plain starter
            single = re.search(r"\b[a-z]+ [A-Z]\.$", head)
            if not ((may_end or single) and _STARTER.match(text, match.end(), span.end)):
                continue
        cuts.append(match.end())
    cuts.append(span.end)
    return cuts


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def split_block(text: str, block: Block) -> list[Sentence]:
    """Sentences of one block, in order."""
    sentences: list[Sentence] = []
    start = block.span.start
    for cut in _boundaries(text, block.span):
        span = _trimmed(text, start, cut)
        start = cut
        if span.length:
            sentences.append(Sentence(span, tokenize(text, span.start, span.end), block))
    return sentences


def split(document: Document) -> tuple[Sentence, ...]:
    """Sentences of all blocks that hold running text."""
    return tuple(
        sentence
        for block in document.blocks
        if block.kind is not BlockKind.HEADING
        for sentence in split_block(document.text, block)
    )

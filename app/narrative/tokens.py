"""Text into tokens: words, numbers, signs, each with its place.

The same tokens are seen by the spotter, the vocabulary and the rules, so an abbreviation
or a unit is cut in one way everywhere.
"""

from __future__ import annotations

import re

from app.narrative.mentions import Token
from app.text import Span

_TOKEN = re.compile(
    r"""
    \d+(?:[.,·]\d+)*              # 7, 1.5, 1,000 (a hyphen or unit begins a new token)
  | [^\W\d_]+(?:['’][^\W\d_]+)?   # words, with an inner apostrophe: patient's
  | [^\w\s]                       # every sign by itself
  | _
    """,
    re.VERBOSE,
)


def tokenize(text: str, start: int = 0, end: int | None = None) -> tuple[Token, ...]:
    """Tokens of `text[start:end]`; their spans count from the beginning of `text`."""
    stop = len(text) if end is None else end
    return tuple(Token(m[0], Span(*m.span())) for m in _TOKEN.finditer(text, start, stop))

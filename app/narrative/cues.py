"""Cue phrases as one compiled pattern."""

from __future__ import annotations

import re
from collections.abc import Iterable


def phrases(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of the phrases as whole words, longest first, white space free.

    Without phrases the pattern matches nothing.
    """
    ordered = sorted({w.strip() for w in words if w.strip()}, key=lambda w: (-len(w), w))
    if not ordered:
        return re.compile(r"(?!)")
    inner = "|".join(r"\s+".join(re.escape(part) for part in w.split()) for w in ordered)
    return re.compile(rf"(?<![\w-])(?:{inner})(?![\w])", re.IGNORECASE)

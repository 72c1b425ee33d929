"""Ids of facts: made of what a fact says, so one fact more does not rename the others."""

from __future__ import annotations

import hashlib


class Ids:
    """Gives out ids within one case; the same say-so twice gets a running number."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def make(self, kind: str, *said: str | None) -> str:
        """An id such as "problem-1f0c9a5be2d4" of a kind and the words that tell facts apart."""
        basis = "\x1f".join((kind, *(s.casefold() if s else "" for s in said)))
        base = f"{kind}-{hashlib.sha256(basis.encode()).hexdigest()[:12]}"
        count = self._given.get(base, 0) + 1
        self._given[base] = count
        return base if count == 1 else f"{base}-{count}"

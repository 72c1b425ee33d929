"""Phrases found in a row of lower-case words, the longest at each place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from app.narrative.tokens import tokenize

T = TypeVar("T")

_PLAIN = re.compile(r"[a-z ]*")  # words that the tokeniser leaves whole


class Found(NamedTuple, Generic[T]):
    """A phrase at `start:end` of the words, and what was stored for it."""

    start: int
    end: int
    values: tuple[T, ...]


class Phrases(Generic[T]):
    """A set of phrases, each with one or more values."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, ...], tuple[T, ...]] = {}
        self._lengths: dict[str, list[int]] = {}

    def add(self, phrase: str, value: T) -> None:
        """Store `value` under a phrase; it is cut into words as every text is."""
        if _PLAIN.fullmatch(phrase):
            key = tuple(phrase.split())
        else:
            key = tuple(t.text.lower() for t in tokenize(phrase))
        values = self._values.get(key, ())
        if value not in values:
            self._values[key] = (*values, value)
        lengths = self._lengths.setdefault(key[0], [])
        if len(key) not in lengths:
            lengths.append(len(key))
            lengths.sort(reverse=True)

    def at(
        self, words: Sequence[str], start: int, keep: Callable[[T], bool] | None = None
    ) -> Found[T] | None:
        """The longest phrase that begins at `start`; with `keep`, one that has such values."""
        for length in self._lengths.get(words[start], ()):
            values = self._values.get(tuple(words[start : start + length]), ())
            if values and keep is not None:
                values = tuple(filter(keep, values))
            if values:
                return Found(start, start + length, values)
        return None

    def find(self, words: Sequence[str], keep: Callable[[T], bool] | None = None) -> list[Found[T]]:
        """All phrases, longest first at each place, none inside another.

        With `keep`, only values for which it is true count; phrases without one are not there.
        """
        found: list[Found[T]] = []
        at = 0
        lengths = self._lengths
        while at < len(words):
            match = self.at(words, at, keep) if words[at] in lengths else None
            if match is None:
                at += 1
            else:
                found.append(match)
                at = match.end
        return found

"""What the network sees of a token: numbers of its forms, of the vocabulary terms that it stands
in, and of where it stands. The training and the spotter make them here, in one way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from app.narrative.mentions import Token
from app.narrative.spotter.features import bracket, brief, normal, shape, terms

# Part of a model's identity, like the version of the features of the random fields.
VERSION = 1

NOTHING, UNKNOWN, FIRST = 0, 1, 2  # numbers of forms; those that are known begin at FIRST
MOST_TERMS = 6  # of one token
FLAGS = 8  # in brackets 1, glued to the token before 2, end of a sentence 4
_IN_BRACKETS, _GLUED, _END = 1, 2, 4
_CACHE = 30_000

_PREFIXES = (3, 4, 5)
_SUFFIXES = (2, 3, 4, 6)
FORMS = ("word", *(f"prefix {n}" for n in _PREFIXES), *(f"suffix {n}" for n in _SUFFIXES), "shape")


def forms(word: str) -> tuple[str, ...]:
    """The forms of a word in the order of FORMS; "" for an affix as long as the word."""
    low = normal(word)
    prefixes = (low[:n] if len(low) > n else "" for n in _PREFIXES)
    suffixes = (low[-n:] if len(low) > n else "" for n in _SUFFIXES)
    return (low, *prefixes, *suffixes, brief(shape(word)))


def flags(tokens: Sequence[Token]) -> list[int]:
    """For each token where it stands, as FLAGS has it."""
    found = []
    depth = 0
    for i, token in enumerate(tokens):
        depth = bracket(token.text, depth)
        glued = i > 0 and tokens[i - 1].span.end == token.span.start
        found.append(_IN_BRACKETS * (depth > 0) + _GLUED * glued)
    return found


@dataclass(frozen=True)
class Inputs:
    """Sentences one after the other, a place for the end of each between them.

    `forms` has a row for each token and a column for each of FORMS; `flags` a number for each
    token; `term_rows` and `terms` say which term stands at which token; `real` which places
    are tokens.
    """

    forms: npt.NDArray[np.int32]
    flags: npt.NDArray[np.int32]
    term_rows: npt.NDArray[np.int32]
    terms: npt.NDArray[np.int32]
    real: npt.NDArray[np.bool_]


class Inventory:
    """The forms and terms that a network knows, each with its number."""

    def __init__(self, known: Sequence[Sequence[str]], terms: Sequence[str]) -> None:
        """`known` holds the forms of each of FORMS, in the order of their numbers."""
        self.known = tuple(tuple(column) for column in known)
        self.terms = tuple(terms)
        self._numbers = [_numbered(column) for column in self.known]
        self._term_numbers = _numbered(self.terms)
        self._row = lru_cache(maxsize=_CACHE)(self._row_of)

    def _row_of(self, word: str) -> tuple[int, ...]:
        pairs = zip(self._numbers, forms(word), strict=True)
        return tuple(numbers.get(form, UNKNOWN) for numbers, form in pairs)

    def inputs(self, sentences: Iterable[Sequence[Token]], vocabulary: Any | None) -> Inputs:
        """The numbers of sentences, in their order."""
        rows: list[tuple[int, ...]] = []
        where: list[int] = []
        real: list[bool] = []
        at: list[int] = []
        which: list[int] = []
        for tokens in sentences:
            for i, said in enumerate(terms(tokens, vocabulary), len(rows)):
                numbers = [self._term_numbers[t] for t in said if t in self._term_numbers]
                at += [i] * len(numbers[:MOST_TERMS])
                which += numbers[:MOST_TERMS]
            rows += [self._row(token.text) for token in tokens]
            where += flags(tokens)
            real += [True] * len(tokens)
            rows.append((NOTHING,) * len(FORMS))
            where.append(_END)
            real.append(False)
        return Inputs(
            np.array(rows, np.int32).reshape(len(rows), len(FORMS)),
            np.array(where, np.int32),
            np.array(at, np.int32),
            np.array(which, np.int32),
            np.array(real, np.bool_),
        )


def _numbered(known: Sequence[str]) -> Mapping[str, int]:
    return {form: number for number, form in enumerate(known, FIRST)}

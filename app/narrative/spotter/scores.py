"""The scores of every tag for every token: sums of the weights of the token's features."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import Struct

import numpy as np

from app.narrative.mentions import Token
from app.narrative.spotter.crf import Floats, Ints
from app.narrative.spotter.features import (
    FLAGS,
    TERM_PLACES,
    Extractor,
    around,
    flags,
    pair,
    paired_groups,
    term_features,
)

_MARGIN = 3
"""Empty rows before and after each sentence: as many as a word is seen away."""
_ROOM = 1_024
"""Rows for sums that are made at a time: there are about as many as sets of domains."""
_KEPT = 30_000
"""Words, and pairs of groups, whose features' numbers are kept."""

Group = tuple[str, ...]
Rows = bytes
"""Numbers of rows of the table of weights, packed: joining them is most of the work else."""
_BESIDE = Struct("<5i")


def _packed(rows: Iterable[int]) -> Rows:
    return np.fromiter(rows, "<i4").tobytes()


class Scorer:
    """Adds up weights. Not for two threads at a time.

    A token's word is seen by its neighbours, too. So each token has one list of the rows of
    `weights` that its word, its terms and the pair that it ends say anywhere; which token such a
    row counts for is the same at each place of the list.
    """

    def __init__(self, known: dict[str, int], weights: Floats, extractor: Extractor) -> None:
        """`known` gives the row of a feature in `weights`; row 0 is that of none."""
        self._known = known
        self._weights = weights
        self._sums = len(weights)
        self._extractor = extractor
        self._words: dict[str, tuple[str, Group, Rows]] = {}
        self._terms: dict[Group, Rows] = {}
        self._pairs: dict[tuple[Group, Group], Rows] = {}
        blank = extractor.word("")
        groups = len(blank.groups)
        self._no_pair = _packed([0] * (5 + 2 * groups))
        # where what is said stands, seen from the token that it counts for
        self._seen = (
            *(int(place or 0) for _, places in blank.said for place in places),
            *(int(place.rstrip("t") or 0) for place in TERM_PLACES),
            *(0, +1, -1, +2, +1),  # pairs of words, and the words around a token
            *((0,) * groups + (+1,) * groups),
        )
        self._flags = [
            self._sum([name for bit, name in enumerate(FLAGS) if flag & 1 << bit])
            for flag in range(1 << len(FLAGS))
        ]

    def scores(self, sentences: Sequence[Sequence[Token]]) -> tuple[Floats, Ints]:
        """The scores, a row for each token of the sentences, and where each sentence begins;
        rows of no sentence lie between them."""
        for kept in (self._words, self._pairs):
            if len(kept) > _KEPT:
                kept.clear()
        starts: list[int] = []
        margin = _packed([0] * len(self._seen) * _MARGIN)
        parts, marks = [margin], [0] * _MARGIN
        for tokens in sentences:
            starts.append(len(marks))
            self._add_rows(tokens, parts)
            marks += [self._flags[flag] for flag in flags(tokens)]
            parts.append(margin)
            marks += [0] * _MARGIN
        rows = np.frombuffer(b"".join(parts), "<i4").reshape(-1, len(self._seen))
        return self._added(rows.T.astype(np.intp, order="C"), np.array(marks)), np.array(starts)

    def _add_rows(self, tokens: Sequence[Token], parts: list[Rows]) -> None:
        """For each token the rows of what its word, its terms and the pair that it ends say."""
        get, words = self._known.get, self._words
        before_last: str | None = None
        last: str | None = None
        last_groups: Group = ()
        for token, terms in zip(tokens, self._extractor.terms(tokens), strict=True):
            low, groups, of_word = words.get(token.text) or self._word(token.text)
            of_terms = self._terms.get(terms) or self._term(terms)
            parts += of_word, of_terms
            if last is None:
                parts.append(self._no_pair)
            else:
                second, first, after, before = pair(last, low)
                beside = 0 if before_last is None else get(around(before_last, low), 0)
                parts += (
                    _BESIDE.pack(
                        get(second, 0), get(first, 0), get(after, 0), get(before, 0), beside
                    ),
                    self._pairs.get((last_groups, groups)) or self._pair(last_groups, groups),
                )
            before_last, last, last_groups = last, low, groups

    def _word(self, text: str) -> tuple[str, Group, Rows]:
        low, groups, said = self._extractor.word(text)
        get = self._known.get
        rows = [get(place + feature, 0) for feature, places in said for place in places]
        made = self._words[text] = low, groups, _packed(rows)
        return made

    def _term(self, terms: Group) -> Rows:
        made = _packed([self._sum(term_features(place, terms)) for place in TERM_PLACES])
        self._terms[terms] = made
        return made

    def _pair(self, before: Group, here: Group) -> Rows:
        second, first = paired_groups(before, here)
        made = _packed([self._known.get(f, 0) for f in (*second, *first)])
        self._pairs[before, here] = made
        return made

    def _sum(self, features: Sequence[str]) -> int:
        """A row that holds the sum of the weights of features: for the few sets of features
        of which there may be any number."""
        if self._sums == len(self._weights):
            room = np.zeros((_ROOM, self._weights.shape[1]))
            self._weights = np.concatenate([self._weights, room])
        rows = [self._known.get(f, 0) for f in features]
        self._weights[self._sums] = self._weights[rows].sum(axis=0) if rows else 0.0
        self._sums += 1
        return self._sums - 1

    def _added(self, by_place: Ints, marks: Ints) -> Floats:
        """The rows that say something of each token, added up."""
        out = np.take(self._weights, marks, axis=0)
        count = len(out) - 2 * _MARGIN
        inner = out[_MARGIN : _MARGIN + count]
        part = np.empty_like(inner)  # one for all: a new one each time takes longer than the sum
        for seen, rows in zip(self._seen, by_place, strict=True):
            here = rows[_MARGIN + seen : _MARGIN + seen + count]
            np.take(self._weights, here, axis=0, out=part, mode="clip")
            inner += part
        return out

"""What the spotter sees of a sentence: one tuple of feature strings per token.

The features of a word by itself are made once per word and kept, because a word stands in
the window of its four neighbours and comes again in every report.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

from app.narrative.mentions import Token
from app.narrative.spotter.clusters import Clusters
from app.narrative.spotter.usage import NONE, Usage

# Part of a model's identity: a model made with other features must not be read with these.
VERSION = 3

_DIGIT = re.compile(r"\d")
_RUN = re.compile(r"(.)\1+")
_PREFIXES = (2, 3, 4, 5)
_SUFFIXES = (1, 2, 3, 4, 5, 6)
_CACHE = 30_000

Features = list[str]
Gazetteer = Callable[[Sequence[Token]], Sequence[Any]]


def normal(word: str) -> str:
    """Lower case, every digit a 0: the form under which words are known to the clusters."""
    return _DIGIT.sub("0", word.lower())


def shape(word: str) -> str:
    """Capitals X, small letters x, digits 0, others as they are: `Hb` is Xx, `12.5` is 00.0."""
    return "".join(
        "0" if c.isdigit() else "X" if c.isupper() else "x" if c.isalpha() else c for c in word[:24]
    )


def brief(form: str) -> str:
    return _RUN.sub(r"\1", form)


class Extractor:
    """Makes features with one set of clusters, what words are used as if that is known, and a
    vocabulary if there is one.

    `vocabulary` has `matches(tokens)` that returns matches with `start_token`, `end_token`,
    `domains` and `exact`.
    """

    def __init__(
        self, clusters: Clusters, vocabulary: Any | None = None, usage: Usage = NONE
    ) -> None:
        self._clusters = clusters
        self._usage = usage
        self._vocabulary = vocabulary
        self._normal = lru_cache(maxsize=_CACHE)(normal)
        self._group = lru_cache(maxsize=_CACHE)(self._groups)
        self._here = lru_cache(maxsize=_CACHE)(self._word_here)
        self._pair = lru_cache(maxsize=_CACHE)(self._pair_of)
        self._before = lru_cache(maxsize=_CACHE)(partial(self._word_near, "-1"))
        self._after = lru_cache(maxsize=_CACHE)(partial(self._word_near, "+1"))
        self._long_before = lru_cache(maxsize=_CACHE)(partial(self._word_far, "-2"))
        self._long_after = lru_cache(maxsize=_CACHE)(partial(self._word_far, "+2"))

    def _word_here(self, word: str) -> tuple[str, ...]:
        low = normal(word)
        form = shape(word)
        out = [f"w={low}", f"s={form}", f"b={brief(form)}"]
        out += [f"p{n}={low[:n]}" for n in _PREFIXES if len(low) > n]
        out += [f"e{n}={low[-n:]}" for n in _SUFFIXES if len(low) > n]
        if len(self._usage):
            out += [f"u={label}" for label in self._usage.of(low)]
        return (*out, *self._clustered("", low))

    def _groups(self, low: str) -> tuple[str, ...]:
        """The clusters of a word, and what it is used as most if that is known of any word."""
        clusters = self._clusters.of(low)
        return (*clusters, self._usage.foremost(low)) if len(self._usage) else clusters

    def _word_near(self, place: str, word: str) -> tuple[str, ...]:
        low = normal(word)
        out = [f"{place}w={low}", f"{place}b={brief(shape(word))}", f"{place}e={low[-3:]}"]
        return (*out, *self._clustered(place, low))

    def _word_far(self, place: str, word: str) -> tuple[str, ...]:
        low = normal(word)
        return (f"{place}w={low}", *self._clustered(place, low))

    def _clustered(self, place: str, low: str) -> list[str]:
        return [f"{place}c{i}={c}" for i, c in enumerate(self._groups(low))]

    def _pair_of(
        self, before: tuple[str, ...], here: tuple[str, ...]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        pairs = [f"c{k}={a}|{b}" for k, (a, b) in enumerate(zip(before, here, strict=True))]
        return tuple("-10" + p for p in pairs), tuple("+01" + p for p in pairs)

    def sentence(self, tokens: Sequence[Token]) -> list[Features]:
        """Features of every token of a sentence."""
        words = [t.text for t in tokens]
        lows = [self._normal(w) for w in words]
        groups = [self._group(low) for low in lows]
        rows: list[Features] = [list(self._here(w)) for w in words]
        depth = 0
        for i, row in enumerate(rows):
            if i > 1:
                row += self._long_before(words[i - 2])
            if i > 2:
                row.append("-3w=" + lows[i - 3])
            depth = bracket(words[i], depth)
            if depth:
                row.append("bracket")
            if i == 0:
                row.append("first")
                continue
            # what is said of a pair is said to both of its words
            last, before, here = rows[i - 1], lows[i - 1], lows[i]
            row += self._before(words[i - 1])
            last += self._after(words[i])
            row.append(f"-10={before}|{here}")
            last.append(f"+01={before}|{here}")
            if tokens[i - 1].span.end == tokens[i].span.start:
                row.append("-glued")
                last.append("+glued")
            here_and_before = self._pair(groups[i - 1], groups[i])
            row += here_and_before[0]
            last += here_and_before[1]
            if i > 1:
                row.append(f"-21={lows[i - 2]}|{before}")
                rows[i - 2].append(f"+12={before}|{here}")
                rows[i - 2] += self._long_after(words[i])
                last.append(f"-11={lows[i - 2]}|{here}")
            if i > 2:
                rows[i - 3].append("+3w=" + here)
        if rows:
            rows[-1].append("last")
        if self._vocabulary is not None:
            self._add_terms(tokens, rows)
        return rows

    def _add_terms(self, tokens: Sequence[Token], rows: list[Features]) -> None:
        """Domains of the vocabulary terms that cover a token, begun or continued."""
        count = len(rows)
        for i, here in enumerate(terms(tokens, self._vocabulary)):
            if not here:
                rows[i].append("t=no")
            for said in here:
                rows[i].append(f"t={said}")
                if i:
                    rows[i - 1].append(f"+1t={said}")
                if i + 1 < count:
                    rows[i + 1].append(f"-1t={said}")


def terms(tokens: Sequence[Token], vocabulary: Any | None) -> list[list[str]]:
    """For each token what is said of it by the vocabulary terms that it stands in."""
    found: list[list[str]] = [[] for _ in tokens]
    for match in vocabulary.matches(tokens) if vocabulary is not None else ():
        length = min(match.end_token - match.start_token, 4) if match.exact else 1
        found[match.start_token] += _term("B", match.domains, length)
        for i in range(match.start_token + 1, match.end_token):
            found[i] += _term("I", match.domains, length)
    return found


@lru_cache(maxsize=4096)
def _term(place: str, domains: frozenset[str], length: int) -> tuple[str, ...]:
    """What is said of a token in a term of these domains, with the length if that is known."""
    out: list[str] = []
    for domain in sorted(domains):
        out.append(f"{place}-{domain}")
        if length > 1:
            out.append(f"{place}-{domain}-{length}")
    return tuple(out)


def bracket(word: str, depth: int) -> int:
    if word in "([":
        return depth + 1
    if word in ")]":
        return max(0, depth - 1)
    return depth

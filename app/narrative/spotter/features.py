"""What the spotter sees of a sentence: one tuple of feature strings per token.

The features of a word by itself are made once per word and kept, because a word stands in
the window of its four neighbours and comes again in every report.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from app.narrative.mentions import Token
from app.narrative.spotter.clusters import Clusters

# Part of a model's identity: a model made with other features must not be read with these.
VERSION = 1

_DIGIT = re.compile(r"\d")
_RUN = re.compile(r"(.)\1+")
_CACHE = 60_000

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


class Extractor:
    """Makes features with one set of clusters and, if there is one, a vocabulary.

    `vocabulary` has `matches(tokens)` that returns matches with `start_token`, `end_token`,
    `domains` and `exact`.
    """

    def __init__(self, clusters: Clusters, vocabulary: Any | None = None) -> None:
        self._clusters = clusters
        self._vocabulary = vocabulary
        self._here = lru_cache(maxsize=_CACHE)(self._word_here)
        self._near = lru_cache(maxsize=_CACHE)(self._word_near)
        self._far = lru_cache(maxsize=_CACHE)(self._word_far)

    def _word_here(self, word: str) -> tuple[str, ...]:
        low = normal(word)
        form = shape(word)
        brief = _RUN.sub(r"\1", form)
        out = [f"w={low}", f"s={form}", f"b={brief}"]
        out += [f"p{n}={low[:n]}" for n in (2, 3, 4, 5) if len(low) > n]
        out += [f"e{n}={low[-n:]}" for n in (1, 2, 3, 4, 5, 6) if len(low) > n]
        out += [f"c{i}={c}" for i, c in enumerate(self._clusters.of(low))]
        return tuple(out)

    def _word_near(self, word: str) -> tuple[str, ...]:
        low = normal(word)
        brief = _RUN.sub(r"\1", shape(word))
        out = [f"w={low}", f"b={brief}", f"e={low[-3:]}"]
        out += [f"c{i}={c}" for i, c in enumerate(self._clusters.of(low))]
        return tuple(out)

    def _word_far(self, word: str) -> tuple[str, ...]:
        low = normal(word)
        out = [f"w={low}"]
        out += [f"c{i}={c}" for i, c in enumerate(self._clusters.of(low))]
        return tuple(out)

    def sentence(self, tokens: Sequence[Token]) -> list[Features]:
        """Features of every token of a sentence."""
        words = [t.text for t in tokens]
        lows = [normal(w) for w in words]
        rows: list[Features] = [list(self._here(w)) for w in words]
        count = len(words)
        clusters = [self._clusters.of(low) for low in lows]
        depth = 0
        for i, row in enumerate(rows):
            before = lows[i - 1] if i else "<"
            after = lows[i + 1] if i + 1 < count else ">"
            row.append(f"-10={before}|{lows[i]}")
            row.append(f"+01={lows[i]}|{after}")
            row.append(f"-11={before}|{after}")
            if i:
                row += ["-1" + f for f in self._near(words[i - 1])]
                if tokens[i - 1].span.end == tokens[i].span.start:
                    row.append("-glued")
            else:
                row.append("first")
            if i + 1 < count:
                row += ["+1" + f for f in self._near(words[i + 1])]
                if tokens[i + 1].span.start == tokens[i].span.end:
                    row.append("+glued")
            else:
                row.append("last")
            if i > 1:
                row += ["-2" + f for f in self._far(words[i - 2])]
                row.append(f"-21={lows[i - 2]}|{before}")
            if i + 2 < count:
                row += ["+2" + f for f in self._far(words[i + 2])]
                row.append(f"+12={after}|{lows[i + 2]}")
            if i > 2:
                row.append(f"-3w={lows[i - 3]}")
            if i + 3 < count:
                row.append(f"+3w={lows[i + 3]}")
            for k, c in enumerate(clusters[i]):
                if i:
                    row.append(f"-10c{k}={clusters[i - 1][k]}|{c}")
                if i + 1 < count:
                    row.append(f"+01c{k}={c}|{clusters[i + 1][k]}")
            depth = _bracket(words[i], depth)
            if depth:
                row.append("bracket")
        if self._vocabulary is not None:
            self._add_terms(tokens, rows)
        return rows

    def _add_terms(self, tokens: Sequence[Token], rows: list[Features]) -> None:
        """Domains of the vocabulary terms that cover a token, begun or continued."""
        assert self._vocabulary is not None
        count = len(rows)
        here: list[list[str]] = [[] for _ in rows]
        for match in self._vocabulary.matches(tokens):
            length = match.end_token - match.start_token
            for i in range(match.start_token, match.end_token):
                place = "B" if i == match.start_token else "I"
                for domain in sorted(match.domains):
                    here[i].append(f"{place}-{domain}")
                    if match.exact and length > 1:
                        here[i].append(f"{place}-{domain}-{min(length, 4)}")
        for i, terms in enumerate(here):
            if not terms:
                rows[i].append("t=no")
            for term in terms:
                rows[i].append(f"t={term}")
                if i:
                    rows[i - 1].append(f"+1t={term}")
                if i + 1 < count:
                    rows[i + 1].append(f"-1t={term}")


def _bracket(word: str, depth: int) -> int:
    if word in "([":
        return depth + 1
    if word in ")]":
        return max(0, depth - 1)
    return depth

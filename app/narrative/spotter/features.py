"""What the spotter sees of a sentence: feature strings for each token.

They come in parts: what a word says of itself and of its neighbours depends on that word alone,
what a pair says on two. `Extractor.sentence` puts the parts together as training needs them;
`app.narrative.spotter.scores` adds up the weights of the same parts, of which it makes only
those that it has not seen before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from app.narrative.mentions import Token
from app.narrative.spotter.clusters import Clusters
from app.narrative.spotter.usage import MOST as MOST_USES
from app.narrative.spotter.usage import NONE, Usage

# Part of a model's identity: a model made with other features must not be read with these.
VERSION = 3

_DIGIT = re.compile(r"\d")
_RUN = re.compile(r"(.)\1+")
_PREFIXES = (2, 3, 4, 5)
_SUFFIXES = (1, 2, 3, 4, 5, 6)
_CACHE = 30_000

PLACES = ("", "-1", "+1", "-2", "+2", "-3", "+3")
"""Where a word may stand, seen from the token whose features are made; "" is that token."""

_HERE = PLACES[:1]
_BESIDE = PLACES[1:3]
_NEAR = PLACES[:3]
_FAR = PLACES[:5]

FLAGS = ("first", "last", "bracket", "-glued", "+glued")
"""First or last of the sentence, in brackets, without white space before or after it."""

TERM_PLACES = ("t", "-1t", "+1t")
"""Whose terms are said: those of the token, of the one before, of the one after."""

Features = list[str]
Gazetteer = Callable[[Sequence[Token]], Sequence[Any]]


class Said(NamedTuple):
    """Something said of a word, and the places at which it is a feature; "" when nothing is
    said, which keeps the rest where it is in every word."""

    feature: str
    places: tuple[str, ...]


class Word(NamedTuple):
    """What is known of a word: its normal form, the groups it belongs to, what is said of it."""

    low: str
    groups: tuple[str, ...]
    said: tuple[Said, ...]


def normal(word: str) -> str:
    """Lower case, every digit a 0: the form under which words are known to the clusters."""
    return _DIGIT.sub("0", word.lower())


def shape(word: str) -> str:
    """Capitals X, small letters x, digits 0, others as they are: `Hb` is Xx, `12.5` is 00.0."""
    return "".join(
        "0" if c.isdigit() else "X" if c.isupper() else "x" if c.isalpha() else c for c in word[:24]
    )


def _brief(form: str) -> str:
    return _RUN.sub(r"\1", form)


def pair(before: str, here: str) -> tuple[str, str, str, str]:
    """What two words in a row, given in their normal form, say of the second of them, of the
    first, of the word after them and of the word before them."""
    both = f"{before}|{here}"
    return "-10=" + both, "+01=" + both, "-21=" + both, "+12=" + both


def around(before: str, after: str) -> str:
    """The feature of a token between two words, given in their normal form."""
    return f"-11={before}|{after}"


def paired_groups(
    before: tuple[str, ...], here: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The features of the groups of two words in a row: of the second and of the first."""
    pairs = [f"c{k}={a}|{b}" for k, (a, b) in enumerate(zip(before, here, strict=True))]
    return tuple(["-10" + p for p in pairs]), tuple(["+01" + p for p in pairs])


def flags(tokens: Sequence[Token]) -> list[int]:
    """For each token a number with a bit for each of `FLAGS` that holds."""
    out: list[int] = []
    depth = 0
    end = -1
    for token in tokens:
        depth = _bracket(token.text, depth)
        flag = 4 if depth else 0
        start, next_end = token.span
        if start == end and out:
            out[-1] |= 16
            flag |= 8
        end = next_end
        out.append(flag)
    if out:
        out[0] |= 1
        out[-1] |= 2
    return out


def _bracket(word: str, depth: int) -> int:
    if word in "([":
        return depth + 1
    if word in ")]":
        return max(0, depth - 1)
    return depth


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
        self.vocabulary = vocabulary
        self.word = lru_cache(maxsize=_CACHE)(self._word)

    def _word(self, word: str) -> Word:
        """What is known of a word."""
        low = normal(word)
        form = shape(word)
        size = len(low)
        groups = self._groups(low)
        used = self._usage.of(low) if len(self._usage) else ()
        here = [f"s={form}"]
        here += [f"p{n}={low[:n]}" if size > n else "" for n in _PREFIXES]
        here += [f"e{n}={low[-n:]}" if size > n else "" for n in _SUFFIXES]
        here += [f"u={used[n]}" if len(used) > n else "" for n in range(MOST_USES)]
        said = [Said(f"w={low}", PLACES), Said(f"b={_brief(form)}", _NEAR)]
        said += [Said(feature, _HERE) for feature in here]
        said.append(Said(f"e={low[-3:]}", _BESIDE))
        said += [Said(f"c{i}={c}", _FAR) for i, c in enumerate(groups)]
        return Word(low, groups, tuple(said))

    def _groups(self, low: str) -> tuple[str, ...]:
        """The clusters of a word, and what it is used as most if that is known of any word."""
        clusters = self._clusters.of(low)
        return (*clusters, self._usage.foremost(low)) if len(self._usage) else clusters

    def sentence(self, tokens: Sequence[Token]) -> list[Features]:
        """Features of every token of a sentence."""
        words = [self.word(t.text) for t in tokens]
        rows: list[Features] = [[] for _ in words]
        count = len(rows)
        for i, word in enumerate(words):
            for feature, places in word.said:
                for place in places:
                    # at this place of the token that is as far away on its other side
                    at = i - int(place or 0)
                    if feature and 0 <= at < count:
                        rows[at].append(place + feature)
        for i in range(1, count):
            before, here = words[i - 1], words[i]
            of_second, of_first, of_after, of_before = pair(before.low, here.low)
            second, first = paired_groups(before.groups, here.groups)
            rows[i] += [of_second, *second]
            rows[i - 1] += [of_first, *first]
            if i + 1 < count:
                rows[i + 1].append(of_after)
                rows[i].append(around(before.low, words[i + 1].low))
            if i > 1:
                rows[i - 2].append(of_before)
        for row, flag in zip(rows, flags(tokens), strict=True):
            row += [name for bit, name in enumerate(FLAGS) if flag & 1 << bit]
        if self.vocabulary is not None:
            here_terms = self.terms(tokens)
            for i in range(count):
                for place, of in zip(TERM_PLACES, (i, i - 1, i + 1), strict=True):
                    if 0 <= of < count:
                        rows[i] += term_features(place, here_terms[of])
        return rows

    def terms(self, tokens: Sequence[Token]) -> list[tuple[str, ...]]:
        """Domains of the vocabulary terms that cover a token, begun or continued; () for none,
        and for all without a vocabulary."""
        here: list[tuple[str, ...]] = [()] * len(tokens)
        if self.vocabulary is None:
            return here
        for match in self.vocabulary.matches(tokens):
            length = min(match.end_token - match.start_token, 4) if match.exact else 1
            here[match.start_token] += _term("B", match.domains, length)
            for i in range(match.start_token + 1, match.end_token):
                here[i] += _term("I", match.domains, length)
        return here


def term_features(place: str, terms: tuple[str, ...]) -> tuple[str, ...]:
    """What terms say at one of `TERM_PLACES`; that there are none is said of the token alone."""
    if not terms:
        return ("t=no",) if place == "t" else ()
    return tuple([f"{place}={term}" for term in terms])


@lru_cache(maxsize=4096)
def _term(place: str, domains: frozenset[str], length: int) -> tuple[str, ...]:
    """What is said of a token in a term of these domains, with the length if that is known."""
    out: list[str] = []
    for domain in sorted(domains):
        out.append(f"{place}-{domain}")
        if length > 1:
            out.append(f"{place}-{domain}-{length}")
    return tuple(out)

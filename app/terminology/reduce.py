"""A phrase made shorter, step by step, as long as what is left stays true."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from enum import StrEnum

from app.terminology.domains import Domain
from app.terminology.words import Words

# what a bracket repeats; "[Mass/volume]" is part of a name in LOINC
_BRACKETED = re.compile(r"\s*(?:\([^()]{1,20}\)|\[[^\[\]/]{1,20}\](?=\s*$))")
_PART = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_SHORTENED = frozenset(
    {Domain.DISEASE, Domain.FINDING, Domain.MORPHOLOGY, Domain.ANATOMY, Domain.PROCEDURE}
)


class Fit(StrEnum):
    """How the words that have the codes stand to the whole phrase.

    EXACT: the same; DEGREE: only words of degree were left out; MODIFIED: side, course or
    time were left out; BROADER: a more general thing that is true as well.
    """

    EXACT = "exact"
    DEGREE = "degree"
    MODIFIED = "modified"
    BROADER = "broader"


def expand(phrase: str, expansions: Mapping[str, str]) -> str:
    """The phrase with abbreviations in their long form.

    "computed tomography (CT)" loses the bracket: it repeats what stands before it.
    """
    if expansions:
        if phrase.strip() in expansions:
            return expansions[phrase.strip()]
        phrase = _PART.sub(lambda m: expansions.get(m[0], m[0]), phrase)
    without = _BRACKETED.sub("", phrase).strip()
    return without or phrase


def reductions(
    words: Sequence[str], rules: Words, domain: Domain
) -> Iterator[tuple[tuple[str, ...], Fit]]:
    """The phrase, then shorter ones, the least changed first."""
    if not words:
        return
    whole = tuple(words)
    yield whole, Fit.EXACT
    start = 0
    while start < len(whole) - 1 and (whole[start] in rules.leading or whole[start].isdigit()):
        start += 1
    whole = whole[start:]
    if start:
        yield whole, Fit.EXACT
    if domain is Domain.DRUG:
        yield from _drug(whole, rules.drugs)
    if any(w in rules.changing for w in whole):
        return
    if domain not in _SHORTENED:
        return
    shorter = yield from _without_modifiers(whole, rules)
    if domain in (Domain.DISEASE, Domain.FINDING):
        yield from _heads(shorter, rules.safe_heads, rules)
    elif domain is Domain.MORPHOLOGY:
        yield from _heads(shorter, rules.shapes, rules)
        if shorter[0] in rules.states:
            yield shorter[:1], Fit.BROADER


def _without_modifiers(
    words: tuple[str, ...], rules: Words
) -> Generator[tuple[tuple[str, ...], Fit], None, tuple[str, ...]]:
    """Without words of degree, then from the front one by one, then all; returns the rest."""
    left = tuple(w for w in words if w not in rules.degrees)
    if left and left != words:
        yield left, Fit.DEGREE
    modifiers = rules.modifiers
    if any(w in rules.sided for w in words):
        modifiers -= rules.sides
    rest = tuple(w for w in left if w not in modifiers)
    while len(left) > 1 and left[0] in modifiers:
        left = left[1:]
        yield left, Fit.MODIFIED
    if rest and rest != left:
        yield rest, Fit.MODIFIED
    return rest or words


def _drug(
    words: tuple[str, ...], rules: Mapping[str, frozenset[str]]
) -> Iterator[tuple[tuple[str, ...], Fit]]:
    """A drug without how it is given, then without form and course, then without its salt."""
    while len(words) > 1 and words[0] in rules["leading"]:
        words = words[1:]
        yield words, Fit.DEGREE
    while len(words) > 1 and words[-1] in rules["tails"]:
        words = words[:-1]
        yield words, Fit.DEGREE
    while len(words) > 1 and words[-1] in rules["salts"] and words[-2] not in rules["metals"]:
        words = words[:-1]
        yield words, Fit.DEGREE


def _heads(
    words: tuple[str, ...], safe: frozenset[str], rules: Words
) -> Iterator[tuple[tuple[str, ...], Fit]]:
    """What stands before a tail, then the ends of it that have a safe head."""
    cut = next((n for n, w in enumerate(words) if n and w in rules.tails), len(words))
    front = words[:cut]
    if front != words:
        yield front, Fit.BROADER
    if front and front[-1] in safe and not any(w in rules.order_forbid for w in front):
        for start in range(1, len(front)):
            yield front[start:], Fit.BROADER

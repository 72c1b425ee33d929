"""The words that play a part in lookup: modifiers, words that change a meaning, safe heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.terminology.files import read_toml, section
from app.terminology.normalise import Normaliser

_TOP = {
    "fillers",
    "leading",
    "degrees",
    "modifiers",
    "sided",
    "sides",
    "changing",
    "order",
    "heads",
    "adjectives",
    "results",
    "drugs",
}
_HEADS = {"safe", "shapes", "states", "tails"}
_DRUGS = {"leading", "tails", "salts", "metals"}
_RESULTS = {"high", "low", "abnormal", "neutral"}


@dataclass(frozen=True)
class Words:
    """words.toml, every word normalised."""

    leading: frozenset[str]
    degrees: frozenset[str]
    modifiers: frozenset[str]
    sided: frozenset[str]
    sides: frozenset[str]
    changing: frozenset[str]
    order_pass: frozenset[str]
    order_forbid: frozenset[str]
    order_most: int
    safe_heads: frozenset[str]
    shapes: frozenset[str]
    states: frozenset[str]
    tails: frozenset[str]
    adjectives: Mapping[str, str]
    results: Mapping[str, frozenset[str]]
    drugs: Mapping[str, frozenset[str]]


def load_words(folders: Sequence[Path], normaliser: Normaliser) -> Words:
    """The words of the given mapping folders. Raises MappingError."""
    data, place = read_toml(folders, "vocabulary/language/words.toml")
    section(data, place, allowed=_TOP, required=_TOP)
    order, heads = data["order"], data["heads"]
    wanted = {"pass", "forbid", "most_words"}
    section(order, place, allowed=wanted, required=wanted)
    section(heads, place, allowed=_HEADS, required=_HEADS)
    section(data["drugs"], place, allowed=_DRUGS, required=_DRUGS)
    section(data["results"], place, allowed=_RESULTS, required=_RESULTS)

    def every(items: Sequence[str]) -> frozenset[str]:
        return frozenset(filter(None, (normaliser.word(item) for item in items)))

    return Words(
        leading=every(data["leading"]),
        degrees=every(data["degrees"]),
        modifiers=every(data["modifiers"]),
        sided=every(data["sided"]),
        sides=every(data["sides"]),
        changing=every(data["changing"]),
        order_pass=every(order["pass"]),
        order_forbid=every(order["forbid"]),
        order_most=order["most_words"],
        safe_heads=every(heads["safe"]),
        shapes=every(heads["shapes"]),
        states=every(heads["states"]),
        tails=every(heads["tails"]),
        adjectives={
            normaliser.word(adjective): normaliser.word(noun)
            for adjective, noun in data["adjectives"].items()
        },
        results={said: every(words) for said, words in data["results"].items()},
        drugs={part: every(words) for part, words in data["drugs"].items()},
    )

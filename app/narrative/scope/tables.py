"""The rules of `mappings/narrative/scope.toml`, checked and compiled."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import MappingError
from app.narrative import rules
from app.text import BlockKind

FILE = "scope.toml"
SAYS = ("patient", "other", "general")
DEFAULTS = ("patient", "other", "near")


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern and of whom a sentence speaks in which it is found."""

    name: str
    says: str
    weak: bool
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None

    def fits(self, words: str) -> bool:
        return self.pattern.search(words) is not None and (
            self.unless is None or self.unless.search(words) is None
        )


@dataclass(frozen=True)
class SeriesRules:
    """How the patients of a series are told apart."""

    numbered: re.Pattern[str]
    ordinal: re.Pattern[str]
    ordinals: tuple[str, ...]
    announced: re.Pattern[str]
    all: re.Pattern[str]
    introduced: re.Pattern[str]


@dataclass(frozen=True)
class Tables:
    """Everything that the scope step looks up."""

    by_kind: Mapping[BlockKind, tuple[Rule, ...]]
    default: Mapping[BlockKind, str]
    labels: Mapping[str, re.Pattern[str]]
    cite: re.Pattern[str]
    stranger: re.Pattern[str]
    series: SeriesRules
    own_table: re.Pattern[str]
    table_of_others: re.Pattern[str]


def _rule(row: Mapping[str, Any], lists: Mapping[str, str]) -> tuple[Rule, list[BlockKind]]:
    rules.check(
        row,
        required={"name": str, "says": str, "pattern": str, "in": list},
        optional={"unless": str, "weak": bool},
        name=FILE,
    )
    place = getattr(row, "place", FILE)
    try:
        kinds = [BlockKind(kind) for kind in row["in"]]
    except ValueError as error:
        raise MappingError("'in' must name kinds of block", place=place) from error
    unless = rules.regex({"pattern": row["unless"]}, lists, place) if "unless" in row else None
    says = rules.one_of(row, "says", SAYS, FILE)
    pattern = rules.regex(row, lists, FILE)
    return Rule(row["name"], says, row.get("weak", False), pattern, unless), kinds


def _any(items: Sequence[str], lists: Mapping[str, str], lead: str = "") -> re.Pattern[str]:
    joined = "|".join(items)
    return rules.regex({"pattern": f"{lead}(?:{joined})"}, lists, FILE)


def _series(table: Mapping[str, Any], lists: dict[str, str]) -> SeriesRules:
    names = ("numbered", "ordinal", "ordinals", "announced", "all")
    rules.check(table, required=dict.fromkeys(names, list), optional={}, name=f"{FILE} [series]")
    slots = lists | {
        "n": r"(?P<n>\d{1,2}|i{1,3}|iv|vi{0,3}|one|two|three|four|five|six)\b(?![.,]\d)",
        "l": r"(?P<l>[a-f])\b",
        "o": "(?P<o>" + "|".join(table["ordinals"]) + ")",
    }
    numbered = "|".join(table["numbered"])
    introduced = (
        r"^\W*(?:(?:case|patient) \d+\W*)?(?:this |an? |our |the )?(?:\w+[ -]){0,4}?"
        r"(?P<age>{number})[- ]?(?:{unit}[- ]?old|y[/.-]?o\b),?"
        r"(?:[ -]\w+){0,4}?[ -](?P<who>{being})\b"
    )
    return SeriesRules(
        numbered=rules.regex({"pattern": rf"\b(?:{numbered})"}, slots, FILE),
        ordinal=_any(table["ordinal"], slots, r"\b"),
        ordinals=tuple(table["ordinals"]),
        announced=_any(table["announced"], lists),
        all=_any(table["all"], lists, r"\b"),
        introduced=rules.regex({"pattern": introduced}, lists, FILE),
    )


def load(layers: Sequence[Path]) -> Tables:
    """Read and check the rules of these mapping folders; MappingError with file and line."""
    table = rules.read(layers, FILE)
    rules.check(
        table,
        required={
            "words": dict,
            "rule": list,
            "default": dict,
            "labels": dict,
            "series": dict,
            "printed_tables": dict,
        },
        optional={},
        name=FILE,
    )
    lists = rules.words(table["words"], FILE)
    by_kind: dict[BlockKind, list[Rule]] = {}
    for row in table["rule"]:
        rule, kinds = _rule(row, lists)
        for kind in kinds:
            by_kind.setdefault(kind, []).append(rule)
    default: dict[BlockKind, str] = {}
    for name, value in table["default"].items():
        if name not in set(BlockKind) or value not in DEFAULTS:
            raise MappingError(f"[default] {name}: unknown kind or value", place=FILE)
        default[BlockKind(name)] = value
    labels = {
        side: rules.regex(
            {"pattern": r"^\W*(?:" + "|".join(names) + r")\W{0,2}[:.–—]\s"}, lists, FILE
        )
        for side, names in table["labels"].items()
    }
    if set(labels) != {"patient", "other"}:
        raise MappingError("[labels] must have 'patient' and 'other'", place=FILE)
    printed = table["printed_tables"]
    rules.check(
        printed,
        required={"own": list, "others": list},
        optional={},
        name=f"{FILE} [printed_tables]",
    )
    return Tables(
        by_kind={kind: tuple(found) for kind, found in by_kind.items()},
        default=default,
        labels=labels,
        cite=rules.regex({"pattern": "{cite}"}, lists, FILE),
        stranger=rules.regex(
            {"pattern": r"{aged}|\b(?:a|an|one|another) (?:\w+ ){0,3}?{patient}\b"}, lists, FILE
        ),
        series=_series(table["series"], lists),
        own_table=_any(printed["own"], lists),
        table_of_others=_any(printed["others"], lists),
    )

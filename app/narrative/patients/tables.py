"""The rules of `mappings/narrative/patients.toml`, checked and compiled."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import MappingError
from app.narrative import rules

FILE = "patients.toml"


@dataclass(frozen=True)
class AgeRules:
    """How ages are written, and which are not the patient's at presentation."""

    patterns: tuple[re.Pattern[str], ...]
    not_after: re.Pattern[str]
    but_after: re.Pattern[str]
    parent: re.Pattern[str]
    past: re.Pattern[str]
    units: tuple[tuple[str, re.Pattern[str]], ...]
    numbers: Mapping[str, int]


@dataclass(frozen=True)
class SexRules:
    female: re.Pattern[str]
    male: re.Pattern[str]
    letter: re.Pattern[str]
    female_pronouns: re.Pattern[str]
    male_pronouns: re.Pattern[str]
    female_signs: re.Pattern[str]
    male_signs: re.Pattern[str]
    not_after: re.Pattern[str]


@dataclass(frozen=True)
class DeathRules:
    any: re.Pattern[str]
    said: re.Pattern[str]
    unless: re.Pattern[str]


@dataclass(frozen=True)
class MentionRules:
    """What shows that a text speaks of a patient."""

    cue: re.Pattern[str]
    pronoun: re.Pattern[str]
    clinical: re.Pattern[str]
    minimum: int
    minimum_long: int


@dataclass(frozen=True)
class KinRules:
    """A later patient of a series who is a relative of the first."""

    owner: re.Pattern[str]
    female: re.Pattern[str]
    male: re.Pattern[str]


@dataclass(frozen=True)
class Tables:
    age: AgeRules
    sex: SexRules
    kin: KinRules
    death: DeathRules
    mention: MentionRules


def _patterns(
    table: Mapping[str, Any], names: Sequence[str], lists: Mapping[str, str], part: str
) -> dict[str, re.Pattern[str]]:
    place = f"{FILE} [{part}]"
    return {n: rules.regex({"pattern": table[n]}, lists, place) for n in names}


def load(layers: Sequence[Path]) -> Tables:
    """Read and check the rules of these mapping folders; MappingError with file and place."""
    table = rules.read(layers, FILE)
    parts = ("words", "age", "sex", "kin", "death", "mention")
    rules.check(table, required=dict.fromkeys(parts, dict), optional={}, name=FILE)
    lists = _word_lists(table["words"])
    age, sex, kin, death, mention = (table[p] for p in parts[1:])
    singles = ("not_after", "but_after", "parent", "past")
    rules.check(
        age,
        required={"patterns": list, "units": dict, "numbers": dict} | dict.fromkeys(singles, str),
        optional={},
        name=f"{FILE} [age]",
    )
    sexes = tuple(f for f in SexRules.__dataclass_fields__)
    rules.check(sex, required=dict.fromkeys(sexes, str), optional={}, name=f"{FILE} [sex]")
    kins = ("owner", "female", "male")
    rules.check(kin, required=dict.fromkeys(kins, str), optional={}, name=f"{FILE} [kin]")
    deaths = ("any", "said", "unless")
    rules.check(death, required=dict.fromkeys(deaths, str), optional={}, name=f"{FILE} [death]")
    mentions = ("cue", "pronoun", "clinical")
    rules.check(
        mention,
        required=dict.fromkeys(mentions, str) | {"minimum": int, "minimum_long": int},
        optional={},
        name=f"{FILE} [mention]",
    )
    return Tables(
        age=AgeRules(
            patterns=tuple(rules.regex({"pattern": p}, lists, FILE) for p in age["patterns"]),
            units=tuple(
                (code, rules.regex({"pattern": f"(?:{p})$"}, lists, FILE))
                for code, p in age["units"].items()
            ),
            numbers=dict(age["numbers"]),
            **_patterns(age, singles, lists, "age"),
        ),
        sex=SexRules(**_patterns(sex, sexes, lists, "sex")),
        kin=KinRules(**_patterns(kin, kins, lists, "kin")),
        death=DeathRules(**_patterns(death, deaths, lists, "death")),
        mention=MentionRules(
            minimum=mention["minimum"],
            minimum_long=mention["minimum_long"],
            **_patterns(mention, mentions, lists, "mention"),
        ),
    )


def _word_lists(table: Mapping[str, Any]) -> dict[str, str]:
    """Word lists that may use one another in any order."""
    lists: dict[str, str] = {}
    waiting = dict(table)
    while waiting:
        ready = [k for k, v in waiting.items() if _uses(v) <= set(lists)]
        if not ready:
            raise MappingError(f"word lists use unknown ones: {', '.join(waiting)}", place=FILE)
        for key in ready:
            joined = "|".join(map(str, waiting.pop(key)))
            lists[key] = "(?:" + rules.fill(joined, lists, FILE) + ")"
    return lists


def _uses(items: Sequence[str]) -> set[str]:
    return {name for item in items for name in re.findall(r"\{([a-z_]+)\}", item)}

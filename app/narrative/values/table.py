"""The pattern tables of `mappings/narrative/values.toml` and `values.find.toml`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import MappingError
from app.narrative import rules

_VALUES = "values.toml"
_FIND = "values.find.toml"
_INTERPRETATIONS = ("H", "L", "N", "A", "POS", "NEG")
_COMPARATORS = ("<", "<=", ">", ">=")


@dataclass(frozen=True)
class Table:
    """Everything that the parser and the finder need, still as words and patterns."""

    unit: str
    lengths: tuple[str, ...]
    comparators: Mapping[str, str]
    words: Mapping[str, str]
    weakening: tuple[str, ...]
    multiples: tuple[str, ...]
    not_a_result: tuple[str, ...]
    grades: tuple[str, ...]
    find: Mapping[str, Mapping[str, tuple[str, ...]]]


def read(layers: Sequence[Path]) -> Table:
    """The tables of all layers, checked. Raises MappingError."""
    raw = rules.read(layers, _VALUES)
    shape = {
        "units": ("atoms", "exact", "phrases", "lengths"),
        "comparators": _COMPARATORS,
        "words": _INTERPRETATIONS,
        "context": ("weakening", "multiples", "not_a_result"),
        "grades": ("words",),
    }
    tables = _lists(raw, shape, _VALUES)
    find = rules.read(layers, _FIND)
    shape = {
        "parts": ("number_words", "units_of_time", "ordinals"),
        "frequency": ("triggers", "patterns", "except"),
        "duration": ("triggers", "patterns"),
        "time": ("triggers", "patterns"),
        "route": ("patterns", "giving", "except"),
        "dose": ("units", "per"),
        "range": ("begin", "words_between"),
        "unitless": ("tests",),
    }
    return Table(
        unit=_unit(tables["units"]),
        lengths=tables["units"]["lengths"],
        comparators={w: sign for sign, words in tables["comparators"].items() for w in words},
        words={w: code for code, words in tables["words"].items() for w in words},
        weakening=tables["context"]["weakening"],
        multiples=tables["context"]["multiples"],
        not_a_result=tables["context"]["not_a_result"],
        grades=tables["grades"]["words"],
        find=_lists(find, shape, _FIND),
    )


def _lists(
    raw: Mapping[str, Any], shape: Mapping[str, Sequence[str]], name: str
) -> dict[str, dict[str, tuple[str, ...]]]:
    """The tables of `raw`, each with the lists that `shape` names, all of strings."""
    rules.check(raw, required=dict.fromkeys(shape, dict), optional={}, name=name)
    out: dict[str, dict[str, tuple[str, ...]]] = {}
    for key, lists in shape.items():
        place = f"{name} [{key}]"
        rules.check(raw[key], required=dict.fromkeys(lists, list), optional={}, name=place)
        for entry in lists:
            if not all(isinstance(x, str) for x in raw[key][entry]):
                raise MappingError(f"'{entry}' must hold strings only", place=place)
        out[key] = {entry: tuple(raw[key][entry]) for entry in lists}
    return out


def longest_first(words: Sequence[str]) -> list[str]:
    """Each word once, the longer before the shorter, so that an alternation prefers it."""
    return sorted(dict.fromkeys(words), key=lambda w: (-len(w), w))


def phrase(words: Sequence[str]) -> str:
    """The alternation of literal phrases; white space in them stands for any."""
    parts = (r"\s+".join(map(re.escape, w.split())) for w in longest_first(words))
    return "|".join(parts)


def _unit(units: Mapping[str, Sequence[str]]) -> str:
    """The regular expression of a unit: atoms, powers, divisions, and what is listed whole."""
    for pattern in units["phrases"]:
        try:
            re.compile(pattern)
        except re.error as error:
            message = f"not a regular expression: {error}"
            raise MappingError(message, place=f"{_VALUES} [units]") from error
    exponent = r"(?:\^?\{?[-−–]?[1-3]\}?|⁻?[¹²³])?(?![0-9])"
    atom = (
        rf"(?:(?i:{'|'.join(map(re.escape, longest_first(units['atoms'])))})|"
        rf"(?:{'|'.join(map(re.escape, longest_first(units['exact'])))})){exponent}(?![^\W\d_])"
    )
    power = r"10\s?(?:\^|\*\*?)?\s?[{(]?(?:3|4|5|6|9|12|[³⁴⁵⁶⁹]|¹²)[})]?"
    per = r"1\.73\s?m(?:2|²|\^2)?|(?:24|48|8|12)\s?h(?:rs?|ours?)?|100\s?(?:m[Ll]|g|cells|WBCs?)"
    denominator = rf"(?:{per}|{power}|{atom})"
    slash = r"(?:\s?[/⁄]\s?|\s+per\s+|\s+(?:a|an)\s+(?=minute|day|week|hour))"
    dot = rf"(?:[·.•*]|\s(?=(?:{atom})?[\w]{{1,3}}[-−⁻]))"
    inner = rf"{atom}(?:{dot}{atom})*(?:{slash}{denominator}){{0,3}}"
    # a unit that is not in the table but is plainly one: letters before "/mL", "/dL", "/L", ...
    unknown = rf"[A-Za-zµμ]{{1,8}}{slash}(?i:[mdcµμn]?l|kg|mm3|mm³|h|min){exponent}(?![^\W\d_])"
    bare = rf"(?:/\s?|per\s+){denominator}"
    listed = "|".join(units["phrases"])
    return rf"(?:(?i:{listed})(?![^\W\d_])|{inner}|{unknown}|{bare})"

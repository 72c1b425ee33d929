"""The patterns of the finder, built from `mappings/narrative/values.find.toml`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from app.errors import MappingError
from app.narrative.values.numbers import NUMBER, POWER
from app.narrative.values.table import Table, longest_first, phrase


def parts(table: Table) -> dict[str, str]:
    """What `{n}` and the like in a pattern stand for."""
    lists = table.find["parts"]
    units = "|".join(longest_first(lists["units_of_time"]))
    return {
        "n": rf"(?:{phrase(lists['number_words'])}|\d{{1,3}}(?:[.,]\d)?)",
        "unit_of_time": rf"(?:{units})(?![\w])",
        "ordinal": f"(?:{'|'.join(longest_first(lists['ordinals']))})",
    }


def unitless(tests: Sequence[str]) -> re.Pattern[str]:
    """The number after the name of a test that has no unit."""
    names = "|".join(longest_first(tests))
    return re.compile(
        rf"(?<![\w-])(?:{names})(?:\s?\([A-Za-z-]{{1,12}}\))?(?:\s+(?:was|of|is|at|to|score|were|remained)){{0,2}}\s*[:=]?\s*"
        rf"(?P<value>{NUMBER}(?:\s?/\s?\d{{1,3}})?)"
        r"(?![\w%]|[.,]\d|[-\s](?:year|day|month|week))"
    )


def words(patterns: Sequence[str], inner: Mapping[str, str]) -> re.Pattern[str]:
    """One pattern of many, on whole words, without regard to case or kind of white space."""
    filled = []
    for pattern in longest_first(patterns):
        for name, part in inner.items():
            pattern = pattern.replace("{" + name + "}", part)
        filled.append(re.sub(r"(?<!\[) (?![^\[]*\])", r"\\s+", pattern).replace(r"\s+?", r"\s?"))
    try:
        return re.compile(rf"(?<![\w-])(?:{'|'.join(filled)})(?![\w])", re.IGNORECASE)
    except re.error as error:
        message = f"not a regular expression: {error}"
        raise MappingError(message, place="values.find.toml") from error


def value(table: Table) -> re.Pattern[str]:
    """Numbers with a unit, pressures, sizes, ranges and titres."""
    signs = phrase([w for w in table.comparators if not w[0].isalpha()])
    words = phrase([w for w in table.comparators if w[0].isalpha()])
    comparator = rf"(?:(?:{signs})\s*|(?i:(?<![^\W_])(?:{words}))\s+)?"
    power = re.sub(r"\?P<\w+>", "?:", POWER)
    times = r"\s?(?:[×xX*✕]|by)\s?"
    length = r"(?:\s?(?:cm|mm))?"
    dash = r"\s?(?:[-–—−~]|to)\s?"
    return re.compile(
        rf"(?<![\w.,/])(?<![^\W\d_][-–]){comparator}(?P<number>"
        rf"{NUMBER}{length}{times}{NUMBER}{length}(?:{times}{NUMBER})?\s?(?:cm|mm)(?![\w])"
        rf"|\d{{2,3}}\s?/\s?\d{{2,3}}\s?(?i:mm\s?(?:of\s)?Hg)"
        rf"|1\s?:\s?\d{{1,3}}(?:,?\d{{3}})?(?![\d:])"
        rf"|{NUMBER}(?:{dash}{NUMBER})?(?:{power})?"
        rf"(?:[ \u00a0\u2009\u202f-]?\s?(?P<unit>{table.unit})(?![\d^])))"
    )


def dose(lists: Mapping[str, Sequence[str]]) -> re.Pattern[str]:
    """Amounts of a drug: mass, volume, units, per body size or time, but not per volume."""
    units = "|".join(longest_first(lists["units"]))
    per = "|".join(longest_first(lists["per"]))
    return re.compile(
        rf"(?<![\w.,/-])(?:total\s(?:dose\s)?of\s)?{NUMBER}(?:\s?(?:[-–x×]|to)\s?{NUMBER})?[\s-]?(?:{units})(?![^\W\d_])"
        rf"(?:\s?(?:/|per|a)\s?(?:{per})(?![^\W_]))*(?!\s?/\s?[^\W\d_])"
    )


def reference(table: Table) -> re.Pattern[str]:
    """A bracket, or words, that give the range of healthy people."""
    lists = table.find["range"]
    begin = "|".join(longest_first(lists["begin"]))
    between = "|".join(longest_first(lists["words_between"]))
    signs = phrase([w for w in table.comparators if not w[0].isalpha()])
    comparing = phrase([w for w in table.comparators if w[0].isalpha()])
    amount = rf"(?:{signs}|(?i:{comparing})\s)?\s?[-−]?{NUMBER}"
    unit = rf"(?:\s?{table.unit})?"
    power = re.sub(r"\?P<\w+>", "?:", POWER)
    return re.compile(
        rf"(?<![\w-])(?i:{begin})(?:\s*[:,=;]\s*|\s+)(?i:(?:(?:{between})\s+)*)"
        rf"(?P<range>{amount}{unit}(?:\s?(?:[-–—−~]|to|and)\s?{NUMBER}(?:{power})?)?{unit})(?![\w])"
    )

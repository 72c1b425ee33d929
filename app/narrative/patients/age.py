"""Ages in a sentence about the patient."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from app.narrative.patients.tables import AgeRules
from app.text import Span

_OLDEST = {"a": 120, "mo": 240, "wk": 200, "d": 400, "h": 200}


class Age(NamedTuple):
    """An age as written. `doubt` is smaller the surer it is the patient's at presentation."""

    doubt: int
    value: str
    unit: str
    span: Span


def ages(words: str, offset: int, rules: AgeRules) -> Iterator[Age]:
    """Ages of the patient in a sentence; spans count from `offset`."""
    for rank, pattern in enumerate(rules.patterns):
        for match in pattern.finditer(words):
            before = words[: match.start()]
            if rules.parent.search(before):
                continue
            earlier = rules.past.search(before + match[0][:4]) or rules.past.search(before)
            if rules.not_after.search(before) and not rules.but_after.search(before):
                continue
            found = _read(match, rules)
            if found is not None:
                span = Span(offset + match.start(), offset + match.end())
                yield Age(rank + (10 if earlier else 0), *found, span)


def _read(match: re.Match[str], rules: AgeRules) -> tuple[str, str] | None:
    """Value and UCUM unit of an age; None for one that no human reaches."""
    groups = match.groupdict()
    unit = "a"
    if groups.get("u"):
        unit = next((code for code, p in rules.units if p.match(groups["u"])), "a")
    value = _number(groups["n"], rules)
    if value is None:
        return None
    if groups.get("half"):
        value += Decimal("0.5")
    if value > _OLDEST[unit]:
        return None
    return str(value), unit


def _number(words: str, rules: AgeRules) -> Decimal | None:
    if words[0].isdigit():
        return Decimal(words.replace(",", ".").replace("·", "."))
    parts = re.findall(r"[a-z]+", words.lower())
    total = 0
    for part in _split(parts, rules):
        total += part
    return Decimal(total) if total else None


def _split(parts: list[str], rules: AgeRules) -> Iterator[int]:
    """The numbers that words stand for; "sixtythree" is two of them."""
    for part in parts:
        if part in rules.numbers:
            yield rules.numbers[part]
            continue
        for word, value in rules.numbers.items():
            rest = part.removeprefix(word)
            if rest != part and rest in rules.numbers:
                yield value + rules.numbers[rest]
                break

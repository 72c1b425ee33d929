"""The tables of `mappings/evaluation/gold.toml`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

from app.rules import Rules, load_rules


class Modifier(Rules):
    """What an annotation that modifies another says, and of which kinds of fact."""

    says: Literal["values", "sites", "doses"]
    of: tuple[str, ...]


class People(Rules):
    age: str
    female: str
    male: str
    units: Mapping[str, str]


class Imaging(Rules):
    pattern: str


class Brat(Rules):
    kinds: Mapping[str, str]
    polarity: Mapping[str, Literal["absent", "possible", "present"]]
    modifiers: Mapping[str, Modifier]
    people: People
    imaging: Imaging


class GoldRules(Rules):
    fits: Mapping[str, frozenset[str]]
    also_names: Mapping[str, tuple[str, ...]]
    brat: Brat

    @cached_property
    def carriers(self) -> frozenset[str]:
        """All resource types that carry facts."""
        return frozenset().union(*self.fits.values())

    def kinds_of(self, resource: str) -> tuple[str, ...]:
        """The kinds of fact that a resource of this type may be."""
        fitting = [kind for kind, types in self.fits.items() if resource in types]
        return (*fitting, *self.also_names.get(resource, ()))

    @cached_property
    def imaging(self) -> re.Pattern[str]:
        return re.compile(self.brat.imaging.pattern, re.IGNORECASE)


def load(layers: Sequence[Path]) -> GoldRules:
    """The tables of these mapping folders; MappingError with file and line."""
    return load_rules(layers, "evaluation/gold.toml", GoldRules)

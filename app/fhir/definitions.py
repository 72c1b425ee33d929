"""HL7's definitions of resources and data types, as far as compiler and gates need them.

The data come from `mappings/fhir/definitions`, made by `app.fhir.build_definitions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from app.resources import builtin

FILES = {"4.0": "r4.json", "5.0": "r5.json"}


@dataclass(frozen=True, slots=True)
class Element:
    """An element: its types, whether it is a list, how often it must be there, what a
    reference in it may point at (None: anything), its required value set."""

    name: str
    types: tuple[str, ...]
    minimum: int
    many: bool
    targets: frozenset[str] | None
    value_set: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A JSON property: the element it belongs to and the one type it stands for."""

    element: Element
    type: str
    companion: bool = False


@dataclass(frozen=True, slots=True)
class Demand:
    """What an object must hold of an element: at least one of its JSON properties if it is
    `mandatory`, and never more than one `pair` of them: a property and its `_` twin."""

    name: str
    mandatory: bool
    pairs: tuple[tuple[str, str], ...]
    names: frozenset[str]

    def given(self, node: dict[str, Any]) -> int:
        """How many of the pairs an object holds."""
        return sum(name in node or twin in node for name, twin in self.pairs)


class Definitions:
    """The definitions of one FHIR version ("4.0" or "5.0")."""

    def __init__(self, fhir_version: str, data: dict[str, Any]) -> None:
        self.fhir_version = fhir_version
        self.version: str = data["version"]
        self.resources = frozenset(data["resources"])
        self.primitives = frozenset(data["primitives"])
        self.value_sets: dict[str, dict[str, frozenset[str]]] = {
            url: {system: frozenset(codes) for system, codes in systems.items()}
            for url, systems in data["valueSets"].items()
        }
        self._raw: dict[str, dict[str, Any]] = data["types"]
        self._elements: dict[str, dict[str, Element]] = {}
        self._properties: dict[str, dict[str, Place]] = {}
        self._demands: dict[str, tuple[Demand, ...]] = {}

    def has_type(self, name: str) -> bool:
        """Whether there is such a resource, data type or backbone element with children."""
        return name in self._raw

    def elements(self, type_name: str) -> dict[str, Element]:
        """The elements of a type by name, in HL7's order; a choice keeps its `[x]`."""
        found = self._elements.get(type_name)
        if found is None:
            found = {
                name: Element(
                    name=name,
                    types=tuple(e["types"]),
                    minimum=e.get("min", 0),
                    many="max" in e and e["max"] != "0",
                    targets=frozenset(e["targets"]) if "targets" in e else None,
                    value_set=e.get("valueSet"),
                )
                for name, e in self._raw.get(type_name, {}).items()
            }
            self._elements[type_name] = found
        return found

    def properties(self, type_name: str) -> dict[str, Place]:
        """Every JSON property that an object of the type may have."""
        found = self._properties.get(type_name)
        if found is None:
            found = {}
            for name, element in self.elements(type_name).items():
                choice = name.endswith("[x]")
                for kind in element.types:
                    key = name[:-3] + kind[0].upper() + kind[1:] if choice else name
                    found[key] = Place(element, kind)
                    if kind in self.primitives:
                        found["_" + key] = Place(element, "Element", companion=True)
            self._properties[type_name] = found
        return found

    def demands(self, type_name: str) -> tuple[Demand, ...]:
        """What an object of the type must hold, in HL7's order."""
        found = self._demands.get(type_name)
        if found is None:
            elements = self.elements(type_name).values()
            found = tuple(_demand(e) for e in elements if e.minimum or e.name.endswith("[x]"))
            self._demands[type_name] = found
        return found


def _demand(element: Element) -> Demand:
    name = element.name
    names = [name]
    if name.endswith("[x]"):
        names = [name[:-3] + kind[0].upper() + kind[1:] for kind in element.types]
    pairs = tuple((n, "_" + n) for n in names)
    return Demand(name, bool(element.minimum), pairs, frozenset(n for p in pairs for n in p))


@lru_cache(maxsize=2)
def definitions(fhir_version: str) -> Definitions:
    """The definitions of FHIR version "4.0" or "5.0"."""
    path = builtin() / "fhir" / "definitions" / FILES[fhir_version]
    return Definitions(fhir_version, orjson.loads(path.read_bytes()))

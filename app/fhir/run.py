"""What one conversion knows while its resources are built: who was made and how to point."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.case.model import Coding, Evidence, Model
from app.fhir.sources import key_of

DERIVATION = "http://hl7.org/fhir/StructureDefinition/derivation-reference"
TEXT_PATH = "DocumentReference.content[0].attachment.data"

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:case2fhir")


@dataclass(frozen=True, slots=True)
class Made:
    """A resource that a rule makes of a source."""

    rule: str
    kind: str
    resource_type: str
    id: str
    source: Model


@dataclass
class Run:
    """One conversion. `relative` writes references as Type/id instead of urn:uuid."""

    document: str
    relative: bool = False
    made: list[Made] = field(default_factory=list)
    facts: dict[str, Model] = field(default_factory=dict)
    linked: set[tuple[str, str]] = field(default_factory=set)
    laterality: dict[str, Coding] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_key: dict[tuple[str, str], list[Made]] = {}
        self._by_rule: dict[str, list[Made]] = {}
        self._by_id: dict[str, Made] = {}
        self._evidence: dict[tuple[int, int], dict[str, Any]] = {}

    def add(self, made: Made) -> None:
        """Note a resource, so that others may point at it."""
        space = made.kind if made.kind in ("patient", "author", "affiliation") else "fact"
        key = key_of(made.source)
        self.made.append(made)
        self._by_key.setdefault((space, key), []).append(made)
        self._by_rule.setdefault(made.rule, []).append(made)
        self._by_id[made.id] = made

    def new_id(self, rule: str, resource_type: str, kind: str, key: str) -> str:
        """The id of a resource: the same for the same document and fact, whatever else is said.

        The program is no part of the document: its id is the same in all.
        """
        base = kind if kind == "program" else self.document
        return str(uuid.uuid5(NAMESPACE, f"{base}|{resource_type}|{rule}|{kind}|{key}"))

    def reference(self, made: Made) -> dict[str, Any]:
        """A Reference to a resource of this bundle."""
        if self.relative:
            return {"reference": f"{made.resource_type}/{made.id}"}
        return {"reference": f"urn:uuid:{made.id}"}

    def by_id(self, resource_id: str) -> Made:
        """The resource with an id."""
        return self._by_id[resource_id]

    def find(self, space: str, key: str, targets: frozenset[str] | None) -> Made | None:
        """The first resource made of a fact (or patient, ...) that an element may point at."""
        for made in self._by_key.get((space, key), ()):
            if targets is None or made.resource_type in targets:
                return made
        return None

    def by_rule(self, rule: str, kind: str, source: Model) -> list[Made]:
        """What a rule made: of the same source when it reads that kind, else all."""
        found = self._by_rule.get(rule, [])
        if found and found[0].kind == kind:
            return [m for m in found if m.source is source]
        return found

    def evidence(self, places: Iterable[Evidence]) -> list[dict[str, Any]]:
        """A derivation-reference extension for each place in the text."""
        out = []
        for place in dict.fromkeys((e.start, e.end) for e in places):
            found = self._evidence.get(place)
            if found is None:
                found = self._evidence[place] = self._extension(*place)
            out.append(found)
        return out

    def _extension(self, start: int, end: int) -> dict[str, Any]:
        (document,) = self._by_rule["document-reference"]
        return {
            "url": DERIVATION,
            "extension": [
                {"url": "reference", "valueReference": self.reference(document)},
                {"url": "path", "valueString": TEXT_PATH},
                {"url": "offset", "valueInteger": start},
                {"url": "length", "valueInteger": end - start},
            ],
        }


@dataclass(frozen=True, slots=True)
class Env:
    """Where a node is evaluated: the run, the rule's source and kind, the item at hand."""

    run: Run
    made: Made
    item: Any

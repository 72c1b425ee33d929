"""The gate that walks the JSON along HL7's definitions.

It finds unknown and missing elements, lists where there is none, empty objects, nulls,
forbidden characters and codes outside required value sets; and it collects the references
and the evidence for the gates after it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.fhir.definitions import Definitions, Element, Place
from app.fhir.gates.finding import Finding, error
from app.fhir.run import DERIVATION
from app.fhir.strings import is_forbidden

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")

Steps = tuple[str | int, ...]
"""The way to an element: names, and numbers in lists."""


def path_of(steps: Sequence[str | int]) -> str:
    """The way to an element as FHIR writes it: `Bundle.entry[0].resource`."""
    parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return "".join(parts).lstrip(".")


@dataclass
class Walk:
    """A walk over a resource: what was found wrong, and what is to be looked at further.

    `misshapen`: those findings after which the JSON cannot be read as the resource it claims
    to be. `references`: path, reference, allowed target types. `derivations`: steps, extension.
    `narratives`: path, XHTML.
    """

    definitions: Definitions
    findings: list[Finding] = field(default_factory=list)
    references: list[tuple[str, str, frozenset[str] | None]] = field(default_factory=list)
    derivations: list[tuple[Steps, dict[str, Any]]] = field(default_factory=list)
    narratives: list[tuple[str, str]] = field(default_factory=list)

    misshapen: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stack: list[str | int] = []

    def path(self) -> str:
        """The element at hand."""
        return path_of(self._stack)

    def fail(self, message: str) -> None:
        """Note an error at the element at hand."""
        self.findings.append(error(self.path(), message))

    def misfit(self, message: str) -> None:
        """Note that the JSON at hand has another shape than its place."""
        self.fail(message)
        self.misshapen.append(self.findings[-1])

    def resource(self, node: Any) -> None:
        """Walk a resource that stands by itself, or inside the element at hand."""
        kind = str(node.get("resourceType")) if isinstance(node, dict) else ""
        if kind not in self.definitions.resources:
            self.misfit(f"no resource type of FHIR {self.definitions.version}")
            return
        root = not self._stack
        if root:
            self._stack.append(kind)
        self._object(node, kind, is_resource=True)
        if root:
            self._stack.pop()

    def _object(self, node: dict[str, Any], kind: str, is_resource: bool = False) -> None:
        known = self.definitions.properties(kind)
        stack = self._stack
        if not node:
            self.fail("is empty")
        for name, value in node.items():
            place = known.get(name)
            if place is None and is_resource and name == "resourceType":
                continue
            if place is None:
                self._at(name, "unknown element")
            else:
                stack.append(name)
                self._values(value, place)
                stack.pop()
        for demand in self.definitions.demands(kind):
            if demand.names.isdisjoint(node):
                if demand.mandatory:
                    self._at(demand.name, "is mandatory and missing")
            elif len(demand.pairs) > 1 and demand.given(node) > 1:
                self._at(demand.name, "more than one choice is given")

    def _at(self, name: str, message: str) -> None:
        """Note an error at an element of the one at hand."""
        self._stack.append(name)
        self.fail(message)
        self._stack.pop()

    def _values(self, value: Any, place: Place) -> None:
        if not isinstance(value, list):
            if place.element.many:
                self.misfit("must be a list")
            else:
                self._value(value, place)
            return
        if not place.element.many:
            self.misfit("must not be a list")
            return
        if not value:
            self.fail("is empty")
        for index, item in enumerate(value):
            self._stack.append(index)
            if item is None and place.type in (*self.definitions.primitives, "Element"):
                pass  # a place-holder for the twin list
            else:
                self._value(item, place)
            self._stack.pop()

    def _value(self, value: Any, place: Place) -> None:
        kind, element = place.type, place.element
        if value is None:
            self.misfit("is null")
        elif kind in self.definitions.primitives:
            self._primitive(value, kind, element)
        elif not isinstance(value, dict):
            self.misfit(f"must be an object ({kind})")
        elif kind == "Resource":
            self.resource(value)
        elif kind == "Extension" and value.get("url") == DERIVATION:
            self.derivations.append((tuple(self._stack), value))
        else:
            if kind == "Reference" and isinstance(value.get("reference"), str):
                self.references.append((self.path(), value["reference"], element.targets))
            elif kind == "CodeableReference":
                inner = value.get("reference")
                if isinstance(inner, dict) and isinstance(inner.get("reference"), str):
                    path = self.path() + ".reference"
                    self.references.append((path, inner["reference"], element.targets))
            self._object(value, kind)
            if element.value_set is not None:
                self._binding(value, kind, element)

    def _primitive(self, value: Any, kind: str, element: Element) -> None:
        if isinstance(value, (dict, list)):
            self.misfit(f"must be a {kind}")
            return
        if isinstance(value, str):
            if not value:
                self.fail("is empty")
            elif is_forbidden(value):
                self.fail("holds a forbidden character")
            if kind == "xhtml":
                self.narratives.append((self.path(), value))
            elif kind == "id" and not _ID.fullmatch(value):
                self.fail("is no id")
        if element.value_set is not None and kind in ("code", "string", "uri"):
            allowed = self.definitions.value_sets.get(element.value_set)
            if allowed and not any(value in codes for codes in allowed.values()):
                self.fail(f"is no code of the required value set {element.value_set}")

    def _binding(self, value: dict[str, Any], kind: str, element: Element) -> None:
        allowed = self.definitions.value_sets.get(element.value_set or "")
        if not allowed or kind not in ("CodeableConcept", "Coding"):
            return
        if not has_code(value, kind, allowed):
            self.fail(f"has no code of the required value set {element.value_set}")


def has_code(value: dict[str, Any], kind: str, allowed: dict[str, frozenset[str]]) -> bool:
    """Whether a CodeableConcept or Coding has one of the codes that are allowed, by system."""
    codings = value.get("coding") if kind == "CodeableConcept" else [value]
    for c in codings if isinstance(codings, list) else ():
        system = c.get("system") if isinstance(c, dict) else None
        if isinstance(system, str) and c.get("code") in tuple(allowed.get(system, ())):
            return True
    return False

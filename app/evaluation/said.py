"""What a bundle says: its resources, with the places in the text that they point at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.text import Span

EVIDENCE = "http://hl7.org/fhir/StructureDefinition/derivation-reference"
_NOT_ELEMENTS = frozenset({"extension", "contained"})
_ABSENT_CODES = frozenset({"2667000", "272519000"})  # SNOMED CT: absent, absence findings
_POSSIBLE = frozenset({"unconfirmed", "provisional", "differential"})
AGE_CODE = "30525-0"  # LOINC: age


@dataclass(frozen=True)
class Said:
    """A resource: `focus` are the words that name its thing, `parts` those of its elements."""

    body: Mapping[str, Any]
    focus: tuple[Span, ...]
    parts: Mapping[str, tuple[Span, ...]]

    @property
    def type(self) -> str:
        return str(self.body["resourceType"])

    def of(self, *elements: str) -> list[Span]:
        """The words that these elements came from."""
        return [span for name in elements for span in self.parts.get(name, ())]

    @property
    def values(self) -> list[Span]:
        """The words of a result."""
        return [
            span
            for name, spans in self.parts.items()
            if name.startswith("value") or name in ("interpretation", "component")
            for span in spans
        ]

    @property
    def everywhere(self) -> list[Span]:
        """All words that any part of the resource came from."""
        return [*self.focus, *(span for spans in self.parts.values() for span in spans)]

    @property
    def status(self) -> str:
        """One of present, absent and possible."""
        if self.type == "Condition":
            codes = {c.get("code") for c in _codings(self.body.get("verificationStatus"))}
            if "refuted" in codes:
                return "absent"
            return "possible" if codes & _POSSIBLE else "present"
        if self.type == "Observation":
            value = self.body.get("valueCodeableConcept")
            if self.body.get("valueBoolean") is False:
                return "absent"
            if _ABSENT_CODES & {c.get("code") for c in _codings(value)}:
                return "absent"
            if self.body.get("status") == "preliminary":
                return "possible"
        return "present"

    def codes(self, element: str = "code") -> list[Mapping[str, Any]]:
        """The codings of an element."""
        return list(_codings(self.body.get(element)))

    @property
    def is_age(self) -> bool:
        return any(c.get("code") == AGE_CODE for c in self.codes())


def read(bundle: Mapping[str, Any]) -> list[Said]:
    """All resources of a bundle, in its order."""
    out = []
    for entry in bundle.get("entry", []):
        parts: dict[str, list[Span]] = {}
        for name, span in _places(entry["resource"], ""):
            parts.setdefault(name, []).append(span)
        focus = tuple(sorted(parts.pop("", [])))
        out.append(Said(entry["resource"], focus, {k: tuple(v) for k, v in parts.items()}))
    return out


def _places(node: object, element: str) -> Iterator[tuple[str, Span]]:
    """Places with the name of the resource's element that they stand in ("" for the resource)."""
    if isinstance(node, Sequence) and not isinstance(node, str):
        for item in node:
            yield from _places(item, element)
    elif isinstance(node, Mapping):
        for extension in node.get("extension", []):
            if extension.get("url") == EVIDENCE and (span := _span(extension)) is not None:
                yield element, span
        for key, value in node.items():
            if key not in _NOT_ELEMENTS:
                yield from _places(value, element or key.lstrip("_"))


def _span(extension: Mapping[str, Any]) -> Span | None:
    told = {part["url"]: part.get("valueInteger") for part in extension.get("extension", [])}
    start, length = told.get("offset"), told.get("length")
    return None if start is None or length is None else Span(start, start + length)


def _codings(concept: Mapping[str, Any] | None) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = (concept or {}).get("coding", [])
    return found

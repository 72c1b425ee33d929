"""Looking into bundles in tests."""

from __future__ import annotations

import base64
from typing import Any

EVIDENCE = "http://hl7.org/fhir/StructureDefinition/derivation-reference"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
HPO = "http://human-phenotype-ontology.org"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"


class View:
    """A bundle as a test wants to see it."""

    def __init__(self, bundle: dict[str, Any]) -> None:
        self.bundle = bundle
        self.resources: list[dict[str, Any]] = [e["resource"] for e in bundle["entry"]]

    def all(self, kind: str) -> list[dict[str, Any]]:
        """All resources of a type."""
        return [r for r in self.resources if r["resourceType"] == kind]

    def one(self, kind: str) -> dict[str, Any]:
        """The only resource of a type."""
        found = self.all(kind)
        assert len(found) == 1, f"{len(found)} resources of type {kind}"
        return found[0]

    @property
    def text(self) -> str:
        """The text of the document."""
        attachment = self.one("DocumentReference")["content"][0]["attachment"]
        return base64.b64decode(attachment["data"]).decode()

    def quotes(self, element: dict[str, Any]) -> list[str]:
        """The words that an element's own evidence points at."""
        out: list[str] = []
        for extension in element.get("extension", []):
            if extension["url"] == EVIDENCE:
                parts = {p["url"]: p for p in extension["extension"]}
                start = parts["offset"]["valueInteger"]
                out.append(self.text[start : start + parts["length"]["valueInteger"]])
        return out

    def naming(self, kind: str, words: str) -> list[dict[str, Any]]:
        """Resources of a type that are said in these words (case-insensitive, part of a quote
        of the resource or of its code)."""
        return [
            r
            for r in self.all(kind)
            if any(
                words.lower() in " ".join(q.split()).lower()
                for q in self.quotes(r) + self.quotes(r.get("code", {}))
            )
        ]


def codes(concept: dict[str, Any] | None) -> set[tuple[str, str]]:
    """System and code of every coding of a concept."""
    return {(c["system"], c["code"]) for c in (concept or {}).get("coding", [])}


def code(concept: dict[str, Any] | None) -> set[str]:
    """The codes of a concept, without their systems."""
    return {c["code"] for c in (concept or {}).get("coding", [])}

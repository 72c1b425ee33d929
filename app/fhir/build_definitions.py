"""Extract what the mapping compiler and the gates need of HL7's FHIR definitions.

    python -m app.fhir.build_definitions R4_PACKAGE R5_PACKAGE R5_TERMINOLOGY [OUT]

R4_PACKAGE is the unpacked npm package `hl7.fhir.r4.examples` 4.0.1 (folder `package`),
R5_PACKAGE `hl7.fhir.r5.core` 5.0.0, R5_TERMINOLOGY `hl7.terminology.r5` 7.0.1 (R5 leaves
the status codes of conditions and allergies to it). Writes `r4.json` and `r5.json`: for
every resource and data type its elements with types, cardinality, reference targets and
required value set, and for every such value set its codes. The same packages give the same
bytes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import orjson

from app.resources import builtin

Json = dict[str, Any]

SYSTEM_TYPES = {
    "http://hl7.org/fhirpath/System.String": "string",
    "http://hl7.org/fhirpath/System.Boolean": "boolean",
    "http://hl7.org/fhirpath/System.Integer": "integer",
    "http://hl7.org/fhirpath/System.Decimal": "decimal",
    "http://hl7.org/fhirpath/System.Date": "date",
    "http://hl7.org/fhirpath/System.DateTime": "dateTime",
    "http://hl7.org/fhirpath/System.Time": "time",
}


class Package:
    """The resources of an unpacked package, by type and canonical URL."""

    def __init__(self, folder: Path, terminology: Path | None = None) -> None:
        self.by_url: dict[tuple[str, str], Json] = {}
        self.structures: list[Json] = []
        for path in sorted(terminology.glob("CodeSystem-*.json")) if terminology else ():
            resource = json.loads(path.read_text("utf-8"))
            self.by_url["CodeSystem", resource.get("url", "")] = resource
        for kind in ("StructureDefinition", "ValueSet", "CodeSystem"):
            for path in sorted(folder.glob(f"{kind}-*.json")):
                resource = json.loads(path.read_text("utf-8"))
                self.by_url[kind, resource.get("url", "")] = resource
                if kind == "StructureDefinition":
                    self.structures.append(resource)

    def codes(self, url: str, seen: tuple[str, ...] = ()) -> dict[str, list[str]] | None:
        """Codes by system of a value set; None when they cannot be enumerated."""
        url = url.split("|")[0]
        value_set = self.by_url.get(("ValueSet", url))
        if value_set is None or url in seen:
            return None
        out: dict[str, set[str]] = {}
        compose = value_set.get("compose", {})
        if compose.get("exclude"):
            return None
        for include in compose.get("include", ()):
            found = self._include(include, (*seen, url))
            if found is None:
                return None
            for system, codes in found.items():
                out.setdefault(system, set()).update(codes)
        return {system: sorted(out[system]) for system in sorted(out)} or None

    def _include(self, include: Json, seen: tuple[str, ...]) -> dict[str, list[str]] | None:
        if include.get("filter"):
            return None
        if "system" not in include:
            out: dict[str, list[str]] = {}
            for url in include.get("valueSet", ()):
                found = self.codes(url, seen)
                if found is None:
                    return None
                for system, codes in found.items():
                    out.setdefault(system, []).extend(codes)
            return out
        if include.get("valueSet"):
            return None
        system = include["system"]
        if "concept" in include:
            return {system: [c["code"] for c in include["concept"]]}
        code_system = self.by_url.get(("CodeSystem", system))
        if code_system is None or code_system.get("content") != "complete":
            return None
        return {system: _all_codes(code_system.get("concept", ()))}


def _all_codes(concepts: Any) -> list[str]:
    out: list[str] = []
    for concept in concepts:
        out.append(concept["code"])
        out.extend(_all_codes(concept.get("concept", ())))
    return out


def element(definition: Json, name: str, has_children: bool, of_resource: bool) -> Json:
    """The compact form of an ElementDefinition."""
    out: Json = {}
    if "contentReference" in definition:
        out["types"] = [definition["contentReference"].split("#")[1]]
    elif has_children:
        out["types"] = [definition["path"]]
    else:
        out["types"] = [SYSTEM_TYPES.get(t["code"], t["code"]) for t in definition.get("type", ())]
    if name == "id":
        out["types"] = ["id" if of_resource else "string"]
    if definition.get("min"):
        out["min"] = definition["min"]
    if definition.get("max") != "1":
        out["max"] = definition["max"]
    targets = sorted(
        {
            url.rsplit("/", 1)[-1]
            for t in definition.get("type", ())
            if t["code"] in ("Reference", "CodeableReference")
            for url in t.get("targetProfile", ())
        }
    )
    if targets and "Resource" not in targets:
        out["targets"] = targets
    binding = definition.get("binding", {})
    if binding.get("strength") == "required" and "valueSet" in binding:
        out["valueSet"] = binding["valueSet"].split("|")[0]
    return out


def extract(package: Package, version: str, source: str) -> Json:
    """Everything of one FHIR version, ready to be written."""
    types: Json = {}
    kinds: Json = {"resources": [], "primitives": []}
    wanted: set[str] = set()
    for structure in sorted(package.structures, key=lambda s: s["url"]):
        if structure.get("derivation") == "constraint" or structure["kind"] == "logical":
            continue
        name = structure["type"]
        if structure["kind"] == "primitive-type":
            kinds["primitives"].append(name)
            continue
        if structure["kind"] == "resource" and not structure.get("abstract"):
            kinds["resources"].append(name)
        elements = structure["snapshot"]["element"]
        parents = {e["path"].rsplit(".", 1)[0] for e in elements[1:]}
        for e in elements[1:]:
            parent, child = e["path"].rsplit(".", 1)
            of_resource = structure["kind"] == "resource" and "." not in parent
            compact = element(e, child, e["path"] in parents, of_resource)
            if "valueSet" in compact:
                wanted.add(compact["valueSet"])
            types.setdefault(parent, {})[child] = compact
    value_sets = {url: codes for url in sorted(wanted) if (codes := package.codes(url))}
    return {"version": version, "source": source, **kinds, "types": types, "valueSets": value_sets}


def main(arguments: list[str]) -> None:
    """See the module's docstring."""
    r4, r5, terminology = (Path(a) for a in arguments[:3])
    out = Path(arguments[3]) if len(arguments) > 3 else builtin() / "fhir" / "definitions"
    out.mkdir(parents=True, exist_ok=True)
    for package, version, source, name in (
        (Package(r4), "4.0.1", "npm hl7.fhir.r4.examples 4.0.1", "r4.json"),
        (
            Package(r5, terminology),
            "5.0.0",
            "npm hl7.fhir.r5.core 5.0.0, hl7.terminology.r5 7.0.1",
            "r5.json",
        ),
    ):
        data = extract(package, version, source)
        (out / name).write_bytes(orjson.dumps(data, option=orjson.OPT_SORT_KEYS))


if __name__ == "__main__":
    main(sys.argv[1:])

"""The profiles of US Core for HL7's engine, as a FHIR package made of `us-core.yaml`."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import yaml

SOURCE = Path(__file__).parent / "hl7-validator" / "us-core.yaml"
CANONICAL = "http://hl7.org/fhir/us/core"
_CORE = "http://hl7.org/fhir/StructureDefinition"


def package(folder: Path) -> None:
    """Write the package into a folder, unless HL7's own lies there."""
    own = folder / "us-core-by-hand.tgz"
    if any(folder.glob("hl7.fhir.us.core-*.tgz")):
        own.unlink(missing_ok=True)
        return
    data = yaml.safe_load(SOURCE.read_text("utf-8"))
    about = {
        "name": "us.core.by.hand",
        "version": "8.0.1",
        "type": "Conformance",
        "fhirVersions": ["4.0.1"],
        "dependencies": {},
    }
    files = {"package.json": about}
    for resource in _resources(data):
        files[f"{resource['resourceType']}-{resource['id']}.json"] = resource
    with tarfile.open(own, "w:gz") as tar:
        for name, content in files.items():
            raw = json.dumps(content).encode()
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(raw)
            tar.addfile(member, io.BytesIO(raw))


def _resources(data: dict[str, Any]) -> list[dict[str, Any]]:
    out = [_profile(name, rows) for name, rows in data["profiles"].items()]
    for name, systems in data["valuesets"].items():
        include = [{"system": s, "concept": _concepts(codes)} for s, codes in systems.items()]
        out.append({**_head("ValueSet", name), "compose": {"include": include}})
    for name, codes in data["codesystems"].items():
        rest = {"content": "complete", "caseSensitive": True, "concept": _concepts(codes)}
        out.append({**_head("CodeSystem", name), **rest})
    return out


def _head(kind: str, name: str) -> dict[str, Any]:
    url = f"{CANONICAL}/{kind}/{name}"
    return {"resourceType": kind, "id": name, "url": url, "name": name, "status": "active"}


def _concepts(codes: dict[str, str]) -> list[dict[str, str]]:
    return [{"code": code, "display": display} for code, display in codes.items()]


def _profile(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    kind = rows[0]["id"].split(".")[0]
    return {
        **_head("StructureDefinition", name),
        "fhirVersion": "4.0.1",
        "kind": "resource",
        "abstract": False,
        "type": kind,
        "baseDefinition": f"{_CORE}/{kind}",
        "derivation": "constraint",
        "differential": {"element": [_element(row) for row in rows]},
    }


def _element(row: dict[str, Any]) -> dict[str, Any]:
    """An ElementDefinition from a row, whose keys are explained by their use."""
    path, _, slice_name = row["id"].partition(":")
    out: dict[str, Any] = {"id": row["id"], "path": path}
    if slice_name:
        out["sliceName"] = slice_name
    if row.get("slices"):
        out["slicing"] = {"discriminator": [{"type": "value", "path": "$this"}], "rules": "open"}
    out |= {key: row[key] for key in ("min", "max") if key in row}
    if "types" in row:
        out["type"] = [{"code": code} for code in row["types"]]
    if "targets" in row:
        base = {True: f"{CANONICAL}/StructureDefinition", False: _CORE}
        targets = [f"{base[t.startswith('us-core-')]}/{t}" for t in row["targets"]]
        out["type"] = [{"code": "Reference", "targetProfile": targets}]
    if "pattern" in row:
        out["patternCodeableConcept"] = {"coding": [row["pattern"]]}
    if "constraint" in row:
        out["constraint"] = [{**rule, "severity": "error"} for rule in row["constraint"]]
    if "required" in row:
        value_set = f"{CANONICAL}/ValueSet/{row['required']}"
        out["binding"] = {"strength": "required", "valueSet": value_set}
    return out

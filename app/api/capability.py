"""The CapabilityStatement: what the routes under /fhir can do."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from app.resources import builtin
from app.version import RELEASED, __version__

_FULL = {"4.0": "4.0.1", "5.0": "5.0.0"}
_FOLDER = "fhir/r4"


@cache
def resource_types() -> tuple[str, ...]:
    """The resource types that the built-in rules make."""
    files = sorted((builtin() / _FOLDER).glob("*.yaml"))
    rules = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in files)
    made = (rule.get("resource", {}).get("resourceType") for rule in rules)
    return tuple(sorted({name for name in made if name}))


def statement(fhir_version: str, base_url: str) -> dict[str, Any]:
    """The CapabilityStatement for a FHIR version; equal in R4 and R5 but for the version."""
    base = f"{base_url.rstrip('/')}/fhir"
    resources: list[dict[str, Any]] = [
        {"type": name, "interaction": [{"code": "read"}]}
        for name in resource_types()
        if name != "Bundle"
    ]
    resources.append(
        {
            "type": "Bundle",
            "interaction": [{"code": "read"}],
            "operation": [
                {
                    "name": "validate",
                    "definition": "http://hl7.org/fhir/OperationDefinition/Resource-validate",
                },
                {
                    "name": "verify-evidence",
                    "definition": f"{base}/OperationDefinition/verify-evidence",
                },
            ],
        }
    )
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{base}/metadata",
        "name": "Case2fhir",
        "title": "case2fhir",
        "status": "active",
        "date": RELEASED,
        "kind": "instance",
        "description": "Turns clinical case reports into coded FHIR bundles.",
        "software": {"name": "case2fhir", "version": __version__},
        "implementation": {"description": "case2fhir", "url": base},
        "fhirVersion": _FULL[fhir_version],
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "resource": sorted(resources, key=lambda r: str(r["type"])),
                "operation": [
                    {"name": "convert", "definition": f"{base}/OperationDefinition/convert"}
                ],
            }
        ],
    }

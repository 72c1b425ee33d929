"""The gate of fhir.resources: its R5 models, and its R4B models for R4.

For the resources written here R4B's elements, types and cardinalities are R4's; where R4B
differs (resource types, reference targets, value sets) the structure gate holds HL7's own
R4 definitions against the bundle.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import fhir_core.constraints
from pydantic import BaseModel, ValidationError

from app.fhir.gates.finding import Finding, error
from app.fhir.run import DERIVATION

# The library allows 255 characters unless told that FHIR's limit is meant.
fhir_core.constraints.TYPES_ID_MAX_LENGTH = 64


@lru_cache(maxsize=2)
def _get(fhir_version: str) -> Any:
    if fhir_version == "4.0":
        from fhir.resources.R4B import get_fhir_model_class
    else:
        from fhir.resources import get_fhir_model_class
    return get_fhir_model_class


def model(fhir_version: str, resource_type: str) -> type[BaseModel]:
    """The model of a resource type; imported on first use."""
    found: type[BaseModel] = _get(fhir_version)(resource_type)
    return found


def bare(node: Any) -> Any:
    """A copy without the derivation-reference extensions.

    They are most of a bundle and all of one form, which the evidence gate checks to the
    letter, so the models need not.
    """
    if isinstance(node, dict):
        out = {}
        for key, value in node.items():
            if key == "extension":
                kept = [bare(e) for e in value if e.get("url") != DERIVATION]
                if kept:
                    out[key] = kept
            elif isinstance(value, (dict, list)):
                inner = bare(value)
                if inner or inner == value:
                    out[key] = inner
            else:
                out[key] = value
        return out
    if isinstance(node, list):
        return [bare(n) for n in node]
    return node


def check_models(resources: list[tuple[str, dict[str, Any]]], fhir_version: str) -> list[Finding]:
    """Validate resources, given with their paths; known resource types only."""
    out = []
    for path, resource in resources:
        try:
            model(fhir_version, resource["resourceType"]).model_validate(resource)
        except ValidationError as failed:
            for found in failed.errors(include_url=False, include_input=False):
                where = ".".join(str(p) for p in found["loc"])
                out.append(error(f"{path}.{where}", f"fhir.resources: {found['type']}"))
    return out

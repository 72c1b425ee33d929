"""The gate of fhir.resources: its R5 models, and its R4B models for R4.

For the resources written here R4B's elements, types and cardinalities are R4's; where R4B
differs (resource types, reference targets, value sets) the structure gate holds HL7's own
R4 definitions against the bundle.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import fhir_core.constraints
import orjson
from pydantic import BaseModel, ValidationError

from app.fhir.definitions import definitions
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
            elif key.startswith("_value") and "url" in node:
                # fhir.resources knows no twin of an extension's value: let it say so
                out[key] = value
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


# Data types of which the same few stand in every bundle: a status, a code, the patient.
_REPEATED = frozenset({"CodeableConcept", "Coding", "Identifier", "Meta", "Reference"})
_MOST_KEPT = 4096
_LONGEST_KEPT = 1000  # bytes


class _Models:
    """The models of one FHIR version, and elements that were found right before."""

    def __init__(self, fhir_version: str) -> None:
        self._version = fhir_version
        self._definitions = definitions(fhir_version)
        self._kept: dict[tuple[str, bytes], BaseModel] = {}

    def validate(self, resource: dict[str, Any]) -> None:
        """Raises ValidationError. Changes the resource: parts of it become their models."""
        kind = resource["resourceType"]
        self._settle(resource, kind)
        model(self._version, kind).model_validate(resource)

    def _settle(self, node: dict[str, Any], kind: str) -> None:
        """Put models in place of the repeated elements of an object."""
        known = self._definitions.properties(kind)
        for name, value in node.items():
            place = known.get(name)
            if place is None:
                continue
            if isinstance(value, dict):
                node[name] = self._settled(value, place.type)
            elif isinstance(value, list):
                node[name] = [
                    self._settled(v, place.type) if isinstance(v, dict) else v for v in value
                ]

    def _settled(self, node: dict[str, Any], kind: str) -> Any:
        if kind not in _REPEATED:
            self._settle(node, node["resourceType"] if kind == "Resource" else kind)
            return node
        try:
            key = kind, orjson.dumps(node)
        except TypeError:  # a decimal somewhere in an extension
            return node
        found = self._kept.get(key)
        if found is None:
            self._settle(node, kind)
            try:
                found = model(self._version, kind).model_validate(node)
            except ValidationError:
                return node  # is found again, with its path, in the resource
            if len(key[1]) <= _LONGEST_KEPT:
                if len(self._kept) >= _MOST_KEPT:
                    self._kept.clear()
                self._kept[key] = found
        return found


@lru_cache(maxsize=2)
def _models(fhir_version: str) -> _Models:
    return _Models(fhir_version)


def check_models(resources: list[tuple[str, dict[str, Any]]], fhir_version: str) -> list[Finding]:
    """Validate copies of resources, given with their paths; known resource types only.

    The copies are used up.
    """
    out = []
    models = _models(fhir_version)
    for path, resource in resources:
        try:
            models.validate(resource)
        except ValidationError as failed:
            for found in failed.errors(include_url=False, include_input=False):
                where = ".".join(str(p) for p in found["loc"])
                out.append(error(f"{path}.{where}", f"fhir.resources: {found['type']}"))
    return out

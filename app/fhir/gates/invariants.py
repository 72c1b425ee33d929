"""The error invariants of HL7 that a wrong mapping is likely to break.

All of them are checked by the validators of the test suite; these few are cheap enough for
every conversion. Each is named as in the specification.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.fhir.gates.finding import Finding, error

Json = dict[str, Any]


def _codes(concept: Any) -> set[str]:
    codings = concept.get("coding", []) if isinstance(concept, dict) else []
    return {c.get("code", "") for c in codings if isinstance(c, dict)}


def _keys(concept: Any) -> set[tuple[Any, Any]]:
    codings = concept.get("coding", []) if isinstance(concept, dict) else []
    return {(c.get("system"), c.get("code")) for c in codings if isinstance(c, dict)}


def _has(resource: Json, prefix: str) -> bool:
    return any(k.lstrip("_").startswith(prefix) for k in resource)


def _abated(r: Json) -> bool:
    over = {"inactive", "resolved", "remission"}
    return not _has(r, "abatement") or bool(_codes(r.get("clinicalStatus")) & over)


def _value_or_reason(r: Json) -> bool:
    return "dataAbsentReason" not in r or not _has(r, "value")


def _distinct(r: Json) -> bool:
    if not _has(r, "value"):
        return True
    own = _keys(r.get("code"))
    return not any(own & _keys(c.get("code")) for c in r.get("component", ()))


def _range(r: Json) -> bool:
    return all({"low", "high", "text"} & set(x) for x in r.get("referenceRange", ()))


def _evidence(r: Json) -> bool:
    return all({"code", "detail"} & set(x) for x in r.get("evidence", ()))


def _policy(r: Json) -> bool:
    return bool({"policy", "policyRule"} & set(r))


def _sections(r: Json) -> bool:
    return all({"text", "entry", "section"} & set(s) for s in r.get("section", ()))


def _allergy(r: Json) -> bool:
    wrong = "entered-in-error" in _codes(r.get("verificationStatus"))
    return ("clinicalStatus" in r) != wrong


Rule = tuple[str, str, tuple[str, ...], Callable[[Json], bool]]

_RULES: tuple[Rule, ...] = (
    ("Condition", "con-4 (R5 con-3): what is abated is over", ("4.0", "5.0"), _abated),
    ("Condition", "con-2: evidence has code or detail", ("4.0",), _evidence),
    (
        "Observation",
        "obs-6: a value and a reason for none",
        ("4.0", "5.0"),
        _value_or_reason,
    ),
    ("Observation", "obs-7: a component repeats the code", ("4.0", "5.0"), _distinct),
    ("Observation", "obs-3: a reference range has low, high or text", ("4.0", "5.0"), _range),
    ("Consent", "ppc-1: a policy or policy rule", ("4.0",), _policy),
    ("Composition", "cmp-1: a section holds something", ("4.0", "5.0"), _sections),
    ("AllergyIntolerance", "ait-1, ait-2: clinical status", ("4.0",), _allergy),
)


def check_invariants(path: str, resource: Json, fhir_version: str) -> list[Finding]:
    """The invariants of the resource's type."""
    kind = resource.get("resourceType")
    return [
        error(path, f"breaks {text}")
        for of, text, versions, holds in _RULES
        if of == kind and fhir_version in versions and not holds(resource)
    ]

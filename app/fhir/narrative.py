"""The generated narrative of a section: one line for each resource, in plain words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from app.fhir.strings import clean

Json = dict[str, Any]

_NAMES = (
    "code",
    "medicationCodeableConcept",
    "medication",
    "type",
    "description",
    "policyRule",
    "category",
    "name",
    "deviceName",
    "relationship",
)
_SAID = (
    "verificationStatus",
    "clinicalStatus",
    "status",
)
_QUIET = frozenset({"final", "current", "Confirmed", "Active", "active", "recorded", "partial"})


def section(resources: list[Json]) -> str:
    """XHTML of a section: every word escaped, the same for the same resources."""
    if not resources:
        return '<div xmlns="http://www.w3.org/1999/xhtml"><p>Nothing is said.</p></div>'
    lines = "".join(f"<li>{escape(clean(line(r)))}</li>" for r in resources)
    return f'<div xmlns="http://www.w3.org/1999/xhtml"><ul>{lines}</ul></div>'


_NOT_DONE = {"cancelled": "not done", "registered": "planned"}


def line(resource: Json) -> str:
    """A resource in one line: what it is, what is said of it."""
    kind = resource["resourceType"]
    parts = [next((w for n in _NAMES if (w := _words(resource.get(n)))), kind)]
    if kind == "Patient":
        parts = ["Patient", resource.get("gender", "")]
        if "deceasedBoolean" in resource:
            parts.append("deceased" if resource["deceasedBoolean"] else "alive")
    if kind == "DocumentReference":
        parts = [resource["content"][0]["attachment"].get("title") or "The report"]
    if kind == "FamilyMemberHistory":
        parts = [_words(resource.get("relationship")), *map(_condition, resource["condition"])]
    value = next((resource[k] for k in resource if k.startswith("value")), None)
    if kind == "Observation":
        parts.append(_NOT_DONE.get(resource["status"], ""))
    if value is False:
        parts.append("absent")
    elif value is True:
        parts.append("present")
    elif value is not None:
        parts.append(_words(value))
    for component in resource.get("component", ()):
        of = next((_words(component[k]) for k in component if k.startswith("value")), "")
        parts.append(f"{_words(component.get('code'))} {of}")
    parts.append(_words(resource.get("bodySite")))
    parts.append(_words(resource.get("severity")))
    parts += [_words(stage.get("summary")) for stage in resource.get("stage", ())]
    parts.append(_words(resource.get("interpretation")))
    parts.append(_words(resource.get("outcome")))
    for dosage in resource.get("dosage", ()):
        parts.append(dosage.get("text", ""))
    parts.append(_words(resource.get("conclusion")))
    for name in _SAID:
        word = _words(resource.get(name))
        if word and word not in _QUIET and word != "unknown":
            parts.append(word)
    return f"{kind}: " + "; ".join(dict.fromkeys(clean(p) for p in parts if p and clean(p)))


def _condition(condition: Json) -> str:
    return _words(condition.get("code"))


def _words(value: Any) -> str:
    """The words of a value of any type; nothing when it has none."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(w for v in value if (w := _words(v)))
    if not isinstance(value, dict):
        return ""
    if isinstance(value.get("value"), Decimal):
        number = format(value["value"], "f")
        return " ".join(
            w
            for w in (value.get("comparator"), number, value.get("unit") or value.get("code"))
            if w
        )
    if "low" in value or "high" in value:
        return " to ".join(w for k in ("low", "high") if (w := _words(value.get(k))))
    if "numerator" in value:
        return f"{_words(value['numerator'])} / {_words(value.get('denominator'))}"
    if "concept" in value:
        return _words(value["concept"])
    text = value.get("text") or value.get("display") or value.get("name")
    if text:
        return str(text)
    return _words(value.get("coding"))

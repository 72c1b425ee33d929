"""FHIR data types made of the case's words, codes and numbers."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from app.case.model import Coding, Evidence, Quantity
from app.fhir.run import Env
from app.fhir.strings import clean

Json = dict[str, Any]

UCUM = "http://unitsofmeasure.org"
ORIGINAL_TEXT = "http://hl7.org/fhir/StructureDefinition/originalText"
# FHIR's core has no element for the side of a site; HL7's mCODE has this extension for it.
LATERALITY = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-laterality-qualifier"
ABSENT: Json = {
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
            "valueCode": "unknown",
        }
    ]
}


class Out(NamedTuple):
    """A converted value: its FHIR type, the JSON, and the extensions of a primitive."""

    type: str
    value: Any
    extension: list[Json] | None = None


def coding(c: Coding) -> Json | None:
    """A Coding; None when the code is no FHIR code."""
    code = clean(c.code)
    if not code:
        return None
    out: Json = {"system": c.system} if c.system else {}
    if c.version and clean(c.version):
        out["version"] = clean(c.version)
    out["code"] = code
    if c.display and clean(c.display):
        out["display"] = clean(c.display)
    return out


def concept(
    env: Env, text: str | None, codes: Iterable[Coding], evidence: Iterable[Evidence]
) -> Json | None:
    """A CodeableConcept of words and codes; None when there are neither."""
    out: Json = {}
    places = env.run.evidence(evidence)
    if places:
        out["extension"] = places
    codings = [c for c in map(coding, codes) if c]
    if codings:
        out["coding"] = codings
    words = clean(text) if text else ""
    if words:
        out["text"] = words
    return out if codings or words else None


def number(value: Decimal) -> Decimal | None:
    """A decimal that FHIR can hold (at most 17 digits on either side), as written."""
    if not value.is_finite():
        return None
    whole, _, part = format(abs(value), "f").partition(".")
    return value if len(whole) <= 17 and len(part) <= 17 else None


def quantity(q: Quantity, comparator: bool = True) -> Json | None:
    """A Quantity, or a SimpleQuantity when it may have no comparator."""
    value = number(q.value)
    if value is None:
        return None
    out: Json = {"value": value}
    if comparator and q.comparator is not None:
        out["comparator"] = q.comparator.value
    if q.unit and clean(q.unit):
        out["unit"] = clean(q.unit)
    if q.code and not any(c.isspace() for c in q.code) and clean(q.code):
        out["system"] = UCUM
        out["code"] = clean(q.code)
    return out

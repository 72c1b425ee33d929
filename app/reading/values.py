"""From an element of FHIR back to a value of the case: the reverse of `app.fhir.convert`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from app.contents import DERIVATION, derivation
from app.fhir.datatypes import LATERALITY, ORIGINAL_TEXT, UCUM

Json = dict[str, Any]


class Item(NamedTuple):
    """A value of an element: its FHIR type, the JSON, and what its `_` twin carries."""

    type: str
    value: Any
    twin: Any = None

    @property
    def extensions(self) -> list[Json]:
        """The extensions of an object, or of a primitive's twin."""
        holder = self.value if isinstance(self.value, dict) else self.twin
        found = holder.get("extension") if isinstance(holder, dict) else None
        return [e for e in found if isinstance(e, dict)] if isinstance(found, list) else []


class Quotes:
    """The text of the document, for words that an element only points at."""

    def __init__(self, text: str) -> None:
        self.text = text

    def of(self, places: list[Json]) -> str:
        """The words of the first place, on one line."""
        return " ".join(self.text[places[0]["start"] : places[0]["end"]].split()) if places else ""


def places(extensions: list[Json]) -> list[Json]:
    """The evidence among extensions."""
    out: list[Json] = []
    for extension in extensions:
        if extension.get("url") != DERIVATION:
            continue
        parts = derivation(extension) or {}
        start, length = parts.get("offset"), parts.get("length")
        if type(start) is int and type(length) is int and start >= 0 and length > 0:
            place = {"start": start, "end": start + length}
            if place not in out:
                out.append(place)
    return out


def codings(concept: Json) -> list[Json]:
    """The codings of a concept, as codes of the case."""
    found = concept.get("coding")
    return [c for c in map(coding, found if isinstance(found, list) else []) if c]


def coding(value: Any) -> Json | None:
    """A Coding as a code of the case; None when it has no code."""
    if not isinstance(value, dict) or not isinstance(value.get("code"), str):
        return None
    out: Json = {"system": _word(value.get("system")) or "", "code": value["code"]}
    for name in ("display", "version"):
        if _word(value.get(name)):
            out[name] = value[name]
    return out


def phrase(item: Item, quotes: Quotes) -> Json | None:
    """Words with their places and codes; None when the element says nothing."""
    value, evidence = item.value, places(item.extensions)
    out: Json = {"evidence": evidence}
    if isinstance(value, str):
        out["text"] = value
    elif item.type in ("dateTime", "instant", "date", "Period"):
        words = next((e for e in item.extensions if e.get("url") == ORIGINAL_TEXT), None)
        out["text"] = _word(words.get("valueString")) if words else None
    elif not isinstance(value, dict):
        return None
    elif item.type == "CodeableReference":
        inner = value.get("concept")
        return phrase(Item("CodeableConcept", inner), quotes) if isinstance(inner, dict) else None
    elif item.type == "Timing":
        inner = value.get("code")
        return phrase(Item("CodeableConcept", inner), quotes) if isinstance(inner, dict) else None
    elif item.type == "Coding":
        if not {"code", "display"} & value.keys():
            return None
        found = coding(value)
        out["text"] = _word(value.get("display"))
        out["codes"] = [found] if found else []
    elif item.type == "CodeableConcept":
        out["text"] = _word(value.get("text"))
        out["codes"] = codings(value)
        out["side"] = _side(item.extensions)
    elif item.type == "Annotation":
        out["text"] = _word(value.get("text"))
    return _worded(out, quotes)


def _worded(out: Json, quotes: Quotes) -> Json | None:
    if not out.get("text"):
        first = next((c.get("display") for c in out.get("codes", ()) if c.get("display")), None)
        out["text"] = quotes.of(out["evidence"]) or first or ""
    return out if out["text"] else None


def _side(extensions: list[Json]) -> list[Json]:
    """The codes of the side of a site."""
    out: list[Json] = []
    for extension in extensions:
        concept = extension.get("valueCodeableConcept")
        if extension.get("url") == LATERALITY and isinstance(concept, dict):
            out += codings(concept)
    return out


def result(item: Item, quotes: Quotes) -> Json | None:
    """The result of a test, whichever form it has."""
    if item.type not in ("Quantity", "Range", "Ratio", "SimpleQuantity"):
        return phrase(item, quotes)
    value = item.value
    if not isinstance(value, dict):
        return None
    out: Json = {"evidence": places(item.extensions)}
    if item.type == "Range":
        parts = {"low": value.get("low"), "high": value.get("high")}
    elif item.type == "Ratio":
        parts = {n: value.get(n) for n in ("numerator", "denominator")}
    else:
        parts = {"quantity": value}
    for name, part in parts.items():
        found = quantity(part)
        if found is not None:
            out[name] = found
    if len(out) == 1:
        return None
    out["text"] = quotes.of(out["evidence"]) or spoken(out)
    return out


def quantity(value: Any) -> Json | None:
    """A number with its unit."""
    if not isinstance(value, dict):
        return None
    number = value.get("value")
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
        return None
    out: Json = {"value": Decimal(str(number))}
    if value.get("comparator") in ("<", "<=", ">=", ">"):
        out["comparator"] = value["comparator"]
    if _word(value.get("unit")):
        out["unit"] = value["unit"]
    if value.get("system") == UCUM and _word(value.get("code")):
        out["code"] = value["code"]
    return out


def spoken(value: Json) -> str:
    """A result in words: for one whose words no element holds."""

    def one(part: Json) -> str:
        words = f"{part.get('comparator', '')}{part['value']} {part.get('unit', '')}"
        return words.strip()

    for first, second, joint in (("low", "high", "-"), ("numerator", "denominator", ":")):
        if first in value or second in value:
            return joint.join(one(value[n]) for n in (first, second) if n in value)
    return one(value["quantity"])


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None

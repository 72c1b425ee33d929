"""From a value of the case to FHIR, by the type of the value and of the element."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.case.model import Coding, Component, Evidence, Fact, Phrase, Quantity, Site, Value
from app.fhir.datatypes import (
    ABSENT,
    LATERALITY,
    ORIGINAL_TEXT,
    Json,
    Out,
    coding,
    concept,
    number,
    quantity,
)
from app.fhir.paths import Shape, word
from app.fhir.run import Env
from app.fhir.sources import Link
from app.fhir.strings import clean


def _string(kind: str) -> Callable[[Env, Any], Out | None]:
    def convert(_: Env, value: Any) -> Out | None:
        text = clean(word(value))
        return Out(kind, text) if text else None

    return convert


def _words(kind: str) -> Callable[[Env, Phrase], Out | None]:
    def convert(env: Env, value: Phrase) -> Out | None:
        text = clean(value.text)
        return Out(kind, text, env.run.evidence(value.evidence)) if text else None

    return convert


def _when(kind: str) -> Callable[[Env, Phrase], Out | None]:
    """A time in the text's words: a date without a value, the words beside it."""

    def convert(env: Env, value: Phrase) -> Out | None:
        text = clean(value.text)
        if not text:
            return None
        extension = [{"url": ORIGINAL_TEXT, "valueString": text}]
        extension += env.run.evidence(value.evidence)
        if kind == "Period":
            return Out(kind, {"extension": extension})
        return Out(kind, None, extension)

    return convert


def _phrase_concept(env: Env, value: Phrase) -> Out | None:
    found = concept(env, value.text, value.codes, value.evidence)
    if found is None:
        return None
    side = value.laterality if isinstance(value, Site) else None
    if side is not None:
        code = env.run.laterality[side.value]
        qualifier = {"url": LATERALITY, "valueCodeableConcept": {"coding": [coding(code)]}}
        found = {"extension": [qualifier, *found.pop("extension", ())], **found}
    return Out("CodeableConcept", found)


def _phrase_coding(env: Env, value: Phrase) -> Out | None:
    found = next((c for c in map(coding, value.codes) if c), None)
    if found is None:
        text = clean(value.text)
        if not text:
            return None
        found = {"display": text}
    places = env.run.evidence(value.evidence)
    return Out("Coding", {"extension": places, **found} if places else found)


def _annotation(env: Env, value: Phrase) -> Out | None:
    text = clean(value.text)
    if not text:
        return None
    places = env.run.evidence(value.evidence)
    return Out("Annotation", {"extension": places, "text": text} if places else {"text": text})


def _timing(env: Env, value: Phrase) -> Out | None:
    found = concept(env, value.text, value.codes, value.evidence)
    return Out("Timing", {"code": found}) if found else None


def _with_evidence(env: Env, value: Phrase, kind: str, found: Json | None) -> Out | None:
    if found is None:
        return None
    places = env.run.evidence(value.evidence)
    return Out(kind, {"extension": places, **found} if places else found)


def _value_quantity(env: Env, value: Value) -> Out | None:
    found = quantity(value.quantity) if value.quantity is not None else None
    return _with_evidence(env, value, "Quantity", found)


def _value_range(env: Env, value: Value) -> Out | None:
    low, high = value.low, value.high
    if low is not None and high is not None and low.value > high.value:
        return None
    ends = (("low", low), ("high", high))
    found = {n: q for n, e in ends if e is not None and (q := quantity(e, False))}
    return _with_evidence(env, value, "Range", found or None)


def _value_ratio(env: Env, value: Value) -> Out | None:
    if value.numerator is None or value.denominator is None:
        return None
    above, below = quantity(value.numerator), quantity(value.denominator, False)
    found = {"numerator": above, "denominator": below} if above and below else None
    return _with_evidence(env, value, "Ratio", found)


def _value_concept(env: Env, value: Value) -> Out | None:
    return _phrase_concept(env, value) if value.codes else None


def _named(env: Env, value: Fact | Component) -> Out:
    """The name of a thing, with the places where its words stand."""
    found = concept(env, value.name, value.codes, places_of_name(env, value))
    return Out("CodeableConcept", found or ABSENT)


def places_of_name(env: Env, value: Fact | Component) -> tuple[Evidence, ...]:
    """Where the words of a name stand. On the resource that is the thing itself stand the
    places where it is named; those of its full name are said unless they are the first."""
    if value is not env.made.source or not isinstance(value, Fact):
        return value.evidence
    return () if value.name_evidence == value.evidence[:1] else value.name_evidence


def _bare_quantity(_: Env, value: Quantity) -> Out | None:
    found = quantity(value, False)
    return Out("Quantity", found) if found else None


def _number(_: Env, value: Decimal) -> Out | None:
    found = number(value)
    return None if found is None else Out("decimal", found)


def _integer(_: Env, value: int) -> Out:
    return Out("integer", value)


def _long(_: Env, value: int) -> Out:
    """64-bit integers are strings in FHIR's JSON."""
    return Out("integer64", str(value))


def _boolean(_: Env, value: bool) -> Out:
    return Out("boolean", value)


def _coding(_: Env, value: Coding) -> Out | None:
    found = coding(value)
    return Out("Coding", found) if found else None


Convert = Callable[[Env, Any], Out | None]

_STRINGS = ("string", "markdown", "uri", "url", "code", "id", "base64Binary", "xhtml")
_DATES = ("dateTime", "date", "instant")

# Of the types that an element allows, the first that gives something is taken.
_PHRASE: dict[str, Convert] = {
    "string": _words("string"),
    "markdown": _words("markdown"),
    "CodeableConcept": _phrase_concept,
    "Annotation": _annotation,
    "Timing": _timing,
    "dateTime": _when("dateTime"),
    "instant": _when("instant"),
    "Period": _when("Period"),
    "Coding": _phrase_coding,
}
_VALUE: dict[str, Convert] = {
    "Quantity": _value_quantity,
    "Range": _value_range,
    "Ratio": _value_ratio,
    "CodeableConcept": _value_concept,
    "string": _words("string"),
    "markdown": _words("markdown"),
    "Annotation": _annotation,
}
_TABLE: tuple[tuple[type, dict[str, Convert]], ...] = (
    (Value, _VALUE),
    (Phrase, _PHRASE),
    (Fact, {"CodeableConcept": _named}),
    (Component, {"CodeableConcept": _named}),
    (Quantity, {"Quantity": _bare_quantity}),
    (Coding, {"Coding": _coding}),
    (Decimal, {"decimal": _number}),
    (bool, {"boolean": _boolean}),
    (
        int,
        {**dict.fromkeys(("integer", "unsignedInt", "positiveInt"), _integer), "integer64": _long},
    ),
    (str, {**{k: _string(k) for k in _STRINGS}, **{k: _string(k) for k in _DATES}}),
)


def converters(shape: Shape, types: tuple[str, ...]) -> list[Convert]:
    """The conversions from a shape to the types of an element, in order of preference."""
    known = next((t for cls, t in _TABLE if issubclass(shape.type, cls)), {})
    found = [f for kind, f in known.items() if kind in types]
    if "CodeableReference" in types and "CodeableConcept" in known:
        found.append(_in_reference(known["CodeableConcept"]))
    return found


def apply(env: Env, conversions: list[Convert], value: Any) -> Out | None:
    """The first conversion that gives something; words with codes are coded if they can be."""
    if isinstance(value, Phrase) and value.codes and _phrase_concept in conversions:
        return _phrase_concept(env, value)
    for convert in conversions:
        found = convert(env, value)
        if found is not None:
            return found
    return None


def _in_reference(convert: Convert) -> Convert:
    def wrapped(env: Env, value: Any) -> Out | None:
        found = convert(env, value)
        return Out("CodeableReference", {"concept": found.value}) if found else None

    return wrapped


def link(
    env: Env, space: str, key: Any, types: tuple[str, ...], targets: frozenset[str] | None
) -> Out | None:
    """A link to another thing: a Reference where the element takes one, else its name."""
    kind = next((t for t in ("Reference", "CodeableReference") if t in types), None)
    if kind is not None:
        made = (
            env.run.by_id(key.resource)
            if isinstance(key, Link)
            else env.run.find(space, str(key), targets)
        )
        if made is None or made.id == env.made.id:
            return None
        found = env.run.reference(made)
        _note(env, str(key))
        return Out(kind, found if kind == "Reference" else {"reference": found})
    fact = env.run.facts.get(str(key))
    if "CodeableConcept" in types and isinstance(fact, Fact):
        _note(env, str(key))
        return _named(env, fact)
    return None


def _note(env: Env, key: str) -> None:
    own = getattr(env.made.source, "id", "")
    env.run.linked.update({(own, key), (key, own)})


def joined(values: list[Phrase], separator: str = "; ") -> Phrase:
    """Several phrases as one: their words, all their places, codes only when there is just one."""
    if len(values) == 1:
        return values[0]
    return Phrase.model_construct(
        text=separator.join(v.text for v in values if v.text.strip()),
        evidence=tuple(e for v in values for e in v.evidence),
        codes=(),
    )

"""What has passed before: the shapes of objects that the slow gates found right.

Whether the structure gate and fhir.resources accept an object depends on its type, on which
elements it has, and on each value by itself; no rule of theirs looks further down than whether
the twin of a primitive (`_birthDate`) has an extension. So an object passes without them when an
object of the same type with the same elements has passed, its lists and objects stand where
they may, and each primitive is of the plain form of its type, which is narrower than what FHIR
allows. All else is for the slow gates, and what these accept is known from then on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from app.fhir.definitions import Place, definitions
from app.fhir.gates.structure import Walk, has_code
from app.fhir.run import DERIVATION

_MOST_KEPT = 4096
_LONGEST = 10_000  # characters of a string that is plain

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}").fullmatch
_ADDRESS = re.compile(rf"(?:urn:uuid:|[A-Za-z]{{1,40}}/){_UUID}").fullmatch
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?").fullmatch
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,15})?").fullmatch

Primitive = Callable[[Any], Any]


def _words(value: Any) -> bool:
    # what Python can print holds no control character and no white space but the blank
    return type(value) is str and 0 < len(value) < _LONGEST and value.isprintable()


def _token(value: Any) -> bool:
    return _words(value) and " " not in value


def _from(least: int) -> Primitive:
    return lambda value: type(value) is int and least <= value < 2**31


_PLAIN: dict[str, Primitive] = {
    "string": _words,
    "markdown": _words,
    "code": _token,
    "id": lambda value: type(value) is str and _ID(value),
    "boolean": lambda value: type(value) is bool,
    "integer": _from(-(2**31) + 1),
    "unsignedInt": _from(0),
    "positiveInt": _from(1),
    "uri": lambda value: type(value) is str and _ADDRESS(value),
    "base64Binary": lambda value: type(value) is str and _BASE64(value),
    "decimal": lambda value: type(value) is Decimal and _DECIMAL(str(value)),
}
# Of these, and of addresses that are no UUID, the very values that have passed are known.
_BY_VALUE = frozenset({"uri", "url", "canonical", "date", "dateTime", "instant"})

_Sign = tuple[str, tuple[str, ...], bool]
_Step = tuple[str, Place]


class Known:
    """Shapes and values that have passed under one FHIR version."""

    def __init__(self, fhir_version: str) -> None:
        self._definitions = definitions(fhir_version)
        self._shapes: dict[_Sign, tuple[_Step, ...]] = {}
        self._values: set[tuple[str, str]] = set()

    def passes(self, node: Any, kind: str, walk: Walk) -> bool:
        """Whether an object is like one that has passed. What a walk over it collects is added
        to `walk`, without paths; also when the answer is no."""
        steps = self._shapes.get(_sign(node, kind)) if type(node) is dict else None
        if steps is None:
            return False
        for name, place in steps:
            value = node[name]
            if not place.element.many:
                if not self._value(value, place, walk):
                    return False
            elif type(value) is not list or not value:
                return False
            else:
                for item in value:
                    if not self._value(item, place, walk):
                        return False
        return True

    def _value(self, value: Any, place: Place, walk: Walk) -> bool:
        kind, element = place.type, place.element
        value_set = element.value_set
        if kind in self._definitions.primitives:
            if kind == "xhtml" and type(value) is str and value.isprintable() and value:
                walk.narratives.append(("", value))
                return True
            plain = _PLAIN.get(kind)
            if not (plain and plain(value)) and not (
                type(value) is str and (kind, value) in self._values
            ):
                return False
            if value_set is not None and kind in ("code", "string", "uri"):
                allowed = self._definitions.value_sets.get(value_set)
                return not allowed or any(value in codes for codes in allowed.values())
            return True
        if type(value) is not dict or kind == "Resource":
            return False
        if kind == "Extension" and value.get("url") == DERIVATION:
            walk.derivations.append(((), value))
            return True
        if place.companion and (tuple(value) != ("extension",) or not _others(value)):
            return False
        if kind == "Reference" and type(value.get("reference")) is str:
            walk.references.append(("", value["reference"], element.targets))
        elif kind == "CodeableReference":
            inner = value.get("reference")
            if type(inner) is dict and type(inner.get("reference")) is str:
                walk.references.append(("", inner["reference"], element.targets))
        if not self.passes(value, kind, walk):
            return False
        if value_set is None or kind not in ("CodeableConcept", "Coding"):
            return True
        allowed = self._definitions.value_sets.get(value_set)
        return not allowed or has_code(value, kind, allowed)

    def learn(self, node: dict[str, Any], kind: str) -> None:
        """Remember an object that the slow gates have found right, and all inside it."""
        if len(self._shapes) + len(self._values) > _MOST_KEPT:
            self._shapes.clear()
            self._values.clear()
        properties = self._definitions.properties(kind)
        steps = tuple((name, properties[name]) for name in node if name in properties)
        whole = True
        for name, place in steps:
            value = node[name]
            for item in value if isinstance(value, list) else (value,):
                if isinstance(item, dict) and item.get("url") != DERIVATION:
                    inner = item.get("resourceType", "") if place.type == "Resource" else ""
                    self.learn(item, inner or place.type)
                    # what holds nothing but evidence was not there for fhir.resources
                    whole = whole and (tuple(item) != ("extension",) or _others(item))
                elif place.type in _BY_VALUE and isinstance(item, str) and len(item) < _LONGEST:
                    self._values.add((place.type, item))
        if whole:
            self._shapes[_sign(node, kind)] = steps


def _sign(node: dict[str, Any], kind: str) -> _Sign:
    return kind, tuple(node), "extension" in node and _others(node)


def _others(node: dict[str, Any]) -> bool:
    """Whether an object has extensions that are no evidence."""
    found = node.get("extension")
    return type(found) is not list or any(
        type(e) is not dict or e.get("url") != DERIVATION for e in found
    )


@lru_cache(maxsize=2)
def known(fhir_version: str) -> Known:
    """What this process knows of a FHIR version."""
    return Known(fhir_version)

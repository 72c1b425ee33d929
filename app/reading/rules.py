"""The mapping rules read backwards: what the elements of a resource say of the fact they tell.

The rules are the very ones that the writer follows (`mappings/fhir`, the user's folder
included), so what a user maps otherwise is read otherwise, too. Where a rule has several ways
to fill an element, the one that fits is taken, and the condition under which it stands says
something of the fact; where an element has words of several fields, the fields' own elements
say which.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.case.model import Component, Fact, Phrase, Value
from app.contents import Contents, Entry
from app.fhir.concepts import Table
from app.fhir.definitions import Definitions, Element
from app.fhir.forms import FORMS
from app.fhir.located import LocatedList, LocatedMap
from app.fhir.paths import Shape, word
from app.reading.claims import Claims
from app.reading.elements import is_place, items_of
from app.reading.forms import READERS
from app.reading.nodes import exactness, is_closed, is_first, is_literal, rank
from app.reading.values import Item, Json, Quotes, coding, phrase, places, quantity, result

FACT = "urn:case2fhir:fact"
"""The extension that holds what FHIR has no place for."""

Links = Callable[[Entry, str], str | None]
_SAID = object()
"""Instead of a value: it has been noted already."""


class Backwards:
    """Reads resources by the rules of one FHIR version."""

    def __init__(
        self,
        definitions: Definitions,
        tables: dict[str, Table],
        contents: Contents,
        quotes: Quotes,
        links: Links,
    ) -> None:
        """`links` gives the id (of a fact) or key (of a patient) that a resource stands for."""
        self.definitions = definitions
        self.tables = tables
        self.contents = contents
        self.quotes = quotes
        self.links = links

    def resource(self, rule: LocatedMap, resource: Json, claims: Claims) -> int | None:
        """Take what a resource says; how many values the rule has no explanation for, None when
        the rule cannot have made the resource."""
        if "when" in rule and not claims.guard(rule["when"], True):
            return None
        node = rule["resource"]
        return self.object(node, node["resourceType"], resource, claims)

    def object(self, node: LocatedMap, kind: str, value: Json, claims: Claims) -> int | None:
        """The same for an object of any type. An element that is written as it stands and is
        not there means that the object is another's."""
        elements, known = self.definitions.elements(kind), self.definitions.properties(kind)
        own = Item(kind, value)
        if node.get("url") == FACT:
            claims.hint = True
        if isinstance(node.get("$evidence"), str):
            self.evidence(node["$evidence"], own, claims)
        left, total = sum(key not in known for key in value if key != "resourceType"), 0
        keys = [k for k in node if k not in ("resourceType", "$when", "$evidence")]
        for key in sorted(keys, key=lambda k: is_first(node[k])):
            child = node[key]
            if key.startswith("_"):
                continue  # why something is missing, not what is said
            if key.endswith("[x]") and key in elements:
                element, items = elements[key], []
                for one in element.types:
                    items += items_of(value, key[:-3] + one[0].upper() + one[1:], one)
            elif key in known:
                element = known[key].element
                items = items_of(value, key, known[key].type)
                if not items and element.name.endswith("[x]"):
                    items = self._other_type(node, key, element, value)
                if key == "extension":  # places are read with what they stand on
                    items = [i for i in items if not is_place(i.value)]
            else:
                continue
            rest = self.take(child, element, items, claims)
            unlike = (is_literal(child) and not items) or (is_closed(child) and rest)
            if unlike and kind not in self.definitions.resources:
                return None
            left, total = left + len(rest), total + len(items)
        if total and left == total and kind not in self.definitions.resources:
            return None
        return left

    def _other_type(self, node: LocatedMap, key: str, element: Element, value: Json) -> list[Item]:
        """The value of a choice that has another type than the rule gives it: a profile, or a
        server, may have chosen it. Not where the rule itself has several types."""
        stem = element.name[:-3]
        names = {stem + one[0].upper() + one[1:]: one for one in element.types}
        if any(other in node for other in (*names, element.name) if other != key):
            return []
        return [i for name, one in names.items() for i in items_of(value, name, one)]

    def take(self, node: Any, element: Element, items: list[Item], claims: Claims) -> list[Item]:
        """Let a node of a rule explain values of an element; those that it does not explain."""
        if isinstance(node, LocatedList):
            for part in sorted(node, key=lambda n: (rank(n), -exactness(n))):
                items = self.take(part, element, items, claims)
            return items
        if isinstance(node, LocatedMap):
            if "$when" in node:
                return self._guarded(node, element, items, claims)
            return self._unguarded(node, element, items, claims)
        if isinstance(node, str) and node.startswith("$"):
            return self._path(node, element, items, claims)
        if isinstance(node, str) and node.startswith("@"):
            return []
        return [i for i in items if i.value != node]

    def _guarded(
        self, node: LocatedMap, element: Element, items: list[Item], claims: Claims
    ) -> list[Item]:
        tried = claims.copy()
        rest = self._unguarded(node, element, items, tried)
        if len(rest) < len(items) and tried.guard(node["$when"], True):
            claims.become(tried)
            return rest
        if is_literal(node) or claims.hint:
            claims.guard(node["$when"], False)
        return items

    def _unguarded(
        self, node: LocatedMap, element: Element, items: list[Item], claims: Claims
    ) -> list[Item]:
        form = next((k for k in node if k in FORMS), None)
        if form is not None:
            return READERS[form](self, node, element, items, claims)
        rest = []
        for item in items:
            tried = claims.copy()
            fits = isinstance(item.value, dict) and self.object(node, item.type, item.value, tried)
            if fits is not False and fits is not None:
                claims.become(tried)
            else:
                rest.append(item)
        return rest

    def _path(self, node: str, element: Element, items: list[Item], claims: Claims) -> list[Item]:
        shape = claims.shape(node)
        rest = []
        joined = shape.many and not element.many
        for item in items:
            found = self.value(node, shape, item, claims)
            if found is None:
                rest.append(item)
            elif found is not _SAID:
                if joined and not claims.hint:
                    claims.later.append(((node,), found, "; "))
                else:
                    claims.say(node, found)
        return rest

    def value(self, node: str, shape: Shape, item: Item, claims: Claims) -> Any:
        """The value that an item gives a field: None for none, _SAID when it is noted already."""
        if shape.key is not None:
            return self._link(shape.key, item)
        if shape.words is not None:
            return _SAID if claims.allow(node, [word(item.value)]) else None
        kind = shape.type
        if issubclass(kind, Fact | Component):
            return self._named(item, claims)
        if issubclass(kind, Value):
            return result(item, self.quotes)
        if issubclass(kind, Phrase):
            return self.sided(phrase(item, self.quotes))
        if kind.__name__ == "Quantity":
            return quantity(item.value)
        if kind.__name__ == "Coding":
            return coding(item.value)
        if kind.__name__ == "Link":
            return _SAID
        return item.value

    def _named(self, item: Item, claims: Claims) -> Any:
        """The name of the fact itself: words, codes and where the full name stands."""
        value = item.value.get("concept") if item.type == "CodeableReference" else item.value
        if not isinstance(value, dict):
            return None
        found = phrase(Item("CodeableConcept", value), self.quotes)
        if found is None:
            return None
        claims.say("name", found["text"])
        for code in found["codes"]:
            claims.say("codes", code)
        where = "name_evidence" if issubclass(claims.root.type, Fact) else "evidence"
        for place in found["evidence"]:
            claims.say(where, place)
        return _SAID

    def sided(self, found: Json | None) -> Json | None:
        """A site with its side."""
        side = found.pop("side", []) if found else []
        if found and side:
            for name, row in self.tables["laterality"].rows.items():
                if any(c["code"] == row.code and c["system"] == row.system for c in side):
                    found["laterality"] = name
        return found

    def _link(self, space: str, item: Item) -> Any:
        """The id of the fact that a reference points at; a concept only repeats its name."""
        reference = item.value
        if item.type == "CodeableReference" and isinstance(reference, dict):
            reference = reference.get("reference")
        if item.type == "CodeableConcept" or reference is None:
            return _SAID
        target = self.contents.resolve(reference)
        return self.links(target, space) if target is not None else None

    def evidence(self, path: str, item: Item, claims: Claims) -> None:
        """The places on an element, for the field that a rule says they are of."""
        inside = "evidence" in getattr(claims.shape(path).type, "model_fields", {})
        for place in places(item.extensions):
            claims.say(f"{path}.evidence" if inside else path, place)

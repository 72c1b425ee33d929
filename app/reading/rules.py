"""The mapping rules read backwards: what the elements of a resource say of the fact they tell.

The rules are the very ones that the writer follows (`mappings/fhir`, the user's folder
included), so what a user maps otherwise is read otherwise, too. Where a rule has several ways
to fill an element, the one that fits is taken, and the condition under which it stands says
something of the fact; where an element has words of several fields, the fields' own elements
say which.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from typing import Any

from app.case.model import Component, Fact, Phrase, Value
from app.contents import Contents, Entry
from app.fhir.concepts import Table
from app.fhir.definitions import Definitions, Element
from app.fhir.forms import FORMS
from app.fhir.located import LocatedList, LocatedMap
from app.fhir.paths import Shape, word
from app.fhir.run import DERIVATION
from app.reading.claims import Claims
from app.reading.values import Item, Json, Quotes, coding, codings, phrase, places, quantity, result

FACT = "urn:case2fhir:fact"
"""The extension that holds what FHIR has no place for."""

Links = Callable[[Entry, str], str | None]
_CODED = ("code", "Coding", "CodeableConcept", "CodeableReference", "string", "uri")


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
            self._evidence(node["$evidence"], own, claims)
        left, total = sum(key not in known for key in value if key != "resourceType"), 0
        keys = [k for k in node if k not in ("resourceType", "$when", "$evidence")]
        for key in sorted(keys, key=lambda k: _is_first(node[k])):
            child = node[key]
            if key.startswith("_"):
                continue  # why something is missing, not what is said
            if key.endswith("[x]") and key in elements:
                element, items = elements[key], []
                for one in element.types:
                    items += _items(value, key[:-3] + one[0].upper() + one[1:], one)
            elif key in known:
                element = known[key].element
                items = _items(value, key, known[key].type)
                if key == "extension":  # places are read with what they stand on
                    items = [i for i in items if not _is_place(i.value)]
            else:
                continue
            rest = self.take(child, element, items, claims)
            if (
                _is_literal(child)
                and (rest or not items)
                and kind not in self.definitions.resources
            ):
                return None
            left, total = left + len(rest), total + len(items)
        if total and left == total and kind not in self.definitions.resources:
            return None
        return left

    def take(self, node: Any, element: Element, items: list[Item], claims: Claims) -> list[Item]:
        """Let a node of a rule explain values of an element; those that it does not explain."""
        if isinstance(node, LocatedList):
            for part in sorted(node, key=lambda n: (_rank(n), -_exactness(n))):
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
        if _is_literal(node) or claims.hint:
            claims.guard(node["$when"], False)
        return items

    def _unguarded(
        self, node: LocatedMap, element: Element, items: list[Item], claims: Claims
    ) -> list[Item]:
        form = next((k for k in node if k in FORMS), None)
        if form is not None:
            return _READERS[form](self, node, element, items, claims)
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
            found = self._value(node, shape, item, claims)
            if found is None:
                rest.append(item)
            elif found is not _SAID:
                if joined and not claims.hint:
                    claims.later.append(((node,), found, "; "))
                else:
                    claims.say(node, found)
        return rest

    def _value(self, node: str, shape: Shape, item: Item, claims: Claims) -> Any:
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
            return self._sided(phrase(item, self.quotes))
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

    def _sided(self, found: Json | None) -> Json | None:
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

    def _evidence(self, path: str, item: Item, claims: Claims) -> None:
        """The places on an element, for the field that a rule says they are of."""
        inside = "evidence" in getattr(claims.shape(path).type, "model_fields", {})
        for place in places(item.extensions):
            claims.say(f"{path}.evidence" if inside else path, place)

    # The forms, each the reverse of what `app.fhir.forms` does.

    def _use(
        self, node: LocatedMap, element: Element, items: list[Item], claims: Claims
    ) -> list[Item]:
        return self.take(node["$use"], element, items, claims)

    def _first(
        self, node: LocatedMap, element: Element, items: list[Item], claims: Claims
    ) -> list[Item]:
        options = node["$first"]
        if all(isinstance(o, str) and o.startswith("$") for o in options):
            return self._any_of(options, items, claims)
        for number, option in enumerate(options):
            tried = claims.copy()
            rest = self.take(option, element, items, tried)
            before = [o["$when"] for o in options[:number] if _is_guarded(o)]
            if len(rest) < len(items) and all(tried.guard(w, False) for w in before):
                claims.become(tried)
                return rest
        return items

    def _any_of(self, options: LocatedList, items: list[Item], claims: Claims) -> list[Item]:
        """Words of one of several fields: of which, the rest of the resource says."""
        rest = []
        for item in items:
            found = self._value(options[0], claims.shape(options[0]), item, claims)
            if found is None:
                rest.append(item)
            else:
                claims.later.append((tuple(options), found, ""))
        return rest

    def _each(
        self, node: LocatedMap, element: Element, items: list[Item], claims: Claims
    ) -> list[Item]:
        shape, rest = claims.shape(node["$each"]), []
        for item in items:
            inner = Claims(Shape(shape.type, shape.key, shape.words))
            inner.hint = claims.hint
            if self.take(node["$as"], element, [item], inner):
                rest.append(item)
                continue
            own = inner.values.get("", [])
            found = inner.fields()
            if own and isinstance(own[0], dict):
                found = {**own[0], **found}
            if found or own:
                claims.say(node["$each"], found or own[0])
        return rest

    def _valued(
        self, node: LocatedMap, element: Element, items: list[Item], claims: Claims
    ) -> list[Item]:
        for item in items:
            self._evidence(node["$evidence"], item, claims)
        return self.take(node["$value"], element, items, claims)

    def _say(self, node: LocatedMap, _: Element, items: list[Item], claims: Claims) -> list[Item]:
        label, rest = str(node["$say"]), []
        plain = not issubclass(claims.shape(node["$of"]).type, Phrase)
        for item in items:
            found = self._sided(phrase(item, self.quotes))
            if found is None or not found["text"].startswith(label):
                rest.append(item)
                continue
            found["text"] = found["text"][len(label) :]
            claims.say(node["$of"], found["text"] if plain else found)
        return rest

    def _join(self, node: LocatedMap, _: Element, items: list[Item], claims: Claims) -> list[Item]:
        paths = tuple(node["$join"])
        for item in items:
            found = phrase(item, self.quotes)
            if found is not None:
                claims.later.append((paths, found, ", "))
        return []

    def _refer(self, node: LocatedMap, _: Element, items: list[Item], claims: Claims) -> list[Item]:
        shape, rest = claims.shape(node["$refer"]), []
        for item in items:
            reference = item.value
            if item.type == "CodeableReference" and isinstance(reference, dict):
                reference = reference.get("reference")
            target = self.contents.resolve(reference)
            found = self.links(target, shape.key or "fact") if target is not None else None
            if target is None or target.type not in node["$to"] or found is None:
                rest.append(item)
            else:
                claims.say(node["$refer"], found)
        return rest

    def _table(self, node: LocatedMap, _: Element, items: list[Item], claims: Claims) -> list[Item]:
        rows, of = self.tables[node["$table"]].rows, str(node["$of"])
        rest = []
        for item in items:
            coded = _codes(item)
            meant = [w for w, r in rows.items() if any(_same(r, c) for c in coded)]
            words = self._sided(phrase(item, self.quotes)) if "$words" in node else None
            said = words is not None and (words["evidence"] or _has_text(item))
            if of.startswith("$"):
                known = claims.shape(of).words
                fits = known is None or bool(meant and claims.allow(of, meant))
            else:
                fits = of in meant
            if not fits or ("$words" in node and not said and "$else" not in node):
                rest.append(item)
                continue
            if said and words is not None:
                claims.say(node["$words"], {**words, "codes": []})
            if "$evidence" in node:
                self._evidence(node["$evidence"], item, claims)
        return rest


_SAID = object()

_READERS = {
    "$use": Backwards._use,
    "$first": Backwards._first,
    "$each": Backwards._each,
    "$value": Backwards._valued,
    "$say": Backwards._say,
    "$join": Backwards._join,
    "$refer": Backwards._refer,
    "$table": Backwards._table,
}


def _items(value: Json, key: str, kind: str) -> list[Item]:
    """The values of an element, with what their twins carry."""
    given, twin = value.get(key), value.get("_" + key)
    if given is None and twin is None:
        return []
    if not isinstance(given, list) and not isinstance(twin, list):
        return [Item(kind, given, twin)]
    own = given if isinstance(given, list) else []
    beside = twin if isinstance(twin, list) else []
    return [Item(kind, v, t) for v, t in zip_longest(own, beside) if v is not None or t]


def _is_place(value: Any) -> bool:
    return isinstance(value, dict) and value.get("url") == DERIVATION


def _codes(item: Item) -> list[Json]:
    """The codes of an element of any coded type."""
    if isinstance(item.value, str):
        return [{"system": "", "code": item.value}]
    if not isinstance(item.value, dict):
        return []
    if item.type == "Coding":
        found = coding(item.value)
        return [found] if found else []
    value = item.value.get("concept") if item.type == "CodeableReference" else item.value
    return codings(value) if isinstance(value, dict) else []


def _same(row: Any, code: Json) -> bool:
    """Whether a row of a table is a code; a primitive may hold the row's display instead."""
    if not code["system"]:
        return bool(code["code"] in (row.code, row.display))
    return bool(row.code == code["code"] and row.system == code["system"])


def _has_text(item: Item) -> bool:
    value = item.value
    return isinstance(value, str) or (isinstance(value, dict) and bool(value.get("text")))


def _is_first(node: Any) -> bool:
    """Whether a node is a choice under conditions: read last, when more is known."""
    return isinstance(node, LocatedMap) and "$first" in node


def _is_guarded(node: Any) -> bool:
    return isinstance(node, LocatedMap) and "$when" in node


def _is_literal(node: Any) -> bool:
    """Whether a node is written as it stands, whatever the fact says."""
    if isinstance(node, LocatedMap):
        if "$use" in node:
            return _is_literal(node["$use"])
        if "$table" in node:
            return not str(node["$of"]).startswith("$") and "$words" not in node
        keys = [k for k in node if k != "$when"]
        return not any(k.startswith("$") for k in keys) and all(_is_literal(node[k]) for k in keys)
    if isinstance(node, LocatedList):
        return all(_is_literal(n) for n in node)
    return not (isinstance(node, str) and node.startswith(("$", "@")))


def _exactness(node: Any) -> int:
    """How much of a node is written as it stands: labels and literals."""
    if isinstance(node, LocatedMap):
        own = [v for k, v in node.items() if k not in ("$when", "$of", "$table")]
        return sum(map(_exactness, own))
    if isinstance(node, LocatedList):
        return sum(map(_exactness, node))
    return int(not (isinstance(node, str) and node.startswith(("$", "@"))))


def _rank(node: Any) -> int:
    """The order in which the parts of a list are asked: the most exact first."""
    if isinstance(node, str):
        return 5 if node.startswith("@") else 4 if node.startswith("$") else 0
    if isinstance(node, LocatedMap):
        if _is_literal(node):
            return 0
        if "$use" in node:
            return _rank(node["$use"])
        if "$each" in node:
            return _rank(node["$as"])
        if "$say" in node:
            return 2
        return 3 if any(k in FORMS for k in node) else 1
    return 3

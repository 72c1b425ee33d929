"""The forms of mapping rules read backwards, each the reverse of one in `app.fhir.forms`.

Every reader takes the values of an element and gives back those that it has no explanation for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.case.model import Phrase
from app.fhir.definitions import Element
from app.fhir.located import LocatedList, LocatedMap
from app.fhir.paths import Shape
from app.reading.claims import Claims
from app.reading.elements import codes_of, has_text, same
from app.reading.nodes import is_guarded
from app.reading.values import Item, phrase

if TYPE_CHECKING:
    from app.reading.rules import Backwards


def _use(
    reader: Backwards, node: LocatedMap, element: Element, items: list[Item], claims: Claims
) -> list[Item]:
    return reader.take(node["$use"], element, items, claims)


def _first(
    reader: Backwards, node: LocatedMap, element: Element, items: list[Item], claims: Claims
) -> list[Item]:
    options = node["$first"]
    if all(isinstance(o, str) and o.startswith("$") for o in options):
        return _any_of(reader, options, items, claims)
    for number, option in enumerate(options):
        tried = claims.copy()
        rest = reader.take(option, element, items, tried)
        before = [o["$when"] for o in options[:number] if is_guarded(o)]
        if len(rest) < len(items) and all(tried.guard(w, False) for w in before):
            claims.become(tried)
            return rest
    return items


def _any_of(
    reader: Backwards, options: LocatedList, items: list[Item], claims: Claims
) -> list[Item]:
    """Words of one of several fields: of which, the rest of the resource says."""
    rest = []
    for item in items:
        found = reader.value(options[0], claims.shape(options[0]), item, claims)
        if found is None:
            rest.append(item)
        else:
            claims.later.append((tuple(options), found, ""))
    return rest


def _each(
    reader: Backwards, node: LocatedMap, element: Element, items: list[Item], claims: Claims
) -> list[Item]:
    shape, rest = claims.shape(node["$each"]), []
    for item in items:
        inner = Claims(Shape(shape.type, shape.key, shape.words))
        inner.hint = claims.hint
        if reader.take(node["$as"], element, [item], inner):
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
    reader: Backwards, node: LocatedMap, element: Element, items: list[Item], claims: Claims
) -> list[Item]:
    for item in items:
        reader.evidence(node["$evidence"], item, claims)
    return reader.take(node["$value"], element, items, claims)


def _say(
    reader: Backwards, node: LocatedMap, _: Element, items: list[Item], claims: Claims
) -> list[Item]:
    label, rest = str(node["$say"]), []
    plain = not issubclass(claims.shape(node["$of"]).type, Phrase)
    for item in items:
        found = reader.sided(phrase(item, reader.quotes))
        if found is None or not found["text"].startswith(label):
            rest.append(item)
            continue
        found["text"] = found["text"][len(label) :]
        claims.say(node["$of"], found["text"] if plain else found)
    return rest


def _join(
    reader: Backwards, node: LocatedMap, _: Element, items: list[Item], claims: Claims
) -> list[Item]:
    paths = tuple(node["$join"])
    for item in items:
        found = phrase(item, reader.quotes)
        if found is not None:
            claims.later.append((paths, found, ", "))
    return []


def _refer(
    reader: Backwards, node: LocatedMap, _: Element, items: list[Item], claims: Claims
) -> list[Item]:
    shape, rest = claims.shape(node["$refer"]), []
    for item in items:
        reference = item.value
        if item.type == "CodeableReference" and isinstance(reference, dict):
            reference = reference.get("reference")
        target = reader.contents.resolve(reference)
        found = reader.links(target, shape.key or "fact") if target is not None else None
        if target is None or target.type not in node["$to"] or found is None:
            rest.append(item)
        else:
            claims.say(node["$refer"], found)
    return rest


def _table(
    reader: Backwards, node: LocatedMap, _: Element, items: list[Item], claims: Claims
) -> list[Item]:
    rows, of = reader.tables[node["$table"]].rows, str(node["$of"])
    rest = []
    for item in items:
        coded = codes_of(item)
        meant = [w for w, r in rows.items() if any(same(r, c) for c in coded)]
        words = reader.sided(phrase(item, reader.quotes)) if "$words" in node else None
        said = words is not None and (words["evidence"] or has_text(item))
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
            reader.evidence(node["$evidence"], item, claims)
    return rest


Reader = Callable[["Backwards", LocatedMap, Element, list[Item], Claims], list[Item]]
READERS: dict[str, Reader] = {
    "$use": _use,
    "$first": _first,
    "$each": _each,
    "$value": _valued,
    "$say": _say,
    "$join": _join,
    "$refer": _refer,
    "$table": _table,
}

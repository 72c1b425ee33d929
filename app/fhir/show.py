"""What a kind of fact becomes, as rows of a table: the mapping rules of all layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import InputError
from app.fhir.definitions import Definitions, Element, definitions
from app.fhir.located import LocatedList, LocatedMap
from app.fhir.rules import raw_rules
from app.fhir.sources import SOURCES
from app.resources import builtin


@dataclass(frozen=True, slots=True)
class Row:
    """An element: where its value is from and when, the concept table, the value set whose codes
    FHIR demands, and file and line if it is not a built-in rule of all bundles."""

    element: str
    source: str
    when: str = ""
    table: str = ""
    required: str = ""
    changed: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A rule: its file's name, the kind of fact that it reads and the resource that it makes."""

    name: str
    kind: str
    resource_type: str
    when: str
    rows: tuple[Row, ...]


def show(layers: Sequence[Path], fhir_version: str, wanted: str | None = None) -> list[Shown]:
    """The rules of a kind of fact, a resource type or a file name; all when none is wanted.

    Raises InputError for a name that is none of these, MappingError for a wrong file.
    """
    known = definitions(fhir_version)
    out = []
    for name, node in sorted(raw_rules(layers, known).items()):
        resource = node["resource"]
        kind, made = str(node.get("for")), str(resource.get("resourceType"))
        if wanted is None or wanted in (name, kind, made):
            rows = tuple(_object(resource, made, "", "", known))
            out.append(Shown(name, kind, made, _guard(node.get("when")), rows))
    if not out:
        raise InputError(
            f"nothing is made of that; kinds are {', '.join(SOURCES)}; resource types and names of"
            " rule files are taken, too",
            place="KIND",
        )
    order = list(SOURCES)
    return sorted(out, key=lambda s: (order.index(s.kind) if s.kind in order else -1, s.name))


def _object(
    node: LocatedMap, type_name: str, path: str, when: str, known: Definitions
) -> Iterator[Row]:
    """The rows of an object's elements."""
    elements, properties = known.elements(type_name), known.properties(type_name)
    when = _both(when, _guard(node.get("$when")))
    hidden = ["resourceType", "$when"]
    if type_name == "Extension" and isinstance(node.get("url"), str):
        path = f"{path}[{node['url'].rsplit('/', 1)[-1]}]"
        hidden.append("url")
    for key, child in node.items():
        if key in hidden:
            continue
        at = f"{path}.{key}" if path else key
        place = _changed(node.place(key))
        if key == "$evidence":
            yield Row(f"{path or type_name} (places)", str(child), when, changed=place)
        elif key in elements:
            element = elements[key]
            yield from _node(child, element, element.types, at, when, place, known)
        elif key in properties:
            prop = properties[key]
            yield from _node(child, prop.element, (prop.type,), at, when, place, known)


def _node(
    node: Any,
    element: Element,
    types: tuple[str, ...],
    path: str,
    when: str,
    place: str,
    known: Definitions,
) -> Iterator[Row]:
    """The rows of one element, one for each way in which it may get its value."""
    if isinstance(node, LocatedList):
        for index, item in enumerate(node):
            spot = _changed(node.place(index)) or place
            yield from _node(item, element, types, path, when, spot, known)
        return
    required = (element.value_set or "").rsplit("/", 1)[-1]
    if not isinstance(node, LocatedMap):
        yield Row(path, _leaf(node), when, required=required, changed=place)
        return
    form = next((key for key in node if key.startswith("$") and key != "$when"), None)
    if form is None or form == "$evidence":
        if len(types) == 1 and known.has_type(types[0]):
            yield from _object(node, types[0], path, when, known)
        return
    when = _both(when, _guard(node.get("$when")))
    if form == "$first":
        for index, item in enumerate(node["$first"]):
            also = when if index == 0 else _both("else", when)
            yield from _node(item, element, types, path, also, place, known)
    elif form == "$use":
        yield from _node(node["$use"], element, types, path, when, place, known)
    elif form == "$each":
        also = _both(when, f"each {node['$each']}")
        yield from _node(node["$as"], element, types, path, also, place, known)
    elif form == "$value":
        yield from _node(node["$value"], element, types, path, when, place, known)
    elif form == "$table":
        source = str(node.get("$of", ""))
        source += f" with the words of {node['$words']}" if "$words" in node else ""
        yield Row(path, source, when, str(node["$table"]), required, place)
    else:
        yield Row(path, _form(form, node), when, required=required, changed=place)


def _form(form: str, node: LocatedMap) -> str:
    if form == "$say":
        return f'"{node["$say"]}" {node.get("$of", "")}'
    if form == "$join":
        return " + ".join(map(str, node["$join"]))
    if form == "$refer":
        return f"{node['$refer']} ({', '.join(map(str, node.get('$to', ())))})"
    return form


def _leaf(node: Any) -> str:
    if isinstance(node, bool):
        return str(node).lower()
    text = str(node)
    return text if text.startswith(("$", "@")) else f'"{text}"'


def _guard(node: Any) -> str:
    """A guard in words."""
    if isinstance(node, LocatedList):
        return " or ".join(f"({_guard(item)})" for item in node)
    if not isinstance(node, LocatedMap):
        return ""
    return ", ".join(_condition(str(path), condition) for path, condition in node.items())


def _condition(path: str, condition: Any) -> str:
    if isinstance(condition, LocatedMap):
        if "not" in condition:
            return f"{path} not {_words(condition['not'])}"
        ((name, value),) = condition.items()
        return f"{path} {name}" if value else f"no {path}" if name == "exists" else f"not {name}"
    return f"{path} {_words(condition)}"


def _words(node: Any) -> str:
    if isinstance(node, LocatedList):
        return " or ".join(map(_words, node))
    return str(node).lower() if isinstance(node, bool) else str(node)


def _both(first: str, second: str) -> str:
    return "; ".join(part for part in (first, second) if part)


def _changed(place: str) -> str:
    """The place, if it is not in a built-in rule of all bundles."""
    inside = str(builtin() / "fhir")
    return "" if place.startswith(inside) else place

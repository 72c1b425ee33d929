"""Read the mapping rules of all layers and compile them for one FHIR version.

First every layer's `fhir/r4`, then, for R5, every layer's `fhir/r5`: a file with
`resource:` replaces what was there, one with `set:`, `add:` or `remove:` changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import MappingError
from app.fhir.compiler import Compiler
from app.fhir.concepts import Table
from app.fhir.datatypes import Json
from app.fhir.definitions import Definitions, Element
from app.fhir.forms import Node
from app.fhir.guards import Guard, compile_guard
from app.fhir.located import LocatedList, LocatedMap, read_yaml
from app.fhir.paths import Shape
from app.fhir.run import Env
from app.fhir.sources import SOURCES

_WHOLE = ("for", "when", "section", "resource")
_CHANGE = ("when", "section", "set", "add", "remove")


@dataclass(frozen=True)
class Rule:
    """How a source becomes a resource. `when` decides whether, `section` where it is listed
    in a document bundle, `build` what it looks like, `every` what all resources have."""

    name: str
    kind: str
    resource_type: str
    when: Guard | None
    section: Node | None
    build: Callable[[Env], Json | None]
    every: Callable[[Env], Json | None]


def load_rules(
    layers: Sequence[Path], definitions: Definitions, tables: dict[str, Table]
) -> dict[str, tuple[Rule, ...]]:
    """Compiled rules by the name of their source, in the order of their file names."""
    raw = _read(layers, definitions)
    every = raw.pop("every", None)
    compiler = Compiler(definitions, tables, frozenset(raw))
    out: dict[str, list[Rule]] = {name: [] for name in SOURCES}
    for name in sorted(raw):
        rule = _compile(name, raw[name], every, compiler)
        out[rule.kind].append(rule)
    return {kind: tuple(rules) for kind, rules in out.items()}


def raw_rules(layers: Sequence[Path], definitions: Definitions) -> dict[str, LocatedMap]:
    """The rules as they are written, by file name, all layers laid over each other."""
    raw = _read(layers, definitions)
    raw.pop("every", None)
    return raw


def _read(layers: Sequence[Path], definitions: Definitions) -> dict[str, LocatedMap]:
    folders = [layer / "fhir" / "r4" for layer in layers]
    if definitions.fhir_version == "5.0":
        folders += [layer / "fhir" / "r5" for layer in layers]
    raw: dict[str, LocatedMap] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
            node = read_yaml(path)
            if "resource" in node:
                raw[path.stem] = _whole(node)
            elif path.stem in raw:
                raw[path.stem] = _changed(raw[path.stem], node, definitions)
            else:
                raise MappingError("a new rule needs for: and resource:", place=node.place())
    return raw


def _whole(node: LocatedMap) -> LocatedMap:
    _known(node, _WHOLE)
    if not isinstance(node["resource"], LocatedMap):
        raise MappingError("resource is a mapping", place=node.place("resource"))
    if "for" not in node:
        raise MappingError("for: names the source and is missing", place=node.place())
    return node


def _known(node: LocatedMap, keys: tuple[str, ...]) -> None:
    for key in node:
        if key not in keys:
            known = ", ".join(keys)
            raise MappingError(f"unknown key {key}; known: {known}", place=node.place(key))


def _changed(base: LocatedMap, change: LocatedMap, definitions: Definitions) -> LocatedMap:
    """A rule with another file's changes; elements keep their order."""
    _known(change, _CHANGE)
    out = base.copy()
    resource = base["resource"].copy()
    for key in ("when", "section"):
        if key in change:
            out.put(key, change[key], change.place(key))
    removed = change.get("remove", LocatedList())
    for index, name in enumerate(removed):
        if name not in resource and name not in definitions.properties(resource["resourceType"]):
            raise MappingError(f"no element {name} to remove", place=removed.place(index))
        resource.pop(name, None)
    for name, value in change.get("set", {}).items():
        resource.put(name, value, change["set"].place(name))
    for name, value in change.get("add", {}).items():
        place = change["add"].place(name)
        joined = LocatedList()
        for node in (resource.get(name), value):
            if isinstance(node, LocatedList):
                for index, item in enumerate(node):
                    joined.put(item, node.place(index))
            elif node is not None:
                joined.put(node, place)
        resource.put(name, joined, place)
    out.put("resource", resource, base.place("resource"))
    return out


def _compile(name: str, node: LocatedMap, every: LocatedMap | None, compiler: Compiler) -> Rule:
    kind = node["for"]
    if kind not in SOURCES:
        known = ", ".join(SOURCES)
        raise MappingError(f"no source {kind}; known: {known}", place=node.place("for"))
    root = Shape(SOURCES[kind])
    resource = node["resource"]
    resource_type = resource.get("resourceType")
    if resource_type not in compiler.definitions.resources:
        raise MappingError(
            f"{resource_type} is no resource of FHIR {compiler.definitions.version}",
            place=resource.place("resourceType"),
        )
    section = None
    if node.get("section", "none") != "none":
        place = node.place("section")
        element = Element("section", ("string",), 0, False, None, None)
        section = compiler.node(node["section"], element, ("string",), root, place)
    guard = compile_guard(node["when"], root, node.place("when")) if "when" in node else None
    return Rule(
        name=name,
        kind=kind,
        resource_type=resource_type,
        when=guard,
        section=section,
        build=compiler.object(resource, resource_type, root),
        every=_every(every, resource_type, root, compiler),
    )


def _every(
    node: LocatedMap | None, resource_type: str, root: Shape, compiler: Compiler
) -> Callable[[Env], Json | None]:
    """The elements that every resource has, as far as this type knows them."""
    if node is None:
        return lambda _: None
    resource = node["resource"].copy()
    known = compiler.definitions.properties(resource_type)
    for key in list(resource):
        if key not in known:
            del resource[key]
    return compiler.object(resource, resource_type, root)


def section_words(table: Table) -> tuple[str, ...]:
    """The sections of a document bundle, in their order."""
    return tuple(table.rows)

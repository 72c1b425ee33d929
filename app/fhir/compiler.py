"""Compile resource-shaped YAML into functions. The grammar is in mappings/README.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.case.model import Evidence, Phrase
from app.errors import MappingError
from app.fhir import convert
from app.fhir.concepts import Table
from app.fhir.datatypes import Json, Out
from app.fhir.definitions import Definitions, Element
from app.fhir.forms import FORMS, Node, places, unique
from app.fhir.guards import compile_guard
from app.fhir.located import LocatedList, LocatedMap
from app.fhir.paths import Path, Shape, compile_path
from app.fhir.run import Env

_JOINABLE = ("CodeableConcept", "string", "markdown", "CodeableReference", "Annotation", "Period")


class Compiler:
    """Compiles the rules of one FHIR version."""

    def __init__(
        self, definitions: Definitions, tables: dict[str, Table], rules: frozenset[str]
    ) -> None:
        self.definitions = definitions
        self.tables = tables
        self.rules = rules

    def object(self, node: LocatedMap, type_name: str, root: Shape) -> Callable[[Env], Json | None]:
        """An object of a FHIR type; None when it would be empty or lacks what is mandatory."""
        known = self.definitions.properties(type_name)
        elements = self.definitions.elements(type_name)
        fields: list[tuple[str, bool, bool, Node]] = []
        evidence: Path | None = None
        for key, child in node.items():
            place = node.place(key)
            if key == "resourceType" or key == "$when":
                continue
            if key == "$evidence":
                evidence = self.evidence(child, root, place)
            elif key.endswith("[x]") and key in elements:
                element = elements[key]
                fields.append(
                    (key[:-3], True, False, self.node(child, element, element.types, root, place))
                )
            elif key in known:
                at = known[key]
                many = at.element.many
                fields.append(
                    (key, False, many, self.node(child, at.element, (at.type,), root, place))
                )
            else:
                raise MappingError(f"{type_name} has no element {key}", place=place)
        # A resource that lacks something mandatory is for the gates to report; an element
        # that does is left out.
        needed = [
            (name.removesuffix("[x]"), name.endswith("[x]"))
            for name, e in elements.items()
            if e.minimum and type_name not in self.definitions.resources
        ]
        guard = compile_guard(node["$when"], root, node.place("$when")) if "$when" in node else None
        extension_type = type_name == "Extension"
        of_resource = type_name in self.definitions.resources

        def build(env: Env) -> Json | None:
            if guard is not None and not guard(env.item):
                return None
            out: Json = {}
            for name, choice, many, fn in fields:
                found = fn(env)
                if found:
                    _put(out, name, choice, many, found)
            if not out and not of_resource:
                return None  # places alone say nothing
            if evidence is not None:
                _attach(out, env.run.evidence(places(evidence.values(env.item))))
            for name, choice in needed:
                if not _has(out, name, choice):
                    return None
            if extension_type and len(out) < 2:
                return None
            return out or None

        return build

    def evidence(self, node: Any, root: Shape, place: str) -> Path:
        """A path to evidence, or to something that has evidence."""
        if not isinstance(node, str) or not node.startswith("$"):
            raise MappingError("$evidence takes a path", place=place)
        path = compile_path(node, root, place)
        fields = getattr(path.shape.type, "model_fields", {})
        if path.shape.type is not Evidence and "evidence" not in fields:
            raise MappingError(f"{node} has no evidence", place=place)
        return path

    def node(
        self, node: Any, element: Element, types: tuple[str, ...], root: Shape, place: str
    ) -> Node:
        """Whatever may stand as the value of an element."""
        if isinstance(node, LocatedList):
            parts = [self.node(n, element, types, root, node.place(i)) for i, n in enumerate(node)]
            return lambda env: [out for part in parts for out in part(env)]
        if isinstance(node, LocatedMap):
            form = next((k for k in node if k in FORMS), None)
            if form is not None:
                return self.form(form, node, element, types, root)
            if len(types) != 1 or not self.definitions.has_type(types[0]):
                raise MappingError(f"{element.name} takes a value, not a mapping", place=place)
            build = self.object(node, types[0], root)
            kind = types[0]

            def one(env: Env) -> list[Out]:
                found = build(env)
                return [Out(kind, found)] if found is not None else []

            return one
        if isinstance(node, str) and node.startswith("$"):
            return self.path(node, element, types, root, place)
        if isinstance(node, str) and node.startswith("@"):
            return self.made(node, element, types, place)
        return self.literal(node, element, types, place)

    def form(
        self, form: str, node: LocatedMap, element: Element, types: tuple[str, ...], root: Shape
    ) -> Node:
        """A leaf form (`$table`, `$first`, ...), with its guard if it has one."""
        compile_form, needed, optional = FORMS[form]
        for key in needed:
            if key not in node:
                raise MappingError(f"{form} needs {key}", place=node.place())
        for key in node:
            if key not in (*needed, *optional, "$when"):
                known = ", ".join((*needed, *optional, "$when"))
                raise MappingError(
                    f"unknown key {key} beside {form}; known: {known}", place=node.place(key)
                )
        fn = compile_form(self, node, element, types, root)
        if "$when" not in node:
            return fn
        guard = compile_guard(node["$when"], root, node.place("$when"))
        return lambda env: fn(env) if guard(env.item) else []

    def literal(self, node: Any, element: Element, types: tuple[str, ...], place: str) -> Node:
        """A word, number or truth value that is written as it stands."""
        kind = types[0]
        if len(types) != 1 or kind not in self.definitions.primitives:
            raise MappingError(f"{element.name} needs a mapping or a path", place=place)
        if isinstance(node, bool) != (kind == "boolean"):
            raise MappingError(f"{element.name} is of type {kind}", place=place)
        allowed = self.definitions.value_sets.get(element.value_set or "")
        if kind == "code" and allowed and not any(node in c for c in allowed.values()):
            raise MappingError(f"{node} is no code of {element.value_set}", place=place)
        out = [Out(kind, node)]
        return lambda _: out

    def path(
        self, node: str, element: Element, types: tuple[str, ...], root: Shape, place: str
    ) -> Node:
        """A path: converted by the type of its value and of the element."""
        path = compile_path(node, root, place)
        values, shape = path.values, path.shape
        space = shape.key
        if space is None and shape.type.__name__ == "Link":
            space = "link"
        if space is not None:
            if not {"Reference", "CodeableReference", "CodeableConcept"} & set(types):
                raise MappingError(f"{element.name} takes no link such as {node}", place=place)
            targets = element.targets

            def links(env: Env) -> list[Out]:
                found = (convert.link(env, space, v, types, targets) for v in values(env.item))
                return unique([f for f in found if f is not None])

            return links
        conversions = convert.converters(shape, types)
        if not conversions:
            name = shape.type.__name__
            raise MappingError(
                f"{node} is a {name}, which {element.name} ({', '.join(types)}) cannot hold",
                place=place,
            )
        join = not element.many and issubclass(shape.type, Phrase) and set(types) & set(_JOINABLE)

        def converted(env: Env) -> list[Out]:
            found = values(env.item)
            if join and len(found) > 1:
                found = [convert.joined(found)]
            outs = (convert.apply(env, conversions, v) for v in found)
            return [o for o in outs if o is not None]

        return converted

    def made(self, node: str, element: Element, types: tuple[str, ...], place: str) -> Node:
        """`@rule`: what a rule made, of the same source or of the document; `@self`: this."""
        name = node[1:]
        if name == "self":
            return lambda env: [Out("uri", f"urn:uuid:{env.made.id}")]
        if name not in self.rules:
            raise MappingError(f"no rule file {name}.yaml to point at", place=place)
        kind = next((t for t in types if t in ("Reference", "CodeableReference")), None)
        if kind is None:
            raise MappingError(f"{element.name} takes no reference", place=place)

        def references(env: Env) -> list[Out]:
            out = []
            for made in env.run.by_rule(name, env.made.kind, env.made.source):
                if element.targets is None or made.resource_type in element.targets:
                    found = env.run.reference(made)
                    out.append(
                        Out(kind, dict(found) if kind == "Reference" else {"reference": found})
                    )
            return out

        return references


def _attach(out: Json, places: list[Json]) -> None:
    if places:
        out["extension"] = [*out.get("extension", ()), *places]


def _has(out: Json, name: str, choice: bool) -> bool:
    if name in out or "_" + name in out:
        return True
    return choice and any(k.lstrip("_").startswith(name) for k in out)


def _put(out: Json, name: str, choice: bool, many: bool, found: list[Out]) -> None:
    """Set an element; what a primitive carries goes to its `_` twin."""
    first = found[0]
    if choice:
        name = name + first.type[0].upper() + first.type[1:]
    if not many:
        if first.value is not None:
            out[name] = first.value
        if first.extension:
            out["_" + name] = {"extension": first.extension}
        return
    values = [f.value for f in found]
    if name in out:
        values = [*out[name], *values]
    out[name] = values
    if any(f.extension for f in found):
        out["_" + name] = [{"extension": f.extension} if f.extension else None for f in found]

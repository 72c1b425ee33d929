"""The leaf forms of mapping rules: mappings whose keys begin with `$`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.case.model import Component, Evidence, Fact, Phrase
from app.errors import MappingError
from app.fhir import convert
from app.fhir.datatypes import Out, coding, concept
from app.fhir.definitions import Element
from app.fhir.located import LocatedList, LocatedMap
from app.fhir.paths import Shape, compile_path, word
from app.fhir.run import Env
from app.fhir.strings import clean

if TYPE_CHECKING:
    from app.fhir.compiler import Compiler

Node = Callable[[Env], list[Out]]


def places(values: list[Any]) -> list[Evidence]:
    """Evidence from a path's values: evidence itself, or things that have some."""
    out: list[Evidence] = []
    for value in values:
        out += [value] if isinstance(value, Evidence) else value.evidence
    return out


def unique(outs: list[Out]) -> list[Out]:
    seen: list[Out] = []
    for out in outs:
        if out not in seen:
            seen.append(out)
    return seen


def _form_use(
    c: Compiler, node: LocatedMap, element: Element, types: tuple[str, ...], root: Shape
) -> Node:
    return c.node(node["$use"], element, types, root, node.place("$use"))


def _form_first(
    c: Compiler, node: LocatedMap, element: Element, types: tuple[str, ...], root: Shape
) -> Node:
    options = node["$first"]
    if not isinstance(options, LocatedList):
        raise MappingError("$first takes a list", place=node.place("$first"))
    parts = [c.node(n, element, types, root, options.place(i)) for i, n in enumerate(options)]

    def first(env: Env) -> list[Out]:
        for part in parts:
            found = part(env)
            if found:
                return found
        return []

    return first


def _form_each(
    c: Compiler, node: LocatedMap, element: Element, types: tuple[str, ...], root: Shape
) -> Node:
    path = compile_path(node["$each"], root, node.place("$each"))
    inner = c.node(node["$as"], element, types, path.shape, node.place("$as"))

    def each(env: Env) -> list[Out]:
        return [
            out for value in path.values(env.item) for out in inner(Env(env.run, env.made, value))
        ]

    return each


def _form_value(
    c: Compiler, node: LocatedMap, element: Element, types: tuple[str, ...], root: Shape
) -> Node:
    inner = c.node(node["$value"], element, types, root, node.place("$value"))
    path = c.evidence(node["$evidence"], root, node.place("$evidence"))

    def valued(env: Env) -> list[Out]:
        spots = env.run.evidence(places(path.values(env.item)))
        out = []
        for kind, value, extension in inner(env):
            if not isinstance(value, dict):
                out.append(Out(kind, value, [*(extension or ()), *spots]))
            elif spots:
                own = {k: v for k, v in value.items() if k != "extension"}
                both = [*value.get("extension", ()), *spots]
                out.append(Out(kind, {"extension": both, **own}))
            else:
                out.append(Out(kind, value))
        return out

    return valued


def _form_say(
    _: Compiler, node: LocatedMap, __: Element, types: tuple[str, ...], root: Shape
) -> Node:
    """A label before words: what they are, where an element cannot say it otherwise."""
    label = str(node["$say"])
    place = node.place("$of")
    path = compile_path(node["$of"], root, place)
    phrase = issubclass(path.shape.type, Phrase)
    conversions = convert.converters(Shape(Phrase), types)
    if not conversions or not (phrase or path.shape.type is str):
        raise MappingError("$say needs words and an element that takes words", place=place)

    def say(env: Env) -> list[Out]:
        out = []
        for value in path.values(env.item):
            text = clean(value.text if phrase else value)
            evidence = value.evidence if phrase else ()
            said = Phrase.model_construct(text=label + text, evidence=evidence, codes=())
            found = convert.apply(env, conversions, said) if text else None
            if found is not None:
                out.append(found)
        return out

    return say


def _form_join(
    _: Compiler, node: LocatedMap, element: Element, types: tuple[str, ...], root: Shape
) -> Node:
    """Several paths as one: the words after another; codes are those of the first."""
    parts = node["$join"]
    if not isinstance(parts, LocatedList):
        raise MappingError("$join takes a list of paths", place=node.place("$join"))
    paths = [compile_path(p, root, parts.place(i)) for i, p in enumerate(parts)]
    conversions = convert.converters(Shape(Phrase), types)
    if not conversions:
        raise MappingError(f"{element.name} takes no words", place=node.place("$join"))

    def join(env: Env) -> list[Out]:
        words: list[str] = []
        evidence: list[Evidence] = []
        codes: tuple[Any, ...] = ()
        for number, path in enumerate(paths):
            for value in path.values(env.item):
                text = value if isinstance(value, str) else _words(value)
                if text.strip() and text not in words:
                    words.append(text)
                if number == 0:
                    codes = (*codes, *getattr(value, "codes", ()))
                if isinstance(value, Fact | Component):
                    evidence += convert.places_of_name(env, value)
                else:
                    evidence += getattr(value, "evidence", ())
        said = Phrase.model_construct(text=", ".join(words), evidence=tuple(evidence), codes=codes)
        found = convert.apply(env, conversions, said) if words else None
        return [found] if found else []

    return join


def _words(value: Phrase | Fact | Component) -> str:
    return value.text if isinstance(value, Phrase) else value.name


def _form_refer(
    c: Compiler, node: LocatedMap, element: Element, types: tuple[str, ...], root: Shape
) -> Node:
    """A link to chosen resource types only."""
    path = compile_path(node["$refer"], root, node.place("$refer"))
    wanted = frozenset(node["$to"])
    unknown = sorted(wanted - c.definitions.resources)
    if unknown or path.shape.key is None:
        raise MappingError("$refer takes a link and known types", place=node.place("$to"))
    targets = wanted if element.targets is None else wanted & element.targets
    space = path.shape.key

    def refer(env: Env) -> list[Out]:
        found = (convert.link(env, space, v, types, targets) for v in path.values(env.item))
        return unique([f for f in found if f is not None])

    return refer


def _form_table(
    c: Compiler, node: LocatedMap, element: Element, types: tuple[str, ...], root: Shape
) -> Node:
    """A word of the case looked up in a concept table."""
    place = node.place("$table")
    table = c.tables.get(node["$table"])
    if table is None:
        raise MappingError(f"no concept table {node['$table']}", place=place)
    of = node.get("$of", "")
    source = compile_path(of, root, node.place("$of")) if of.startswith("$") else None
    fallback = node.get("$else")
    for w in (*((of,) if source is None else source.shape.words or ()), fallback):
        if w is not None and table.find(w) is None:
            raise MappingError(f"unknown concept {w} in table {table.name}", place=place)
    words = compile_path(node["$words"], root, node.place("$words")) if "$words" in node else None
    evidence = (
        c.evidence(node["$evidence"], root, node.place("$evidence"))
        if "$evidence" in node
        else None
    )
    kind = next(
        (
            t
            for t in types
            if t in ("code", "Coding", "CodeableConcept", "CodeableReference", "string", "uri")
        ),
        None,
    )
    if kind is None:
        raise MappingError(f"{element.name} takes no code", place=place)
    allowed = c.definitions.value_sets.get(element.value_set or "")
    reached = (of,) if source is None else source.shape.words or tuple(table.rows)
    for row in (table.rows[w] for w in reached if w in table.rows):
        if allowed and row.code not in allowed.get(row.system, _any(allowed, row)):
            raise MappingError(f"{row.code} is no code of {element.value_set}", place=place)

    def look_up(env: Env) -> list[Out]:
        keys = [of] if source is None else [word(v) for v in source.values(env.item)]
        phrases = words.values(env.item) if words is not None else []
        phrase = convert.joined(phrases) if phrases else None
        spots = places(evidence.values(env.item)) if evidence else []
        out = []
        for key in keys or ([fallback] if fallback else []):
            row = table.find(key) or (table.rows[fallback] if fallback else None)
            found = _coded(env, kind, row, phrase, spots)
            if found is not None:
                out.append(found)
        return out

    return look_up


def _any(allowed: dict[str, frozenset[str]], row: Any) -> frozenset[str]:
    """Every code of a value set: for a row of bare codes, which names no system."""
    return frozenset().union(*allowed.values()) if not row.system else frozenset()


def _coded(
    env: Env, kind: str, row: Any, phrase: Phrase | None, spots: list[Evidence]
) -> Out | None:
    """A table's row as an element of a type."""
    evidence = [*spots, *(phrase.evidence if phrase else ())]
    if kind in ("CodeableConcept", "CodeableReference"):
        codes = [row] if row else []
        found = concept(env, phrase.text if phrase else None, codes, evidence)
        if found is None:
            return None
        return Out(kind, found if kind == "CodeableConcept" else {"concept": found})
    if row is None:
        return None
    if kind == "Coding":
        found = coding(row)
        extension = env.run.evidence(evidence)
        if found and extension:
            found = {"extension": extension, **found}
        return Out(kind, found)
    text = (row.display or row.code) if kind == "string" else row.code
    return Out(kind, text, env.run.evidence(evidence))


# Of each form: the function, the keys it must have, the keys it may have besides `$when`.
FORMS: dict[str, tuple[Callable[..., Node], tuple[str, ...], tuple[str, ...]]] = {
    "$use": (_form_use, ("$use",), ()),
    "$first": (_form_first, ("$first",), ()),
    "$each": (_form_each, ("$each", "$as"), ()),
    "$value": (_form_value, ("$value", "$evidence"), ()),
    "$say": (_form_say, ("$say", "$of"), ()),
    "$join": (_form_join, ("$join",), ()),
    "$refer": (_form_refer, ("$refer", "$to"), ()),
    "$table": (_form_table, ("$table", "$of"), ("$else", "$words", "$evidence")),
}

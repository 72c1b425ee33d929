"""Paths into the source of a rule: `$`, `$site`, `$course.code`.

A path is checked against the fields of the source's model when a rule is loaded, so a
misspelt one is an error with file and line, not a missing element.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import StringConstraints

from app.case.model import Model
from app.errors import MappingError


@dataclass(frozen=True, slots=True)
class Shape:
    """What a path yields: the Python type; `key` when it is a link ("fact" or the like);
    the words it may take when they are few; whether it may be missing or several."""

    type: type
    key: str | None = None
    words: tuple[str, ...] | None = None
    many: bool = False


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled path: `values(item)` gives what is there, none when nothing is."""

    shape: Shape
    values: Callable[[Any], list[Any]]


_NAMESPACES = {"patient": "patient", "author": "author", "affiliation": "affiliation"}


def _shape(name: str, annotation: Any, metadata: tuple[Any, ...]) -> Shape:
    """The shape of a field from its annotation."""
    many = False
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        annotation = next(a for a in get_args(annotation) if a is not type(None))
        origin = get_origin(annotation)
    if origin is tuple:
        many = True
        annotation = get_args(annotation)[0]
        origin = get_origin(annotation)
    if origin is Annotated:
        metadata = (*metadata, *get_args(annotation)[1:])
        annotation = get_args(annotation)[0]
        origin = get_origin(annotation)
    is_key = any(isinstance(m, StringConstraints) for m in metadata)
    if is_key and name not in ("id", "key"):
        return Shape(str, key=_NAMESPACES.get(name, "fact"), many=many)
    if origin is Literal:
        return Shape(str, words=tuple(str(a) for a in get_args(annotation)), many=many)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return Shape(annotation, words=tuple(str(m.value) for m in annotation), many=many)
    if annotation is bool:
        return Shape(bool, words=("true", "false"), many=many)
    return Shape(annotation, many=many)


def compile_path(text: str, root: Shape, place: str) -> Path:
    """Compile `$a.b` (or `a.b`) against the shape of the thing it starts from."""
    names = [n for n in text.removeprefix("$").split(".") if n]
    shape, many = root, False
    for name in names:
        fields = shape.type.model_fields if issubclass(shape.type, Model) else {}
        if name not in fields:
            known = ", ".join(sorted(fields)) or "none"
            raise MappingError(f"unknown path {text}: no field {name}; known: {known}", place=place)
        field = fields[name]
        shape = _shape(name, field.annotation, tuple(field.metadata))
        many = many or shape.many
    shape = Shape(shape.type, shape.key, shape.words, many)
    if not names:
        return Path(shape, lambda item: [item])
    if len(names) == 1:
        return Path(shape, _one(names[0]))
    steps = tuple(_one(name) for name in names)

    def values(item: Any) -> list[Any]:
        found = [item]
        for step in steps:
            found = [v for f in found for v in step(f)]
        return found

    return Path(shape, values)


def _one(name: str) -> Callable[[Any], list[Any]]:
    def values(item: Any) -> list[Any]:
        found = getattr(item, name)
        if found is None:
            return []
        return list(found) if isinstance(found, tuple) else [found]

    return values


def word(value: Any) -> str:
    """A value as rules and tables write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    return str(value)

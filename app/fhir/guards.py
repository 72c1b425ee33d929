"""Guards: `when` of a rule and `$when` of an element.

    {category: diagnosis, certainty: {not: excluded}, site: {exists: true}}

All conditions of a mapping must hold; of a list of mappings, one.
A condition is a word, a list of words (one of them), `not` of these, `exists` or `many`
(more than one).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.errors import MappingError
from app.fhir.located import LocatedList, LocatedMap
from app.fhir.paths import Path, Shape, compile_path, word

Guard = Callable[[Any], bool]


def compile_guard(node: Any, root: Shape, place: str) -> Guard:
    """Compile a guard; unknown paths and words are refused."""
    if isinstance(node, LocatedList):
        guards = [compile_guard(n, root, node.place(i)) for i, n in enumerate(node)]
        return lambda item: any(g(item) for g in guards)
    if not isinstance(node, LocatedMap) or not node:
        raise MappingError("a guard is a mapping of paths to conditions", place=place)
    conditions = []
    for key, condition in node.items():
        where = node.place(key)
        conditions.append(_condition(compile_path(key, root, where), condition, where))
    if len(conditions) == 1:
        return conditions[0]
    return lambda item: all(c(item) for c in conditions)


def _condition(path: Path, condition: Any, place: str) -> Guard:
    values = path.values
    if isinstance(condition, LocatedMap):
        if set(condition) == {"exists"} and isinstance(condition["exists"], bool):
            wanted = condition["exists"]
            return lambda item: bool(values(item)) == wanted
        if set(condition) == {"many"} and isinstance(condition["many"], bool):
            several = condition["many"]
            return lambda item: (len(values(item)) > 1) == several
        if set(condition) == {"not"}:
            inner = _condition(path, condition["not"], place)
            return lambda item: not inner(item)
        raise MappingError("a condition is a word, a list, not:, exists: or many:", place=place)
    words = [word(c) for c in (condition if isinstance(condition, LocatedList) else [condition])]
    for w in words:
        if path.shape.words is not None and w not in path.shape.words:
            known = ", ".join(path.shape.words)
            raise MappingError(f"unknown word {w}; the field has {known}", place=place)
    allowed = frozenset(words)
    return lambda item: any(word(v) in allowed for v in values(item))

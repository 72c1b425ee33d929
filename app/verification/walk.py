"""Through a resource without recursion: every object with its path, and elements by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

Json = dict[str, Any]


class Found(NamedTuple):
    """An element: its path, its JSON property, its value, and what its `_` twin carries."""

    path: str
    key: str
    value: Any
    twin: Any

    @property
    def extensions(self) -> list[Any]:
        """The extensions on it."""
        holder = self.value if isinstance(self.value, dict) else self.twin
        found = holder.get("extension") if isinstance(holder, dict) else None
        return found if isinstance(found, list) else []


def objects(path: str, resource: Json) -> Iterator[tuple[str, Json]]:
    """Every object in a resource, itself first, in the order of the document. The extensions of
    a primitive belong to the element itself, whose path they have."""
    waiting: list[tuple[str, Any]] = [(path, resource)]
    while waiting:
        at, node = waiting.pop()
        if isinstance(node, list):
            waiting += [(f"{at}[{n}]", c) for n, c in reversed(list(enumerate(node)))]
        elif isinstance(node, dict):
            yield at, node
            inner = [(k, v) for k, v in node.items() if isinstance(v, dict | list)]
            waiting += [(f"{at}.{str(k).removeprefix('_')}", v) for k, v in reversed(inner)]


def elements(path: str, resource: Json, names: str) -> Iterator[Found]:
    """The elements `a.b` or `a.value[x]` of a resource, wherever it has them."""
    nodes: list[Found] = [Found(path, "", resource, None)]
    for name in names.split("."):
        nodes = [f for n in nodes if isinstance(n.value, dict) for f in _named(n, name)]
    yield from nodes


def _named(parent: Found, name: str) -> Iterator[Found]:
    node: Json = parent.value
    if name.endswith("[x]"):
        stem = name[:-3]
        keys = {k.removeprefix("_") for k in node if k.removeprefix("_").startswith(stem)}
        keys = {k for k in keys if k[len(stem) :][:1].isupper()}
    else:
        keys = {name} if name in node or f"_{name}" in node else set()
    for key in sorted(keys):
        value, twin = node.get(key), node.get(f"_{key}")
        if not isinstance(value, list):
            yield Found(f"{parent.path}.{key}", key, value, twin)
            continue
        twins = twin if isinstance(twin, list) else []
        for number, one in enumerate(value):
            beside = twins[number] if number < len(twins) else None
            yield Found(f"{parent.path}.{key}[{number}]", key, one, beside)

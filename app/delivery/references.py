"""References of a bundle's resources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def references(node: Any) -> Iterator[str]:
    """Every `reference` in a resource, in order."""
    if isinstance(node, dict):
        for name, child in node.items():
            if name == "reference" and isinstance(child, str):
                yield child
            else:
                yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def beside_primitives(node: Any, *, within: bool = False) -> Iterator[str]:
    """Every `reference` in the extensions of primitive elements (`_gender`), in order."""
    if isinstance(node, dict):
        for name, child in node.items():
            if within and name == "reference" and isinstance(child, str):
                yield child
            else:
                yield from beside_primitives(child, within=within or name.startswith("_"))
    elif isinstance(node, list):
        for child in node:
            yield from beside_primitives(child, within=within)


def changed(node: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """A copy of a resource in which every Reference with a `reference` is `change(reference)`."""
    if isinstance(node, dict):
        out = {k: changed(v, change) for k, v in node.items()}
        return change(out) if isinstance(out.get("reference"), str) else out
    if isinstance(node, list):
        return [changed(child, change) for child in node]
    return node


def rewrite(node: Any, change: Callable[[str], str]) -> Any:
    """A copy of a resource in which every `reference` is `change(reference)`."""
    return changed(node, lambda r: {**r, "reference": change(r["reference"])})


def name_of(entry: dict[str, Any]) -> str:
    """`Type/id` of an entry's resource."""
    resource = entry.get("resource", {})
    return f"{resource.get('resourceType', '?')}/{resource.get('id', '?')}"


def server_names(bundle: dict[str, Any]) -> dict[str, str]:
    """For each `fullUrl` of a bundle the `Type/id` that its resource has on a server."""
    return {e["fullUrl"]: name_of(e) for e in bundle.get("entry", ()) if "fullUrl" in e}

"""References of a bundle's resources, and the form they take on a server."""

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


def rewrite(node: Any, change: Callable[[str], str]) -> Any:
    """A copy of a resource in which every `reference` is `change(reference)`."""
    if isinstance(node, dict):
        return {
            name: change(child)
            if name == "reference" and isinstance(child, str)
            else rewrite(child, change)
            for name, child in node.items()
        }
    if isinstance(node, list):
        return [rewrite(child, change) for child in node]
    return node


def name_of(entry: dict[str, Any]) -> str:
    """`Type/id` of an entry's resource."""
    resource = entry.get("resource", {})
    return f"{resource.get('resourceType', '?')}/{resource.get('id', '?')}"


def server_names(bundle: dict[str, Any]) -> dict[str, str]:
    """For each `fullUrl` of a bundle the `Type/id` that its resource has on a server."""
    return {e["fullUrl"]: name_of(e) for e in bundle.get("entry", ()) if "fullUrl" in e}

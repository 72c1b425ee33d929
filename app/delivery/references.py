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


def for_server(bundle: dict[str, Any], base_url: str) -> dict[str, Any]:
    """A bundle with the addresses that its resources will have on a server.

    An entry that is an update by its own id gets that address as `fullUrl`, and references to
    it become `Type/id`: nothing is left for the server to replace. (Some servers replace a
    `urn:uuid:` wherever it stands in a resource, identifiers included.) Other entries keep
    their `fullUrl`, which the server replaces by the id that it chooses.
    """
    names: dict[str, str] = {}
    for entry in bundle["entry"]:
        request = entry.get("request", {})
        if request.get("method") == "PUT" and request.get("url") == name_of(entry):
            names[entry.get("fullUrl", "")] = name_of(entry)
    entries = []
    for entry in bundle["entry"]:
        full_url = entry.get("fullUrl")
        own = {"fullUrl": f"{base_url}/{names[full_url]}"} if full_url in names else {}
        resource = rewrite(entry.get("resource"), lambda r: names.get(r, r))
        entries.append({**entry, **own, "resource": resource})
    return {**bundle, "entry": entries}

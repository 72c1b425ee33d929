"""Resources as a person reads them: references by name, evidence as the quoted words."""

from __future__ import annotations

import base64
from typing import Any

from app.fhir.run import DERIVATION


def readable(bundle: dict[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """Resources by type and name. The name is the words of the first evidence, else a number."""
    text = _text(bundle)
    names: dict[str, str] = {}
    out: dict[str, dict[str, dict[str, Any]]] = {}
    for entry in bundle["entry"]:
        resource = entry["resource"]
        kind = resource["resourceType"]
        names[entry["fullUrl"]] = _name(
            resource, text, sum(n.startswith(kind) for n in names.values())
        )
    for entry in bundle["entry"]:
        kind, name = names[entry["fullUrl"]].split(" ", 1)
        shown = _show(entry["resource"], names, text)
        for hidden in ("resourceType", "id"):
            del shown[hidden]
        if shown.get("identifier") == [_own(entry)]:
            del shown["identifier"]
        assert name not in out.setdefault(kind, {})
        out[kind][name] = shown
    return out


def _own(entry: dict[str, Any]) -> dict[str, str]:
    return {"system": "urn:ietf:rfc:3986", "value": entry["fullUrl"]}


def _text(bundle: dict[str, Any]) -> str:
    (document,) = (
        e["resource"]
        for e in bundle["entry"]
        if e["resource"]["resourceType"] == "DocumentReference"
    )
    return base64.b64decode(document["content"][0]["attachment"]["data"]).decode()


def _name(resource: dict[str, Any], text: str, number: int) -> str:
    kind = resource["resourceType"]
    for extension in resource.get("extension", ()):
        if extension["url"] == DERIVATION:
            return f"{kind} {_quote(extension, text)}"
    return f"{kind} {number + 1}"


def _quote(extension: dict[str, Any], text: str) -> str:
    parts = {p["url"]: p for p in extension["extension"]}
    start = parts["offset"]["valueInteger"]
    return text[start : start + parts["length"]["valueInteger"]]


def _show(node: Any, names: dict[str, str], text: str) -> Any:
    if isinstance(node, list):
        return [_show(n, names, text) for n in node]
    if not isinstance(node, dict):
        return node
    if node.get("url") == DERIVATION:
        return "from: " + _quote(node, text)
    return {
        key: names.get(value, value)
        if key == "reference" and isinstance(value, str)
        else _show(value, names, text)
        for key, value in node.items()
    }

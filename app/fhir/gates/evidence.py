"""The gate of evidence: every derivation-reference points at words of the report."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from app.fhir.gates.finding import Finding, error
from app.fhir.gates.structure import Steps, path_of
from app.fhir.run import TEXT_PATH

_PARTS = {
    "reference": "valueReference",
    "path": "valueString",
    "offset": "valueInteger",
    "length": "valueInteger",
}


def text_of(resource: dict[str, Any]) -> str | None:
    """The text of a DocumentReference's first attachment; None when it holds none."""
    try:
        data = resource["content"][0]["attachment"]["data"]
        return base64.b64decode(data, validate=True).decode("utf-8")
    except (KeyError, IndexError, TypeError, binascii.Error, UnicodeDecodeError):
        return None


def check_evidence(
    derivations: list[tuple[Steps, dict[str, Any]]], find: dict[str, dict[str, Any]]
) -> list[Finding]:
    """All four parts, in the text of a document of the bundle, on more than white space."""
    out: list[Finding] = []
    texts: dict[str, str | None] = {}
    seen: dict[int, str | None] = {}
    for steps, extension in derivations:
        # The same places are pointed at from many elements, by the very same object.
        if id(extension) not in seen:
            seen[id(extension)] = _problem(extension, find, texts)
        problem = seen[id(extension)]
        if problem:
            out.append(error(path_of(steps), problem))
    return out


def _problem(
    extension: dict[str, Any], find: dict[str, dict[str, Any]], texts: dict[str, str | None]
) -> str | None:
    inner = extension.get("extension")
    if not isinstance(inner, list) or set(extension) - {"url", "extension", "id"}:
        return "evidence has no parts"
    parts: dict[str, Any] = {}
    for part in inner:
        url = part.get("url") if isinstance(part, dict) else None
        if not isinstance(url, str) or url not in _PARTS:
            return "evidence has an unknown part"
        if set(part) != {"url", _PARTS[url]} or url in parts:
            return f"evidence part {url} is malformed"
        parts[url] = part[_PARTS[url]]
    if len(parts) != len(_PARTS):
        return "evidence lacks one of reference, path, offset, length"
    reference = parts["reference"]
    address = reference.get("reference") if isinstance(reference, dict) else None
    document = find.get(address) if isinstance(address, str) else None
    if document is None or document.get("resourceType") != "DocumentReference":
        return "evidence refers to no DocumentReference of the bundle"
    if parts["path"] != TEXT_PATH:
        return f"evidence path is not {TEXT_PATH}"
    assert isinstance(address, str)
    if address not in texts:
        texts[address] = text_of(document)
    text = texts[address]
    if text is None:
        return "the document holds no text for this evidence"
    offset, length = parts["offset"], parts["length"]
    if type(offset) is not int or type(length) is not int or offset < 0 or length <= 0:
        return "offset or length is no number that can be"
    if offset + length > len(text):
        return "evidence lies outside the text"
    if not text[offset : offset + length].strip():
        return "evidence points at white space"
    return None

"""The gate of the bundle's own rules: addresses, requests, references, narratives."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from app.fhir.bundle import full_url
from app.fhir.gates.finding import Finding, error, warning

# The elements of HTML that FHIR's narrative allows (invariant txt-1).
_TAGS = frozenset({
    "a", "abbr", "acronym", "address", "b", "big", "blockquote", "br", "caption", "cite", "code",
    "col", "colgroup", "dd", "dfn", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "i", "img", "kbd", "li", "ol", "p", "pre", "q", "samp", "small", "span", "strong", "sub",
    "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "ul", "var",
})  # fmt: skip
_XHTML = "{http://www.w3.org/1999/xhtml}"
_REQUESTED = ("transaction", "batch", "history")
_URN = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def index(bundle: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Resources by every address that a reference in the bundle may use."""
    out: dict[str, dict[str, Any]] = {}
    for entry in bundle.get("entry", ()):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict):
            continue
        if isinstance(entry.get("fullUrl"), str):
            out[entry["fullUrl"]] = resource
        if isinstance(resource.get("id"), str):
            out[f"{resource.get('resourceType')}/{resource['id']}"] = resource
    return out


def check_entries(bundle: dict[str, Any], own: bool) -> list[Finding]:
    """Rules bdl-1 to bdl-11 as far as they concern these types; ids and addresses are unique."""
    out: list[Finding] = []
    kind = bundle.get("type")
    seen: set[str] = set()
    ids: set[tuple[str, str]] = set()
    entries = bundle.get("entry", [])
    for number, entry in enumerate(entries):
        path = f"Bundle.entry[{number}]"
        if not isinstance(entry, dict):
            continue
        url = entry.get("fullUrl")
        if isinstance(url, str):
            if url in seen:
                out.append(error(f"{path}.fullUrl", "is used twice"))
            seen.add(url)
            if "/_history/" in url:
                out.append(error(f"{path}.fullUrl", "names a version"))
            if url.startswith("urn:uuid:") and not _URN.fullmatch(url):
                out.append(error(f"{path}.fullUrl", "is no UUID in lower case"))
        elif kind not in ("batch", "transaction"):
            out.append(error(f"{path}.fullUrl", "is missing"))
        resource = entry.get("resource")
        if isinstance(resource, dict):
            identity = (str(resource.get("resourceType")), str(resource.get("id")))
            if "id" in resource and identity in ids:
                out.append(error(f"{path}.resource.id", "is used twice"))
            ids.add(identity)
            if own and url != full_url(resource, str(kind)):
                out.append(error(f"{path}.fullUrl", "is not the address of the resource's id"))
        if ("request" in entry) != (kind in _REQUESTED):
            out.append(error(f"{path}.request", "belongs on each entry of this type, or on none"))
        elif own and kind in _REQUESTED and isinstance(resource, dict):
            wanted = f"{resource.get('resourceType')}/{resource.get('id')}"
            request = entry.get("request")
            if not isinstance(request, dict) or request.get("url") != wanted:
                out.append(error(f"{path}.request.url", "is not the resource's own"))
    if kind == "document":
        out += _document(bundle, entries)
    return out


def _document(bundle: dict[str, Any], entries: list[Any]) -> list[Finding]:
    out = []
    identifier = bundle.get("identifier")
    if not isinstance(identifier, dict) or not {"system", "value"} <= set(identifier):
        out.append(error("Bundle.identifier", "a document needs one with system and value"))
    if "timestamp" not in bundle:
        out.append(error("Bundle.timestamp", "a document needs one"))
    first = entries[0].get("resource") if entries and isinstance(entries[0], dict) else None
    if not isinstance(first, dict) or first.get("resourceType") != "Composition":
        out.append(error("Bundle.entry[0]", "a document begins with its Composition"))
    return out


def check_references(
    references: list[tuple[str, str, frozenset[str] | None]],
    find: dict[str, dict[str, Any]],
    own: bool,
) -> list[Finding]:
    """Every reference finds its resource, of a type that the element allows."""
    out: list[Finding] = []
    for path, address, targets in references:
        target = find.get(address)
        if target is None:
            if address.startswith("#"):
                continue
            if own or address.startswith("urn:"):
                out.append(error(path, "refers to nothing in the bundle"))
            else:
                out.append(warning(path, "refers to a resource outside the bundle"))
        elif targets is not None and target.get("resourceType") not in targets:
            kind = target.get("resourceType")
            out.append(error(path, f"may not refer to a resource of type {kind}"))
    return out


def check_narratives(narratives: list[tuple[str, str]]) -> list[Finding]:
    """Well-formed XHTML of allowed elements, with words in it, and nothing that acts."""
    out = []
    for path, text in narratives:
        problem = _xhtml(text)
        if problem:
            out.append(error(path, problem))
    return out


def _xhtml(text: str) -> str | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError:
        return "is no well-formed XHTML"
    if root.tag != f"{_XHTML}div":
        return "is no div of XHTML"
    for node in root.iter():
        if not isinstance(node.tag, str):
            continue
        if not node.tag.startswith(_XHTML) or node.tag[len(_XHTML) :] not in _TAGS:
            return "holds an element that FHIR's narrative does not allow"
        for name, value in node.attrib.items():
            if str(name).lower().startswith("on") or str(value).lower().startswith("javascript:"):
                return "holds a script"
    words = "".join(str(t) for t in root.itertext())
    return None if words.strip() else "holds no words"

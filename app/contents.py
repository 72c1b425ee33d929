"""Bundles from anywhere: their resources, and what a reference in them means.

A bundle that has been on a server is not what was sent: ids and `fullUrl`s are the server's,
references are `Type/id`, resources come as a searchset, as the answer to `$everything` or in
several pages. Here all of it is one set of resources that find each other.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import InputError, TooLarge

Json = dict[str, Any]

DERIVATION = "http://hl7.org/fhir/StructureDefinition/derivation-reference"
MAX_RESOURCES = 100_000
_MAX_NESTING = 4
_NAME = re.compile(r"(?:^|.*/)([A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})(?:/_history/[^/]+)?")
_ATTACHMENT = re.compile(r"DocumentReference\.content\[(\d{1,3})\]\.attachment\.data")


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A resource, the path of its element (`Bundle.entry[3].resource`) and its `fullUrl`."""

    path: str
    resource: Json
    url: str | None

    @property
    def type(self) -> str:
        """The resource type; empty when there is none."""
        found = self.resource.get("resourceType")
        return found if isinstance(found, str) else ""


class Contents:
    """The resources of one or several bundles. `whole` says that nothing lies outside them by
    design: no bundle is the answer to a search."""

    def __init__(self, bundles: Sequence[tuple[str, Json]]) -> None:
        """`bundles` are bundles with the path that their own elements begin with.

        Raises InputError for what is no Bundle, TooLarge for more than MAX_RESOURCES.
        """
        self.entries: list[Entry] = []
        self.whole = True
        self._addresses: dict[str, Entry] = {}
        self._bases: set[str] = set()
        for path, bundle in bundles:
            self._take(path, bundle, 0)

    def _take(self, path: str, bundle: Json, depth: int) -> None:
        if bundle.get("resourceType") != "Bundle":
            raise InputError("not a Bundle", place=path)
        entries = bundle.get("entry", [])
        if not isinstance(entries, list):
            raise InputError("is no list", place=f"{path}.entry")
        if depth > _MAX_NESTING:
            raise InputError("bundles stand in bundles too deeply", place=path)
        if bundle.get("type") in ("searchset", "history"):
            self.whole = False
        for number, entry in enumerate(entries):
            place = f"{path}.entry[{number}]"
            if not isinstance(entry, dict):
                raise InputError("is no object", place=place)
            resource = entry.get("resource")
            if not isinstance(resource, dict):
                continue
            if resource.get("resourceType") == "Bundle":
                self._take(f"{place}.resource", resource, depth + 1)
                continue
            if resource.get("resourceType") == "OperationOutcome":
                continue  # what a server says of its own search
            url = entry.get("fullUrl")
            self._add(Entry(f"{place}.resource", resource, url if isinstance(url, str) else None))

    def _add(self, entry: Entry) -> None:
        if len(self.entries) >= MAX_RESOURCES:
            raise TooLarge(f"more than {MAX_RESOURCES} resources", place=entry.path)
        key = entry.resource.get("id")
        name = f"{entry.type}/{key}" if isinstance(key, str) else None
        if name is not None and self._same(name, entry):
            return  # the same resource on two pages
        self.entries.append(entry)
        if entry.url is not None:
            self._addresses.setdefault(entry.url, entry)
            if name is not None and entry.url.endswith("/" + name):
                self._bases.add(entry.url[: -len(name)])
        if name is not None:
            self._addresses.setdefault(name, entry)
            self._addresses.setdefault(f"urn:uuid:{key}", entry)
        for system, value in identifiers(entry.resource):
            self._addresses.setdefault(f"{system}|{value}", entry)
            if value.startswith("urn:uuid:"):
                self._addresses.setdefault(value, entry)

    def _same(self, name: str, entry: Entry) -> bool:
        known = self._addresses.get(name)
        return known is not None and (known.url == entry.url or known.resource == entry.resource)

    def of_type(self, *types: str) -> Iterator[Entry]:
        """The resources of some types, in their order."""
        return (e for e in self.entries if e.type in types)

    def resolve(self, reference: Any) -> Entry | None:
        """What a Reference points at; None when it is not here."""
        if not isinstance(reference, dict):
            return None
        address = reference.get("reference")
        if isinstance(address, str):
            return self.find(address)
        identifier = reference.get("identifier")
        for system, value in identifiers({"identifier": identifier}):
            return self._addresses.get(f"{system}|{value}")
        return None

    def find(self, address: str) -> Entry | None:
        """The resource at an address: a `fullUrl`, `Type/id`, with or without a version."""
        found = self._addresses.get(address)
        if found is not None or address.startswith(("urn:", "#")):
            return found
        name = _NAME.fullmatch(address)
        if name is None:
            return None
        base = address[: name.start(1)]
        if base and self._bases and base not in self._bases:
            return None  # of another server
        return self._addresses.get(name[1])

    def text(self, document: Entry, path: str) -> str | None:
        """The text that a DocumentReference holds where an evidence's `path` says; None when it
        is not here. A server may have moved it into a Binary."""
        wanted = _ATTACHMENT.fullmatch(path)
        content = document.resource.get("content")
        if wanted is None or not isinstance(content, list) or int(wanted[1]) >= len(content):
            return None
        part = content[int(wanted[1])]
        attachment = part.get("attachment") if isinstance(part, dict) else None
        if not isinstance(attachment, dict):
            return None
        data = attachment.get("data")
        if data is None and isinstance(attachment.get("url"), str):
            binary = self.find(attachment["url"])
            if binary is not None and binary.type == "Binary":
                data = binary.resource.get("data")
        if not isinstance(data, str):
            return None
        try:
            return base64.b64decode("".join(data.split()), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeError):
            return None


def identifiers(resource: Json) -> Iterator[tuple[str, str]]:
    """System and value of the identifiers of a resource."""
    found = resource.get("identifier")
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, dict) and isinstance(one.get("value"), str):
            system = one.get("system")
            yield (system if isinstance(system, str) else ""), one["value"]


def derivation(extension: Any) -> dict[str, Any] | None:
    """The parts of a derivation-reference by name, whatever they are; None for another
    extension."""
    if not isinstance(extension, dict) or extension.get("url") != DERIVATION:
        return None
    parts = extension.get("extension")
    out: dict[str, Any] = {}
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, dict) and isinstance(part.get("url"), str):
            values = [v for k, v in part.items() if k.startswith("value")]
            out[part["url"]] = values[0] if len(values) == 1 else None
    return out

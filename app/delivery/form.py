"""The form that a case's resources take on the way to a target: ids, references, identifiers.

With ids of ours every resource is `PUT Type/id`, and references are `Type/id`. With ids of the
server, a resource is found by its identifier (`PUT Type?identifier=...`), or by a tag where its
type has no identifier (Provenance), and references are the ids that the server gave, or within
one transaction place-holders. Where a server knows no conditional update, what is not there is
made by `POST Type`, on condition (If-None-Exist) where it knows that. A reference to what is not
there (left out, or sent later) becomes a logical reference: type and identifier.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from app import exact
from app.delivery.manner import Manner
from app.delivery.references import changed, name_of
from app.delivery.targets import Target
from app.errors import InputError

TAG_SYSTEM = "urn:case2fhir:resource"
_URI = "urn:ietf:rfc:3986"
_NAME = re.compile(r"[A-Z][A-Za-z]{1,63}/(?!\.+$)[A-Za-z0-9.-]{1,64}")


@dataclass(frozen=True)
class Contents:
    """The entries of a transaction of ours, with what refers to what."""

    entries: tuple[dict[str, Any], ...]
    names: tuple[str, ...] = field(init=False)
    positions: Mapping[str, int] = field(init=False)
    shas: tuple[str, ...] = field(init=False)
    sizes: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = tuple(name_of(e) for e in self.entries)
        positions = {e["fullUrl"]: i for i, e in enumerate(self.entries) if "fullUrl" in e}
        written = [exact.dumps(e["resource"]) for e in self.entries]
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "positions", {**positions, **{n: i for i, n in enumerate(names)}})
        object.__setattr__(self, "shas", tuple(sha256(w).hexdigest()[:32] for w in written))
        object.__setattr__(self, "sizes", tuple(len(w) for w in written))

    def kind(self, position: int) -> str:
        """The resource type of an entry."""
        return self.names[position].split("/", 1)[0]


def contents(bundle: dict[str, Any]) -> Contents:
    """The entries of a transaction or batch; InputError for what cannot be sent twice safely."""
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") not in ("transaction", "batch"):
        raise InputError(
            "only a bundle of type transaction or batch can be sent; "
            "make one with: case2fhir convert FILE --type transaction",
            place="Bundle.type",
        )
    entries = bundle.get("entry") or []
    if not entries:
        raise InputError("the bundle has no entries", place="Bundle.entry")
    for i, entry in enumerate(entries):
        request = entry.get("request") or {}
        if request.get("method") != "PUT" or request.get("url") != name_of(entry):
            raise InputError(
                "every entry must be an update by its own id (request PUT Type/id): sending "
                "anything else again would make it twice",
                place=f"Bundle.entry[{i}].request",
            )
        if not _NAME.fullmatch(name_of(entry)):
            raise InputError(
                "not a resource type and an id as FHIR has them",
                place=f"Bundle.entry[{i}].resource",
            )
    found = Contents(tuple(entries))
    if len(set(found.names)) != len(found.names):
        raise InputError("a resource is there twice", place="Bundle.entry")
    return found


@dataclass(frozen=True)
class Form:
    """Writes entries for a target. `left_out` are positions that are not sent at all."""

    contents: Contents
    target: Target
    manner: Manner
    left_out: frozenset[int]

    def entry(
        self,
        position: int,
        known: Mapping[str, str],
        *,
        beside: frozenset[int] = frozenset(),
        deferred: frozenset[int] = frozenset(),
    ) -> dict[str, Any]:
        """An entry with its request. `known` has the `Type/id` on the server of what is there;
        `beside` goes in the same transaction, `deferred` will come later."""
        resource = self.resource(position, known, beside=beside, deferred=deferred)
        name = self.contents.names[position]
        request, full_url = {"method": "PUT", "url": name}, f"{self.target.base_url}/{name}"
        if self.manner.server_ids and name in known:
            request["url"] = known[name]
            full_url = f"{self.target.base_url}/{known[name]}"
        elif self.manner.server_ids:
            request["url"], full_url = self.search(position), self._holder(position)
            if self.manner.searched:
                kind, query = request["url"].split("?", 1)
                request = {"method": "POST", "url": kind}
                if self.manner.conditional:
                    request["ifNoneExist"] = query
        return {"fullUrl": full_url, "resource": resource, "request": request}

    def resource(
        self,
        position: int,
        known: Mapping[str, str],
        *,
        beside: frozenset[int] = frozenset(),
        deferred: frozenset[int] = frozenset(),
    ) -> dict[str, Any]:
        """A resource as it goes to the server."""

        def change(reference: dict[str, Any]) -> dict[str, Any]:
            to = self.contents.positions.get(reference["reference"])
            if to is None:
                return reference
            name = self.contents.names[to]
            if to in self.left_out or (to in deferred and to != position):
                return self._logical(to, reference)
            if not self.manner.server_ids:
                return {**reference, "reference": name}
            if name in known:
                return {**reference, "reference": known[name]}
            if to in beside or to == position:
                return {**reference, "reference": self._holder(to)}
            return self._logical(to, reference)

        out: dict[str, Any] = changed(self.contents.entries[position]["resource"], change)
        own = self._identifier(position)
        if own is not None:
            out["identifier"] = [
                own if _is_own(i, out["id"]) else i for i in out.get("identifier", [])
            ]
        if self.manner.server_ids:
            if own is None:
                meta = out.get("meta", {})
                tag = {"system": TAG_SYSTEM, "code": out["id"]}
                out["meta"] = {**meta, "tag": [*meta.get("tag", []), tag]}
            name = self.contents.names[position]
            if name in known:
                out["id"] = known[name].split("/", 1)[1]
            else:
                del out["id"]
        return out

    def search(self, position: int) -> str:
        """The search that finds a resource of ours on the server, whatever id it has there."""
        name = self.contents.names[position]
        return search(name, self.target, tagged=self._identifier(position) is None)

    def conditional(self, position: int, known: Mapping[str, str]) -> bool:
        """Whether the request for an entry makes the server search."""
        return self.manner.conditional and self.contents.names[position] not in known

    def _identifier(self, position: int) -> dict[str, Any] | None:
        """The identifier that carries our id, in the system that the target wants; None where
        the resource has none."""
        kind, key = self.contents.names[position].split("/", 1)
        resource = self.contents.entries[position]["resource"]
        if not any(_is_own(i, key) for i in _identifiers(resource)):
            return None
        return identifier(f"{kind}/{key}", self.target)

    def _logical(self, to: int, reference: dict[str, Any]) -> dict[str, Any]:
        out = {k: v for k, v in reference.items() if k != "reference"}
        out["type"] = self.contents.kind(to)
        own = self._identifier(to)
        if own is not None:
            out["identifier"] = own
        return out

    def _holder(self, position: int) -> str:
        """A place-holder for an id of the server. It is no id of ours: servers replace a
        place-holder wherever it stands in a resource, also in an identifier."""
        return f"urn:uuid:{uuid5(NAMESPACE_URL, self.contents.names[position])}"


def identifier(name: str, target: Target) -> dict[str, str]:
    """The identifier of our `Type/id`, in the system that the target wants."""
    kind, key = name.split("/", 1)
    systems = dict(target.identifier_systems)
    system = systems.get(kind, systems.get("default"))
    if system is None:
        return {"system": _URI, "value": f"urn:uuid:{key}"}
    return {"system": system, "value": key}


def search(name: str, target: Target, *, tagged: bool) -> str:
    """The search for our `Type/id` by its identifier, or by its tag."""
    kind, key = name.split("/", 1)
    if tagged:
        return f"{kind}?_tag={quote(f'{TAG_SYSTEM}|{key}', safe=':')}"
    own = identifier(name, target)
    return f"{kind}?identifier={quote(own['system'] + '|' + own['value'], safe=':')}"


def carries(resource: dict[str, Any], name: str, target: Target) -> bool:
    """Whether a resource of the server has the identifier or tag of our `Type/id`."""
    own, key = identifier(name, target), name.split("/", 1)[1]
    meta = resource.get("meta")
    tags = meta.get("tag", []) if isinstance(meta, dict) else []
    return any(
        isinstance(i, dict) and i.get("system") == own["system"] and i.get("value") == own["value"]
        for i in _identifiers(resource)
    ) or any(
        isinstance(t, dict) and t.get("system") == TAG_SYSTEM and t.get("code") == key for t in tags
    )


def _identifiers(resource: dict[str, Any]) -> list[Any]:
    found = resource.get("identifier", [])
    return found if isinstance(found, list) else []  # in some types there is only one


def _is_own(identifier: Any, key: str) -> bool:
    return isinstance(identifier, dict) and (
        identifier.get("system") == _URI and identifier.get("value") == f"urn:uuid:{key}"
    )

"""Resources to a Bundle of one of the four types.

collection   what was found; references are the entries' `urn:uuid` addresses.
document     the same with the Composition first, an identifier and a timestamp.
transaction  every entry is `PUT Type/id` with the id of the conversion, so that sending it
             again updates and makes nothing twice; the server resolves the `urn:uuid`.
batch        the same for servers without transactions: entries are processed one by one,
             so references are `Type/id`, which need no other entry. For a reader to resolve
             them, `fullUrl` ends in the same; its host is none (RFC 6761), since no server
             has the resources yet.
"""

from __future__ import annotations

from app.fhir.datatypes import Json

TYPES = ("collection", "transaction", "batch", "document")
NOWHERE = "https://case2fhir.invalid"


def assemble(
    resources: list[Json],
    bundle_type: str,
    *,
    identity: str,
    timestamp: str,
    profile: str | None = None,
) -> Json:
    """The bundle; `identity` is its id and identifier, `timestamp` when it was assembled,
    `profile` the one that it claims."""
    out: Json = {"resourceType": "Bundle", "id": identity}
    if profile is not None:
        out["meta"] = {"profile": [profile]}
    if bundle_type == "document":
        out["identifier"] = {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{identity}"}
    out["type"] = bundle_type
    if bundle_type == "document":
        out["timestamp"] = timestamp
    out["entry"] = [_entry(r, bundle_type) for r in resources]
    return out


def _entry(resource: Json, bundle_type: str) -> Json:
    entry: Json = {"fullUrl": full_url(resource, bundle_type), "resource": resource}
    if bundle_type in ("transaction", "batch"):
        url = f"{resource['resourceType']}/{resource['id']}"
        entry["request"] = {"method": "PUT", "url": url}
    return entry


def full_url(resource: Json, bundle_type: str) -> str:
    """The `fullUrl` of a resource in a bundle of this type."""
    if bundle_type == "batch":
        return f"{NOWHERE}/{resource.get('resourceType')}/{resource.get('id')}"
    return f"urn:uuid:{resource.get('id')}"

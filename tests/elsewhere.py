"""What becomes of a bundle on a server: the same statements in another form."""

from __future__ import annotations

import copy
import uuid
from typing import Any

from app.delivery.references import rewrite

Json = dict[str, Any]
BASE = "https://ehr.example.com/fhir"


def read_back(bundle: Json, *, parts: int = 1, own_ids: bool = True) -> list[Json]:
    """A bundle as a server gives it back, in `parts` pages of a search: ids and `fullUrl`s of
    the server, references as `Type/id`, `meta` and a narrative added, keys in another order."""
    resources = [copy.deepcopy(e["resource"]) for e in bundle["entry"]]
    names: dict[str, str] = {}
    for number, (entry, resource) in enumerate(zip(bundle["entry"], resources, strict=True)):
        new = str(uuid.UUID(int=number + 1)) if own_ids else resource["id"]
        old = f"{resource['resourceType']}/{resource['id']}"
        names[entry["fullUrl"]] = names[old] = f"{resource['resourceType']}/{new}"
        resource["id"] = new
    out = [_kept(rewrite(r, lambda a: names.get(a, a))) for r in resources]
    size = -(-len(out) // parts)
    return [
        {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(out),
            "link": [{"relation": "self", "url": f"{BASE}/Patient/1/$everything"}],
            "entry": [_entry(r) for r in out[at : at + size]],
        }
        for at in range(0, len(out), size)
    ]


def _kept(resource: Json) -> Json:
    meta = {**resource.get("meta", {}), "versionId": "1", "lastUpdated": "2026-01-02T03:04:05.678Z"}
    text = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">kept</div>'}
    kept: Json = _other_order({**resource, "meta": meta, "text": text})
    return kept


def _other_order(node: Any) -> Any:
    if isinstance(node, dict):
        return {k: _other_order(node[k]) for k in sorted(node, reverse=True)}
    return [_other_order(n) for n in node] if isinstance(node, list) else node


def _entry(resource: Json) -> Json:
    url = f"{BASE}/{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": url, "resource": resource, "search": {"mode": "match"}}

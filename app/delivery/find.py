"""Finding on a server what we may have put there before, whatever id it has there."""

from __future__ import annotations

from app.delivery.client import Client
from app.delivery.errors import Refused
from app.delivery.form import carries

_STRICT = {"Prefer": "handling=strict", "Cache-Control": "no-cache"}
"""A parameter that the server does not know is to be refused, not passed over; and the answer
must not be one that was kept from before."""


def find(client: Client, name: str, query: str) -> str | None:
    """The server's `Type/id` of our resource `name`, None when it is not there.

    Raises Refused when the answer does not tell: the search is refused, finds what was not
    asked for, or more than one; MayPass when it may be tried again.
    """
    place = f"target {client.target.name}"
    kind = name.split("/", 1)[0]
    answer = client.call("GET", query, headers=_STRICT)
    parameter = query.split("?", 1)[1].split("=", 1)[0]
    if not answer.ok or answer.body is None:
        raise Refused(f"answers {answer.status} to a search by {parameter}", place=place)
    entries = answer.body.get("entry", ())
    found = [e["resource"] for e in entries if isinstance(e, dict) and "resource" in e]
    found = [r for r in found if r.get("resourceType") == kind and r.get("id")]
    if not all(carries(r, name, client.target) for r in found):
        raise Refused(f"does not search {kind} by {parameter}: finds others, too", place=place)
    keys = sorted({str(r["id"]) for r in found})
    if len(keys) > 1:
        raise Refused(f"{name} is there {len(keys)} times; delete all but one of them", place=place)
    return f"{kind}/{keys[0]}" if keys else None

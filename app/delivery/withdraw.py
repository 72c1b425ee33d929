"""Taking back what an earlier version of a case said and this one does not.

A clinical statement that others may have read is marked as entered in error, as FHIR has it for
its type (`mappings/delivery/withdrawal.toml`); what has no such mark is deleted.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from app.delivery.answer import Answer, raw_issues, single_receipt
from app.delivery.client import Client
from app.delivery.errors import MayPass
from app.delivery.receipt import EntryReceipt
from app.resources import builtin
from app.rules import Rules, load_rules

_ERROR = "entered-in-error"


class Concept(Rules):
    """A CodeableConcept that says it; in FHIR 4.0 the elements of `without_in_r4` must then be
    absent."""

    element: str
    system: str
    without_in_r4: tuple[str, ...] = ()


class Active(Rules):
    types: tuple[str, ...]


class Withdrawal(Rules):
    """`mappings/delivery/withdrawal.toml`."""

    status: dict[str, str]
    concept: dict[str, Concept]
    active: Active

    def marked(self, resource: dict[str, Any], fhir_version: str) -> dict[str, Any] | None:
        """A resource that says that it should not be; None where its type cannot."""
        kind = resource["resourceType"]
        if kind in self.status:
            return {**resource, self.status[kind]: _ERROR}
        if kind in self.concept:
            rule = self.concept[kind]
            left_out = rule.without_in_r4 if fhir_version == "4.0" else ()
            kept = {k: v for k, v in resource.items() if k not in left_out}
            return {**kept, rule.element: {"coding": [{"system": rule.system, "code": _ERROR}]}}
        if kind in self.active.types:
            return {**resource, "active": False}
        return None


@lru_cache(maxsize=1)
def rules() -> Withdrawal:
    """The built-in table: it is FHIR's own."""
    return load_rules((builtin(),), "delivery/withdrawal.toml", Withdrawal)


def withdraw(client: Client, name: str, server: str, how: str) -> EntryReceipt:
    """Mark or delete the resource `server` (ours: `name`); the receipt says which.

    Raises MayPass when it may be tried again.
    """
    if how == "leave":
        return EntryReceipt(name, 200, server=server, withdrawn="left")
    if how == _ERROR:
        held = client.call("GET", server, headers={"Prefer": "return=representation"})
        if held.status in (404, 410):
            return EntryReceipt(name, 200, server=server, withdrawn="not there")
        if not held.ok or held.body is None:
            return _refused(name, server, held)
        marked = rules().marked(held.body, client.target.fhir_version)
        if marked is not None:
            version = held.headers.get("etag")
            match = {"If-Match": version} if version else {}
            meta = {k: v for k, v in marked.get("meta", {}).items() if k in ("tag", "profile")}
            body = {**marked, "meta": meta} if meta else _without(marked, "meta")
            answer = client.call("PUT", server, body, match)
            if answer.status == 412:  # somebody changed it since we read it
                raise MayPass("answers 412", place=f"target {client.target.name}")
            if not answer.ok:
                return _refused(name, server, answer)
            entry = {"resource": marked, "request": {"url": server}}
            return replace(single_receipt(answer, entry, name), withdrawn=_ERROR)
    try:
        answer = client.call("DELETE", server)
    except MayPass as error:
        if error.status_code != 409:
            raise
        return EntryReceipt(name, 409, server=server, withdrawn="refused: others refer to it")
    if answer.ok or answer.status in (404, 410):
        return EntryReceipt(name, 200, server=server, withdrawn="deleted")
    return _refused(name, server, answer)


def _refused(name: str, server: str, answer: Answer) -> EntryReceipt:
    issues = tuple(r.issue for r in raw_issues(answer.body))
    return EntryReceipt(name, answer.status, server=server, issues=issues, withdrawn="refused")


def _without(resource: dict[str, Any], key: str) -> dict[str, Any]:
    return {k: v for k, v in resource.items() if k != key}

"""Servers that are functions of the request, and bundles to send to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson

from app import delivery
from app.delivery.targets import Target

BASE = "http://fhir.test/r4"


def target(**settings: Any) -> Target:
    """A target with what a test wants of it."""
    given: dict[str, Any] = {"name": "test", "base_url": BASE, "fhir_version": "4.0"}
    return Target(**(given | {"timeout_seconds": 2.0, "attempts": 1} | settings))


def entry(name: str, *needs: str, kind: str = "Basic") -> dict[str, Any]:
    """A resource that refers to others, by its id."""
    resource: dict[str, Any] = {
        "resourceType": kind,
        "id": name,
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{name}"}],
        "part": [{"reference": f"urn:uuid:{n}"} for n in needs],
    }
    if kind == "Provenance":
        del resource["identifier"]
    return {
        "fullUrl": f"urn:uuid:{name}",
        "resource": resource,
        "request": {"method": "PUT", "url": f"{kind}/{name}"},
    }


def transaction(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}


def taken(bundle: dict[str, Any]) -> httpx.Response:
    answers = [
        {"response": {"status": "201 Created", "location": f"{e['request']['url']}/_history/1"}}
        for e in bundle["entry"]
    ]
    return httpx.Response(200, json={"resourceType": "Bundle", "entry": answers})


def refused(status: int, text: str, place: str = "Bundle") -> httpx.Response:
    issue = {"severity": "error", "code": "invalid", "details": {"text": text}}
    issues = [{**issue, "expression": [place]}]
    return httpx.Response(status, json={"resourceType": "OperationOutcome", "issue": issues})


def statement(**rest: Any) -> httpx.Response:
    about = {"mode": "server", "interaction": [{"code": "transaction"}], **rest}
    return httpx.Response(
        200,
        json={"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [about]},
    )


def transport(
    post: Callable[[dict[str, Any]], httpx.Response], metadata: httpx.Response | None = None
) -> httpx.MockTransport:
    """A server that answers transactions by `post`."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/metadata"):
            return metadata or statement()
        return post(orjson.loads(request.content))

    return httpx.MockTransport(handle)


Post = Callable[[dict[str, Any]], httpx.Response]


def send(server: Post, bundle: dict[str, Any], **settings: Any) -> delivery.Receipt:
    return delivery.send(
        bundle, target(**settings), transport=transport(server), wait=lambda _: None
    )

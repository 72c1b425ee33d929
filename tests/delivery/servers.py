"""Servers that are functions of the request, and bundles to send to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote
from uuid import NAMESPACE_OID, uuid5

import httpx
import orjson

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


@dataclass
class Memory:
    """A small FHIR server: transactions, reads, updates, conditional updates, deletes. It gives
    ids of its own where `own_ids`, and may know no transactions."""

    own_ids: bool = False
    transactions: bool = True
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.handle)

    def handle(self, request: httpx.Request) -> httpx.Response:
        path = unquote(request.url.path.removeprefix("/r4").strip("/"))
        query = request.url.query.decode()
        self.requests.append((request.method, path))
        if path == "metadata":
            return statement(interaction=[{"code": "transaction"}] if self.transactions else [])
        if request.method == "GET":
            found = self.resources.get(path)
            return httpx.Response(200, json=found) if found else refused(404, "not found")
        if request.method == "DELETE":
            self.resources.pop(path, None)
            return httpx.Response(204)
        body = orjson.loads(request.content)
        if request.method == "POST" and path == "":
            return self._transaction(body)
        try:
            name, new = self._put(f"{path}?{query}" if query else path, body, {})
        except KeyError as problem:
            return refused(404, str(problem))
        return httpx.Response(201 if new else 200, headers=self._headers(name))

    def _headers(self, name: str) -> dict[str, str]:
        version = self.versions[name]
        return {"Location": f"{BASE}/{name}/_history/{version}", "ETag": f'W/"{version}"'}

    def _transaction(self, body: dict[str, Any]) -> httpx.Response:
        if not self.transactions:
            return refused(405, "transactions are not supported")
        keep = dict(self.resources)
        answers, holders = [], {}
        try:
            for e in body["entry"]:
                url = e["request"]["url"]
                holders[e["fullUrl"]] = self._name(url, e["resource"])
            for e in body["entry"]:
                name, new = self._put(e["request"]["url"], e["resource"], holders)
                status = "201 Created" if new else "200 OK"
                answers.append({"response": {"status": status, "location": f"{name}/_history/1"}})
        except KeyError as problem:
            self.resources = keep
            return refused(404, f"client-assigned IDs are not enabled: {problem}")
        return httpx.Response(200, json={"resourceType": "Bundle", "entry": answers})

    def _name(self, url: str, resource: dict[str, Any]) -> str:
        if "?" not in url:
            if self.own_ids and url not in self.resources:
                raise KeyError(url)
            return url
        kind, query = url.split("?", 1)
        (parameter, (token,)), *_ = parse_qs(query).items()
        system, value = token.split("|")
        for name, held in self.resources.items():
            tokens = (
                [(t["system"], t["code"]) for t in held.get("meta", {}).get("tag", [])]
                if parameter == "_tag"
                else [(i["system"], i["value"]) for i in held.get("identifier", [])]
            )
            if name.startswith(f"{kind}/") and (system, value) in tokens:
                return name
        return f"{kind}/{uuid5(NAMESPACE_OID, value).hex[:8]}"

    def _put(self, url: str, resource: dict[str, Any], holders: dict[str, str]) -> tuple[str, bool]:
        name = self._name(url, resource)
        for part in resource.get("part", []):
            if "reference" in part:
                part["reference"] = holders.get(part["reference"], part["reference"])
                known = part["reference"] in self.resources
                if not known and part["reference"] not in holders.values():
                    raise KeyError(f"refers to {part['reference']}, which is not there")
        new = name not in self.resources
        self.resources[name] = {**resource, "id": name.split("/")[1]}
        self.versions[name] = self.versions.get(name, 0) + 1
        return name, new

"""A small FHIR server in memory, strict about what it is not able to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

import httpx
import orjson

from tests.delivery.servers import BASE, refused, statement


class Refusal(Exception):
    """Status and reason of what the server does not take."""


@dataclass
class Memory:
    """Transactions, reads, searches, updates, conditional requests, deletes.

    It gives ids of its own where `own_ids`, and may know no transactions, no conditional update,
    no conditional create (then it passes over If-None-Exist, as servers do; None: nor says so).
    """

    own_ids: bool = False
    transactions: bool = True
    conditional_update: bool = True
    conditional_create: bool | None = True
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.handle)

    def handle(self, request: httpx.Request) -> httpx.Response:
        path = unquote(request.url.path.removeprefix("/r4").strip("/"))
        query = request.url.query.decode()
        self.requests.append((request.method, path))
        try:
            return self._answer(request, path, query)
        except Refusal as refusal:
            return refused(*refusal.args)

    def _answer(self, request: httpx.Request, path: str, query: str) -> httpx.Response:
        if path == "metadata":
            return self._statement()
        if request.method == "GET":
            if query:
                entries = [{"resource": self.resources[n]} for n in self.find(path, query)]
                return httpx.Response(200, json={"resourceType": "Bundle", "entry": entries})
            found = self.resources.get(path)
            return httpx.Response(200, json=found) if found else refused(404, "not found")
        if request.method == "DELETE":
            self.resources.pop(path, None)
            return httpx.Response(204)
        body = orjson.loads(request.content)
        if request.method == "POST" and path == "":
            return self._transaction(body)
        asked = {"method": request.method, "url": f"{path}?{query}" if query else path}
        if "If-None-Exist" in request.headers:
            asked["ifNoneExist"] = request.headers["If-None-Exist"]
        name, status = self._place(asked)
        self._keep(asked, name, body, {})
        version = self.versions[name]
        headers = {"Location": f"{BASE}/{name}/_history/{version}", "ETag": f'W/"{version}"'}
        return httpx.Response(status, headers=headers)

    def _statement(self) -> httpx.Response:
        said: dict[str, Any] = {"interaction": [{"code": "transaction"}] * self.transactions}
        if not self.conditional_update:
            tells = {"updateCreate": not self.own_ids, "conditionalUpdate": False}
            if self.conditional_create is not None:
                tells["conditionalCreate"] = self.conditional_create
            types = ("Basic", "Condition", "Patient", "Provenance")
            said["resource"] = [{"type": t, **tells} for t in types]
        return statement(**said)

    def find(self, kind: str, query: str) -> list[str]:
        """The names of what a search finds."""
        (parameter, (token,)), *_ = parse_qs(query).items()
        system, value = token.split("|")
        found = []
        for name, held in self.resources.items():
            tokens = (
                [(t["system"], t["code"]) for t in held.get("meta", {}).get("tag", [])]
                if parameter == "_tag"
                else [(i["system"], i["value"]) for i in held.get("identifier", [])]
            )
            if name.startswith(f"{kind}/") and (system, value) in tokens:
                found.append(name)
        return found

    def _place(self, request: dict[str, Any]) -> tuple[str, int]:
        """Where a request writes to, and its status when it does."""
        url, condition = request["url"], None
        if request["method"] == "POST":
            condition = request.get("ifNoneExist") if self.conditional_create else None
        elif "?" in url:
            if not self.conditional_update:
                raise Refusal(400, "conditional updates are not supported")
            url, condition = url.split("?", 1)
        else:
            if self.own_ids and url not in self.resources:
                raise Refusal(404, "client-assigned IDs are not enabled")
            return url, 200 if url in self.resources else 201
        found = self.find(url, condition) if condition else []
        if len(found) > 1:
            raise Refusal(412, "multiple matches")
        return (found[0], 200) if found else (self._new(url), 201)

    def _new(self, kind: str) -> str:
        self.versions[kind] = self.versions.get(kind, 0) + 1
        return f"{kind}/s{self.versions[kind]}"

    def _keep(
        self, request: dict[str, Any], name: str, body: dict[str, Any], holders: dict[str, str]
    ) -> None:
        if request["method"] == "POST" and name in self.resources:
            return  # it is there; a conditional create changes nothing
        for part in body.get("part", []):
            if "reference" in part:
                part["reference"] = holders.get(part["reference"], part["reference"])
                known = part["reference"] in self.resources
                if not known and part["reference"] not in (name, *holders.values()):
                    raise Refusal(404, f"refers to {part['reference']}, which is not there")
        self.resources[name] = {**body, "id": name.split("/")[1]}
        self.versions[name] = self.versions.get(name, 0) + 1

    def _transaction(self, body: dict[str, Any]) -> httpx.Response:
        if not self.transactions:
            raise Refusal(405, "transactions are not supported")
        before = dict(self.resources)
        try:
            places = [self._place(e["request"]) for e in body["entry"]]
            holders = {e["fullUrl"]: n for e, (n, _) in zip(body["entry"], places, strict=True)}
            for e, (name, _) in zip(body["entry"], places, strict=True):
                self._keep(e["request"], name, e["resource"], holders)
        except Refusal:
            self.resources = before
            raise
        answers = [
            {"response": {"status": str(status), "location": f"{name}/_history/1"}}
            for name, status in places
        ]
        return httpx.Response(200, json={"resourceType": "Bundle", "entry": answers})

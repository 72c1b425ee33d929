"""Sending, against servers that are functions of the request."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest

from app import delivery, exact
from app.delivery.references import references
from app.delivery.split import circles
from app.errors import DeliveryError, InputError
from tests.delivery.memory import Memory
from tests.delivery.servers import (
    BASE,
    entry,
    refused,
    send,
    statement,
    taken,
    target,
    transaction,
)


def test_a_transaction_is_one_request() -> None:
    receipt = send(taken, transaction(entry("a"), entry("b", "a")))
    assert receipt.ok
    assert receipt.requests == 1
    assert [(e.resource, e.status, e.location) for e in receipt.entries] == [
        ("Basic/a", 201, "Basic/a/_history/1"),
        ("Basic/b", 201, "Basic/b/_history/1"),
    ]


def test_decimals_keep_their_digits() -> None:
    bodies = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("metadata"):
            return statement()
        bodies.append(request.content)
        return taken(orjson.loads(request.content))

    bundle = exact.loads(exact.dumps(transaction(entry("a"))).replace(b'"a"', b'"a","n":1.50', 1))
    delivery.send(bundle, target(), transport=httpx.MockTransport(handle))
    assert b'"n":1.50' in bodies[0] or b'"n":1.50' in exact.dumps(bundle)


@pytest.mark.parametrize("configured", [True, False])
def test_a_limit_is_kept_along_the_references(configured: bool) -> None:
    most = 3
    seen: list[str] = []

    def server(bundle: dict[str, Any]) -> httpx.Response:
        if len(bundle["entry"]) > most:
            return refused(400, "Transaction contains more update operations than allowed")
        own = {e["request"]["url"] for e in bundle["entry"]}
        assert all(e["fullUrl"] == f"{BASE}/{e['request']['url']}" for e in bundle["entry"])
        for e in bundle["entry"]:
            for reference in references(e["resource"]):
                assert reference in own or reference in seen, "refers to what is not there yet"
        seen.extend(e["request"]["url"] for e in bundle["entry"])
        return taken(bundle)

    entries = [
        entry("report", "a", "b", "c", "d"),
        *(entry(n, "patient") for n in "abcd"),
        entry("x", "y", "patient"),
        entry("y", "x"),
        entry("patient"),
    ]
    settings = {"max_entries": most} if configured else {}
    receipt = send(server, transaction(*entries), **settings)
    assert receipt.ok
    assert sorted(seen) == sorted(e["request"]["url"] for e in entries)
    assert [e.resource for e in receipt.entries] == [e["request"]["url"] for e in entries]
    assert receipt.requests >= 3


def test_a_part_that_is_refused_leaves_the_rest_unsent() -> None:
    def server(bundle: dict[str, Any]) -> httpx.Response:
        if any(e["resource"]["id"] == "bad" for e in bundle["entry"]):
            return refused(422, "not valid", "Bundle.entry[0].resource")
        return taken(bundle)

    bundle = transaction(entry("last", "bad"), entry("first"), entry("bad", "first"))
    receipt = send(server, bundle, max_entries=1)
    assert not receipt.ok
    assert [e.status for e in receipt.entries] == [None, 201, 422]
    assert receipt.entries[2].issues[0].text == "not valid"
    assert receipt.note is not None
    assert "Basic/bad: not valid" in receipt.note


def test_circles_come_out_together() -> None:
    needs = {0: [1], 1: [2], 2: [0], 3: [0], 4: []}
    assert [sorted(c) for c in circles(needs)] == [[0, 1, 2], [3], [4]]


def test_a_circle_one_by_one_is_completed_at_the_end() -> None:
    server = Memory(transactions=False)
    bundle = transaction(entry("a", "b"), entry("b", "c"), entry("c", "a"), entry("d", "a"))
    receipt = delivery.send(bundle, target(), transport=server.transport(), verify=True)
    assert receipt.ok, receipt
    assert server.resources["Basic/a"]["part"] == [{"reference": "Basic/b"}]
    assert server.resources["Basic/c"]["part"] == [{"reference": "Basic/a"}]
    assert all(server.versions[f"Basic/{n}"] <= 2 for n in "abcd")


@pytest.mark.parametrize("transactions", [True, False])
def test_a_server_that_gives_ids_gets_each_resource_once(transactions: bool) -> None:
    server = Memory(own_ids=True, transactions=transactions)
    bundle = transaction(
        entry("proof", "a", "b", kind="Provenance"), entry("a", "b"), entry("b"), entry("c", "a")
    )
    for _ in range(2):
        receipt = delivery.send(bundle, target(), transport=server.transport(), verify=True)
        assert receipt.ok, receipt
    assert len(server.resources) == 4
    assert {e.server for e in receipt.entries} == set(server.resources)
    proof = next(r for n, r in server.resources.items() if n.startswith("Provenance/"))
    assert proof["meta"]["tag"] == [{"system": "urn:case2fhir:resource", "code": "proof"}]
    assert {p["reference"] for p in proof["part"]} < set(server.resources)


def test_what_is_left_out_is_said_and_referred_to_by_identifier() -> None:
    server = Memory()
    known = [{"type": "Basic"}, {"type": "Patient"}]

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("metadata"):
            return statement(resource=known)
        return server.handle(request)

    bundle = transaction(entry("a", "b"), entry("b", kind="Specimen"), entry("c", kind="Patient"))
    receipt = delivery.send(
        bundle, target(types=frozenset({"Basic"})), transport=httpx.MockTransport(handle)
    )
    assert receipt.ok
    assert [e.left_out is None for e in receipt.entries] == [True, False, False]
    assert set(server.resources) == {"Basic/a"}
    assert server.resources["Basic/a"]["part"] == [
        {
            "type": "Specimen",
            "identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:b"},
        }
    ]
    with pytest.raises(DeliveryError, match="every entry is left out"):
        delivery.send(
            transaction(entry("b", kind="Specimen")),
            target(),
            transport=httpx.MockTransport(handle),
        )


def test_identifiers_get_the_system_that_a_target_wants() -> None:
    server = Memory(own_ids=True)
    systems = (("Patient", "urn:patients"), ("default", "urn:others"))
    bundle = transaction(entry("a"), entry("p", kind="Patient"))
    for _ in range(2):
        wanted = target(ids="server", identifier_systems=systems)
        assert delivery.send(bundle, wanted, transport=server.transport()).ok
    held = sorted(r["identifier"][0]["system"] for r in server.resources.values())
    assert held == ["urn:others", "urn:patients"]


def test_reading_back_finds_what_was_changed() -> None:
    server = Memory()

    def handle(request: httpx.Request) -> httpx.Response:
        answer = server.handle(request)
        if request.method == "GET" and request.url.path.endswith("/b"):
            return httpx.Response(200, json={**orjson.loads(answer.content), "part": []})
        return answer

    receipt = delivery.send(
        transaction(entry("a"), entry("b", "a")),
        target(verify=True),
        transport=httpx.MockTransport(handle),
    )
    assert [e.verified for e in receipt.entries] == [True, False]
    assert receipt.entries[1].differences == ("part",)
    assert not receipt.ok


def test_only_what_can_be_sent_again_is_sent() -> None:
    with pytest.raises(InputError, match="transaction"):
        send(taken, {**transaction(entry("a")), "type": "collection"})
    new = {**entry("a"), "request": {"method": "POST", "url": "Basic"}}
    for bundle in (transaction({"resource": {"resourceType": "Basic"}}), transaction(new)):
        with pytest.raises(InputError, match="update by its own id"):
            send(taken, bundle)
    with pytest.raises(InputError, match="twice"):
        send(taken, transaction(entry("a"), entry("a")))
    with pytest.raises(InputError, match="no entries"):
        send(taken, transaction())


def test_a_server_of_another_version_gets_nothing() -> None:
    with pytest.raises(DeliveryError, match=r"speaks FHIR 4\.0\.1"):
        send(taken, transaction(entry("a")), fhir_version="5.0")


def test_the_plan_is_made_without_sending() -> None:
    server = Memory()
    bundle = transaction(entry("b", "a"), entry("a"), entry("c", "b"))
    made = delivery.plan(bundle, target(max_entries=2), transport=server.transport())
    assert made.as_dict("test")["steps"] == [["Basic/b", "Basic/a"], ["Basic/c"]]
    assert server.requests == [("GET", "metadata")]
    assert "3 entries in 2 transactions" in made.summary

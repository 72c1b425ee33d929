"""Sending, against servers that are functions of the request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

from app import delivery, exact
from app.delivery.references import references
from app.delivery.split import parts
from app.errors import DeliveryError, InputError, TargetUnreachable

TARGET = delivery.Target("test", "http://fhir.test/r4", "4.0", timeout_seconds=2)


def entry(name: str, *needs: str) -> dict[str, Any]:
    return {
        "fullUrl": f"urn:uuid:{name}",
        "resource": {
            "resourceType": "Basic",
            "id": name,
            "part": [{"reference": f"urn:uuid:{n}"} for n in needs],
        },
        "request": {"method": "PUT", "url": f"Basic/{name}"},
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


def send(
    server: Callable[[dict[str, Any]], httpx.Response],
    bundle: dict[str, Any],
    target: delivery.Target = TARGET,
) -> delivery.Receipt:
    def handle(request: httpx.Request) -> httpx.Response:
        return server(orjson.loads(request.content))

    return delivery.send(bundle, target, transport=httpx.MockTransport(handle))


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
        bodies.append(request.content)
        return taken(orjson.loads(request.content))

    bundle = exact.loads(exact.dumps(transaction(entry("a"))).replace(b'"a"', b'"a","n":1.50', 1))
    delivery.send(bundle, TARGET, transport=httpx.MockTransport(handle))
    assert b'"n":1.50' in bodies[0]


@pytest.mark.parametrize("configured", [True, False])
def test_a_limit_is_kept_along_the_references(configured: bool) -> None:
    most = 3
    seen: list[str] = []

    def server(bundle: dict[str, Any]) -> httpx.Response:
        if len(bundle["entry"]) > most:
            return refused(400, "Transaction contains more update operations than allowed")
        own = {e["request"]["url"] for e in bundle["entry"]}
        assert all(
            e["fullUrl"] == f"{TARGET.base_url}/{e['request']['url']}" for e in bundle["entry"]
        )
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
    target = TARGET
    if configured:
        target = delivery.Target("t", TARGET.base_url, "4.0", timeout_seconds=2, max_entries=most)
    receipt = send(server, transaction(*entries), target)
    assert receipt.ok
    assert sorted(seen) == sorted(e["request"]["url"] for e in entries)
    assert [e.resource for e in receipt.entries] == [e["request"]["url"] for e in entries]
    assert receipt.requests >= 3
    assert receipt.note is not None
    assert "parts" in receipt.note


def test_a_part_that_is_refused_leaves_the_rest_unsent() -> None:
    def server(bundle: dict[str, Any]) -> httpx.Response:
        if any(e["resource"]["id"] == "bad" for e in bundle["entry"]):
            return refused(422, "not valid", "Bundle.entry[0].resource")
        return taken(bundle)

    target = delivery.Target("t", TARGET.base_url, "4.0", timeout_seconds=2, max_entries=1)
    bundle = transaction(entry("last", "bad"), entry("first"), entry("bad", "first"))
    receipt = send(server, bundle, target)
    assert not receipt.ok
    assert [e.status for e in receipt.entries] == [None, 201, None]
    assert receipt.note is not None
    assert "Basic/bad: not valid" in receipt.note


def test_what_the_server_is_to_name_keeps_its_place_holder() -> None:
    bodies: list[dict[str, Any]] = []

    def server(bundle: dict[str, Any]) -> httpx.Response:
        bodies.append(bundle)
        location = f"Basic/{len(bodies)}0/_history/1"
        answers = [{"response": {"status": "201", "location": location}}]
        return httpx.Response(200, json={"resourceType": "Bundle", "entry": answers})

    new = entry("a")
    new["request"] = {"method": "POST", "url": "Basic"}
    other = entry("b", "a")
    other["request"] = {"method": "POST", "url": "Basic"}
    target = delivery.Target("t", TARGET.base_url, "4.0", timeout_seconds=2, max_entries=1)
    assert send(server, transaction(other, new), target).ok
    assert bodies[0]["entry"][0]["fullUrl"] == "urn:uuid:a"
    assert bodies[1]["entry"][0]["resource"]["part"] == [{"reference": "Basic/10"}]


def test_circles_stay_together() -> None:
    entries = [entry("a", "b"), entry("b", "c"), entry("c", "a"), entry("d", "a"), entry("e")]
    assert parts(entries, 2) == [[0, 1, 2], [3, 4]]
    assert parts(entries, 1) == [[0, 1, 2], [3], [4]]
    assert parts(entries, 9) == [[0, 1, 2, 3, 4]]


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (refused(422, "gender is wrong", "Bundle.entry[1].resource"), "Basic/b: gender is wrong"),
        (httpx.Response(500, text="<html>"), "answers 500"),
        (httpx.Response(200, text="<html>"), "without a Bundle"),
        (httpx.Response(200, json={"resourceType": "Bundle"}), "one entry for each"),
        (httpx.Response(401), "answers 401"),
        (httpx.Response(302, headers={"location": "http://other.test/"}), "other.test"),
    ],
)
def test_what_a_server_says_is_passed_on(response: httpx.Response, reason: str) -> None:
    with pytest.raises(DeliveryError, match=reason):
        send(lambda _: response, transaction(entry("a"), entry("b")))


def test_no_answer_is_said() -> None:
    def silent(_: dict[str, Any]) -> httpx.Response:
        raise httpx.ReadTimeout("")

    def closed(_: dict[str, Any]) -> httpx.Response:
        raise httpx.ConnectError("")

    with pytest.raises(TargetUnreachable, match="within 2 seconds"):
        send(silent, transaction(entry("a")))
    with pytest.raises(TargetUnreachable, match="no connection"):
        send(closed, transaction(entry("a")))


def test_entries_of_a_batch_may_fail_alone() -> None:
    def server(bundle: dict[str, Any]) -> httpx.Response:
        answers = orjson.loads(taken(bundle).content)
        outcome = orjson.loads(refused(400, "no such code").content)
        answers["entry"][1] = {"response": {"status": "400", "outcome": outcome}}
        return httpx.Response(200, json=answers)

    receipt = send(server, {**transaction(entry("a"), entry("b")), "type": "batch"})
    assert [e.ok for e in receipt.entries] == [True, False]
    assert receipt.entries[1].issues[0].text == "no such code"


def test_only_what_can_be_sent_is_sent() -> None:
    with pytest.raises(InputError, match="transaction"):
        send(taken, {**transaction(entry("a")), "type": "collection"})
    with pytest.raises(InputError, match="request"):
        send(taken, transaction({"resource": {"resourceType": "Basic"}}))


def test_the_token_goes_to_the_target(monkeypatch: pytest.MonkeyPatch) -> None:
    from app.delivery.targets import Secret

    monkeypatch.setenv("A_TOKEN_OF_THE_TESTS", "abc")
    target = delivery.Target(
        "t",
        "https://fhir.test",
        "4.0",
        timeout_seconds=2,
        auth="bearer",
        secret=Secret(variable="A_TOKEN_OF_THE_TESTS"),
    )
    seen = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return taken(orjson.loads(request.content))

    delivery.send(transaction(entry("a")), target, transport=httpx.MockTransport(handle))
    assert seen == ["Bearer abc"]

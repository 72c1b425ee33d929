"""What servers refuse, what is tried again, and what is not."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest

from app import delivery
from app.errors import DeliveryError, TargetUnreachable
from tests.delivery.memory import Memory
from tests.delivery.servers import entry, refused, send, taken, target, transaction


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (refused(422, "gender is wrong", "Bundle.entry[1].resource"), "Basic/b: gender is wrong"),
        (httpx.Response(500, text="<html>"), "answers 500"),
        (httpx.Response(200, text="<html>"), "without FHIR JSON"),
        (httpx.Response(200, json={"resourceType": "Bundle"}), "one entry for each"),
        (httpx.Response(401), "answers 401"),
        (httpx.Response(302, headers={"location": "http://other.test/"}), "other.test"),
    ],
)
def test_what_a_server_says_is_passed_on(response: httpx.Response, reason: str) -> None:
    bundle = transaction(entry("a"), entry("b"))
    try:
        note = send(lambda _: response, bundle).note or ""
    except DeliveryError as error:
        note = str(error)
    assert reason in note


def test_what_may_pass_is_tried_again_as_long_as_the_server_asks() -> None:
    answers: list[httpx.Response | Exception] = [
        httpx.Response(503),
        httpx.Response(429, headers={"Retry-After": "7"}),
        httpx.Response(409),
        httpx.ReadTimeout(""),
        httpx.RemoteProtocolError(""),
        httpx.Response(200, content=b'{"resourceType": "Bund'),
        httpx.Response(200, text="<html>"),
    ]
    waits: list[float] = []
    server = Memory()

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method != "POST" or not answers:
            return server.handle(request)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            server.handle(request)  # the server worked, the answer was lost
            raise answer
        return answer

    receipt = delivery.send(
        transaction(entry("a")),
        target(attempts=8, max_backoff_seconds=20),
        transport=httpx.MockTransport(handle),
        wait=waits.append,
    )
    assert receipt.ok
    assert receipt.requests == 8
    assert waits == [1, 7, 4, 8, 16, 20, 20]
    assert len(server.resources) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 410, 412, 415, 422])
def test_what_cannot_pass_is_sent_once(status: int) -> None:
    count = 0

    def server(_: dict[str, Any]) -> httpx.Response:
        nonlocal count
        count += 1
        return refused(status, "no")

    receipt = send(server, transaction(entry("a")), attempts=5)
    assert not receipt.ok
    assert receipt.note is not None
    assert f"answers {status}" in receipt.note
    assert count == 1


def test_no_answer_is_said() -> None:
    def silent(_: dict[str, Any]) -> httpx.Response:
        raise httpx.ReadTimeout("")

    def closed(_: dict[str, Any]) -> httpx.Response:
        raise httpx.ConnectError("")

    with pytest.raises(TargetUnreachable, match="within 2 seconds"):
        send(silent, transaction(entry("a")))
    with pytest.raises(TargetUnreachable, match="no connection"):
        send(closed, transaction(entry("a")))


def test_a_server_that_is_not_there_is_said() -> None:
    def closed(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("")

    with pytest.raises(TargetUnreachable, match="no connection"):
        delivery.send(transaction(entry("a")), target(), transport=httpx.MockTransport(closed))


def test_entries_that_are_refused_alone_are_said() -> None:
    def server(bundle: dict[str, Any]) -> httpx.Response:
        answers = orjson.loads(taken(bundle).content)
        outcome = orjson.loads(refused(400, "no such code").content)
        answers["entry"][1] = {"response": {"status": "400", "outcome": outcome}}
        return httpx.Response(200, json=answers)

    receipt = send(server, transaction(entry("a"), entry("b")))
    assert [e.ok for e in receipt.entries] == [True, False]
    assert receipt.entries[1].issues[0].text == "no such code"

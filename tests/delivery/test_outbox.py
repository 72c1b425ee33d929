"""The outbox: attempts, crashes, corrections, cancelling, and the words that made a server
refuse."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy.exc import OperationalError

from app.delivery.outbox import Outbox
from app.fhir.run import DERIVATION
from app.store import DeliveryStatus, Store
from tests.delivery.desk import Desk
from tests.delivery.memory import Memory
from tests.delivery.servers import entry, refused, statement, transaction

TEXT = "She was well. Then a rash appeared on the arm. It went away."


def test_a_case_is_delivered_and_delivered_again(store: Store) -> None:
    server = Memory()
    desk = Desk(store, server)
    for _ in range(2):
        found = desk.deliver(verify=True)
        assert found.status == DeliveryStatus.DELIVERED
        assert [e["state"] for e in found.entries] == ["done", "done"]
        assert all(e["verified"] for e in found.entries)
        assert found.plan is not None
        assert found.plan["strategy"] == "transaction"
    assert set(server.resources) == {"Basic/a", "Basic/b"}
    assert sum(path == "metadata" for _, path in server.requests) == 1  # it is kept


def failing(server: Memory, *answers: Any) -> Callable[[httpx.Request], httpx.Response]:
    left = list(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "GET" or not left:
            return server.handle(request)
        answer = left.pop(0)
        if isinstance(answer, Exception):
            server.handle(request)
            raise answer
        return httpx.Response(answer)

    return handle


def test_what_may_pass_waits_and_is_tried_again(store: Store) -> None:
    server = Memory()
    desk = Desk(store, failing(server, 503, httpx.ReadTimeout("")))
    made = store.deliveries.add(desk.case.id, 1, "test")
    for failures in (1, 2):
        while desk.outbox.make_one() is None:
            pass
        found = store.deliveries.get(made.id)
        assert (found.status, found.failures) == (DeliveryStatus.WAITING, failures)
        assert found.error
    while desk.outbox.make_one() is None:
        pass
    assert store.deliveries.get(made.id).status == DeliveryStatus.DELIVERED
    assert set(server.versions.values()) == {2}  # carried out twice, there once


def test_after_the_last_attempt_it_is_given_up_with_the_reason(store: Store) -> None:
    server = Memory()
    desk = Desk(store, failing(server, 503, 503, 503))
    made = store.deliveries.add(desk.case.id, 1, "test")
    for _ in range(3):
        while desk.outbox.make_one() is None:
            pass
    found = store.deliveries.get(made.id)
    assert found.status == DeliveryStatus.FAILED
    assert found.error is not None
    assert "given up after 3 attempts" in found.error
    store.deliveries.retry(made.id)
    assert desk.outbox.make_one() is not None
    assert store.deliveries.get(made.id).status == DeliveryStatus.DELIVERED


class Killed(BaseException):
    """Ends a worker as kill -9 does: nothing is tidied up."""


@pytest.mark.parametrize("own_ids", [False, True])
@pytest.mark.parametrize("transactions", [False, True])
def test_a_worker_that_dies_at_any_request_is_succeeded(
    store: Store, own_ids: bool, transactions: bool
) -> None:
    server = Memory(own_ids=own_ids, transactions=transactions)
    die_at = 0
    count = 0

    def handle(request: httpx.Request) -> httpx.Response:
        nonlocal count
        count += 1
        if count == die_at:  # before the server works
            raise Killed
        answer = server.handle(request)
        if count == die_at - 1:  # after it has worked
            raise Killed
        return answer

    names = {"a", "b", "c", "d"}
    killed, attempt = True, 0
    while killed:
        attempt += 1
        die_at, count, killed = attempt, 0, False
        desk = Desk(store, handle)
        desk.bundle = transaction(
            entry("d", "c", kind="Provenance"), entry("a", "b"), entry("b", "a"), entry("c", "a")
        )
        made = store.deliveries.add(desk.case.id, 1, "test")
        try:
            desk.outbox.make_one(made.id)
        except Killed:
            assert store.deliveries.get(made.id).status == DeliveryStatus.SENDING
            _forget_leases(store)
            die_at, killed = 0, True
            desk.outbox.make_one(made.id)
        found = store.deliveries.get(made.id)
        assert found.status == DeliveryStatus.DELIVERED, found.error
        assert len(server.resources) == len(names)
    assert 3 < attempt < 30


def _forget_leases(store: Store) -> None:
    """As time does."""
    from sqlalchemy import delete

    from app.store import tables

    with store._engine.begin() as connection:
        connection.execute(delete(tables.leases))


def test_a_database_that_is_away_does_not_end_a_delivery(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Memory()
    desk = Desk(store, server)
    made = store.deliveries.add(desk.case.id, 1, "test")
    away = OperationalError("", {}, Exception())

    def broken(*_: Any) -> Any:
        raise away

    with monkeypatch.context() as patch:
        patch.setattr(store.cases, "get", broken)
        with pytest.raises(OperationalError):
            desk.outbox.make_one(made.id)
    assert store.deliveries.get(made.id).status == DeliveryStatus.SENDING
    _forget_leases(store)
    desk.outbox.make_one(made.id)
    assert store.deliveries.get(made.id).status == DeliveryStatus.DELIVERED


def test_what_one_delivery_learned_the_next_one_knows(store: Store) -> None:
    server, refusals = Memory(), 0

    def handle(request: httpx.Request) -> httpx.Response:
        nonlocal refusals
        if request.method == "POST" and len(orjson.loads(request.content)["entry"]) > 1:
            refusals += 1
            return refused(400, "too many entries")
        return server.handle(request)

    desk = Desk(store, handle)
    for _ in range(3):
        assert desk.deliver().status == DeliveryStatus.DELIVERED
    assert refusals == 1


def test_a_cancelled_delivery_stops_before_its_next_request(store: Store) -> None:
    server = Memory()
    desk = Desk(store, lambda request: handle(request), max_entries=1)
    made = store.deliveries.add(desk.case.id, 1, "test")

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            store.deliveries.cancel(made.id)
        return server.handle(request)

    desk.outbox.make_one()
    found = store.deliveries.get(made.id)
    assert found.status == DeliveryStatus.CANCELLED
    assert set(server.resources) == {"Basic/a"}
    assert [e["state"] for e in found.entries] == ["sent", "planned"]


def test_a_refusal_shows_the_sentence(store: Store) -> None:
    place = {
        "url": DERIVATION,
        "extension": [
            {"url": "reference", "valueReference": {"reference": "urn:uuid:doc"}},
            {"url": "path", "valueString": "DocumentReference.content[0].attachment.data"},
            {"url": "offset", "valueInteger": TEXT.index("rash")},
            {"url": "length", "valueInteger": 4},
        ],
    }
    problem = entry("p", "doc", kind="Condition")
    problem["resource"]["code"] = {"text": "rash", "coding": [{"code": "x"}], "extension": [place]}
    document = entry("doc", kind="DocumentReference")
    data = base64.b64encode(TEXT.encode()).decode()
    document["resource"]["content"] = [{"attachment": {"data": data}}]
    where = "Bundle.entry[1].resource.ofType(Condition).code.coding[0].code"

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return statement()
        return refused(422, "unknown code", where)

    desk = Desk(store, handle)
    desk.bundle = transaction(document, problem)
    found = desk.deliver()
    assert found.status == DeliveryStatus.FAILED
    assert found.error is not None
    assert "rash" not in found.error
    (said,) = found.entries[1]["issues"]
    assert said["words"] == "rash"
    assert said["sentence"] == "Then a rash appeared on the arm."
    assert said["start"] == TEXT.index("rash")


def test_the_plan_of_a_case_knows_what_is_there(store: Store) -> None:
    server = Memory(own_ids=True)
    desk = Desk(store, server, ids="server")
    assert desk.deliver().status == DeliveryStatus.DELIVERED
    desk.bundle = transaction(entry("a"))
    before = len(server.requests)
    plan = desk.outbox.plan(desk.case, desk.to)
    assert plan["withdrawn"] == ["Basic/b"]
    assert plan["steps"] == [["Basic/a"]]
    assert len(server.requests) == before  # the statement was kept, nothing else was asked


def test_threads_make_what_is_stored(store: Store) -> None:
    server = Memory()
    desk = Desk(store, server)
    outbox = Outbox(
        store,
        {"test": desk.to},
        lambda case, version: desk.bundle,
        threads=2,
        transport=httpx.MockTransport(server.handle),
    )
    made = [store.deliveries.add(desk.case.id, 1, "test").id for _ in range(3)]
    outbox.start()
    outbox.wake()
    from time import monotonic, sleep

    end = monotonic() + 20
    while store.deliveries.unfinished() and monotonic() < end:
        sleep(0.02)
    outbox.stop()
    assert {store.deliveries.get(i).status for i in made} == {DeliveryStatus.DELIVERED}
    assert orjson.dumps(sorted(server.resources)) == b'["Basic/a","Basic/b"]'

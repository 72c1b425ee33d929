"""The outbox: attempts, crashes, corrections, cancelling, and the words that made a server
refuse."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy.exc import OperationalError

from app.delivery.outbox import Outbox
from app.delivery.targets import Target
from app.fhir.run import DERIVATION
from app.store import Delivery, DeliveryStatus, Store, StoredCase
from tests.delivery.memory import Memory
from tests.delivery.servers import entry, refused, statement, target, transaction
from tests.store.test_store import read, settings

TEXT = "She was well. Then a rash appeared on the arm. It went away."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(settings(tmp_path))
    yield store
    store.close()


class Desk:
    """A store with one case, whose bundle a test chooses, and an outbox without threads."""

    def __init__(self, store: Store, server: Any, **how: Any) -> None:
        self.store = store
        self.case: StoredCase = store.cases.add(read(b"a report"))[0]
        self.bundle = transaction(entry("a"), entry("b", "a"))
        handle = server if callable(server) else server.handle
        self.to: Target = target(backoff_seconds=0.001, **{"attempts": 3, **how})
        self.outbox = Outbox(
            store,
            {"test": self.to},
            lambda case, version: self.bundle,
            threads=0,
            transport=httpx.MockTransport(handle),
        )

    def deliver(self, **options: Any) -> Delivery:
        made = self.store.deliveries.add(self.case.id, 1, "test", **options)
        while self.outbox.make_one() is not None:
            pass
        return self.store.deliveries.get(made.id)


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
    for die_at in range(1, 24):
        count = 0
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
            die_at = 0
            desk.outbox.make_one(made.id)
        found = store.deliveries.get(made.id)
        assert found.status == DeliveryStatus.DELIVERED, found.error
        assert len(server.resources) == len(names)


def _forget_leases(store: Store) -> None:
    """As time does."""
    from sqlalchemy import delete

    from app.store import tables

    with store._engine.begin() as connection:
        connection.execute(delete(tables.leases))


def test_a_corrected_case_takes_back_what_it_no_longer_says(store: Store) -> None:
    server = Memory()
    desk = Desk(store, server)
    problem = entry("p", "a", kind="Condition")
    problem["resource"]["clinicalStatus"] = {"coding": [{"code": "active"}]}
    measured = entry("o", "a", kind="Observation")
    measured["resource"]["status"] = "final"
    proof = entry("v", "p", "o", kind="Provenance")
    person = entry("r", "a", kind="RelatedPerson")
    desk.bundle = transaction(entry("a"), problem, measured, person, proof)
    assert desk.deliver().status == DeliveryStatus.DELIVERED
    desk.bundle = transaction(entry("a"), entry("new", "a"))
    found = desk.deliver()
    assert found.status == DeliveryStatus.DELIVERED, found.error
    withdrawn = {e["resource"]: e["withdrawn"] for e in found.entries if "withdrawn" in e}
    assert withdrawn == {
        "Condition/p": "entered-in-error",
        "Observation/o": "entered-in-error",
        "RelatedPerson/r": "entered-in-error",
        "Provenance/v": "deleted",
    }
    condition = server.resources["Condition/p"]
    assert "clinicalStatus" not in condition
    assert condition["verificationStatus"]["coding"][0]["code"] == "entered-in-error"
    assert server.resources["Observation/o"]["status"] == "entered-in-error"
    assert server.resources["RelatedPerson/r"]["active"] is False
    assert "Provenance/v" not in server.resources
    assert desk.deliver().plan["withdrawn"] == []  # type: ignore[index]


@pytest.mark.parametrize("own_ids", [False, True])
def test_what_was_sent_without_an_answer_is_taken_back_too(store: Store, own_ids: bool) -> None:
    server, silent = Memory(own_ids=own_ids), True

    def handle(request: httpx.Request) -> httpx.Response:
        answer = server.handle(request)
        if silent and request.method == "POST" and answer.is_success:
            raise httpx.ReadTimeout("")
        return answer

    desk = Desk(store, handle, attempts=1)
    problem = entry("p", "a", kind="Condition")
    desk.bundle = transaction(entry("a"), problem, entry("v", "p", kind="Provenance"))
    assert desk.deliver().status == DeliveryStatus.FAILED
    assert len(server.resources) == 3  # all is there, and nobody was told
    silent = False
    desk.bundle = transaction(entry("a"))
    found = desk.deliver()
    assert found.status == DeliveryStatus.DELIVERED, found.error
    withdrawn = {e["resource"]: e["withdrawn"] for e in found.entries if "withdrawn" in e}
    assert withdrawn == {"Condition/p": "entered-in-error", "Provenance/v": "deleted"}
    assert sorted(n.split("/")[0] for n in server.resources) == ["Basic", "Condition"]
    (condition,) = (r for n, r in server.resources.items() if n.startswith("Condition/"))
    assert condition["verificationStatus"]["coding"][0]["code"] == "entered-in-error"
    assert desk.deliver().plan["withdrawn"] == []  # type: ignore[index]


def test_what_was_never_there_is_not_taken_back(store: Store) -> None:
    server, closed = Memory(), True

    def handle(request: httpx.Request) -> httpx.Response:
        if closed and request.method == "POST":
            raise httpx.ConnectError("")
        return server.handle(request)

    desk = Desk(store, handle, attempts=1)
    assert desk.deliver().status == DeliveryStatus.FAILED
    closed = False
    desk.bundle = transaction(entry("a"))
    found = desk.deliver()
    assert found.status == DeliveryStatus.DELIVERED, found.error
    withdrawn = {e["resource"]: e["withdrawn"] for e in found.entries if "withdrawn" in e}
    assert withdrawn == {"Basic/b": "not there"}
    assert set(server.resources) == {"Basic/a"}


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


def test_a_target_may_want_deletion(store: Store) -> None:
    server = Memory()
    desk = Desk(store, server, withdraw="delete")
    assert desk.deliver().status == DeliveryStatus.DELIVERED
    desk.bundle = transaction(entry("a"))
    assert desk.deliver().status == DeliveryStatus.DELIVERED
    assert set(server.resources) == {"Basic/a"}


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

"""Servers that give the ids and know no conditional update: what is there is searched for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import delete

from app import delivery
from app.delivery.outbox import Outbox
from app.errors import DeliveryError, InputError
from app.store import DeliveryStatus, Store, tables
from tests.delivery.memory import Memory
from tests.delivery.servers import entry, refused, target, transaction
from tests.store.test_store import read, settings

BUNDLE = transaction(
    entry("proof", "a", "b", kind="Provenance"), entry("a", "b"), entry("b"), entry("c", "a")
)


def memory(create: bool | None, transactions: bool = True) -> Memory:
    return Memory(
        own_ids=True,
        conditional_update=False,
        conditional_create=create,
        transactions=transactions,
    )


def bundle() -> dict[str, Any]:
    copy: dict[str, Any] = orjson.loads(orjson.dumps(BUNDLE))
    return copy


@pytest.mark.parametrize("create", [True, False, None])
@pytest.mark.parametrize("transactions", [True, False])
def test_each_resource_is_there_once_and_up_to_date(
    create: bool | None, transactions: bool
) -> None:
    server = memory(create, transactions)
    for label in ("first", "second"):
        made = bundle()
        made["entry"][2]["resource"]["label"] = label
        receipt = delivery.send(made, target(), transport=server.transport(), verify=True)
        assert receipt.ok, receipt
    assert len(server.resources) == 4
    assert {e.server for e in receipt.entries} == set(server.resources)
    assert [r["label"] for r in server.resources.values() if "label" in r] == ["second"]
    proof = next(r for n, r in server.resources.items() if n.startswith("Provenance/"))
    assert {p["reference"] for p in proof["part"]} < set(server.resources)


@pytest.mark.parametrize(
    ("create", "words"),
    [(True, "searched for"), (None, "does not say"), (False, "no conditional create")],
)
def test_the_plan_says_so(create: bool | None, words: str) -> None:
    made = delivery.plan(bundle(), target(), transport=memory(create).transport()).as_dict("test")
    assert words in " ".join(made["notes"])
    assert made["found_by"] == ("search" if create is False else "conditional-create")
    assert "searched for" in made["summary"]
    assert ("nobody else" in " ".join(made["notes"])) is (create is not True)


def test_deliveries_at_the_same_time_are_not_made_where_they_could_double() -> None:
    with pytest.raises(DeliveryError, match="concurrency = 1"):
        delivery.send(bundle(), target(concurrency=2), transport=memory(False).transport())
    kept = target(concurrency=2)
    assert delivery.send(bundle(), kept, transport=memory(True).transport()).ok


@pytest.mark.parametrize("transactions", [True, False])
def test_what_somebody_else_creates_in_between_is_updated(transactions: bool) -> None:
    server, raced = memory(True, transactions), False

    def handle(request: httpx.Request) -> httpx.Response:
        nonlocal raced
        if request.method == "POST" and not raced:
            raced = True
            other = bundle()
            for e in other["entry"]:
                e["resource"]["label"] = "theirs"
            assert delivery.send(other, target(), transport=server.transport()).ok
        return server.handle(request)

    mine = bundle()
    for e in mine["entry"]:
        e["resource"]["label"] = "mine"
    receipt = delivery.send(mine, target(), transport=httpx.MockTransport(handle), verify=True)
    assert receipt.ok, receipt
    assert len(server.resources) == 4
    assert {r["label"] for r in server.resources.values()} == {"mine"}


def test_a_lost_answer_is_searched_for_when_the_server_has_had_its_time() -> None:
    server, lost = memory(False), 0
    waits: list[float] = []

    def handle(request: httpx.Request) -> httpx.Response:
        nonlocal lost
        answer = server.handle(request)
        if request.method == "POST" and not lost:
            lost += 1
            raise httpx.ReadTimeout("")
        return answer

    receipt = delivery.send(
        bundle(),
        target(attempts=3, timeout_seconds=40),
        transport=httpx.MockTransport(handle),
        wait=waits.append,
    )
    assert receipt.ok
    assert waits == [40]
    assert len(server.resources) == 4


class Killed(BaseException):
    """Ends a worker as kill -9 does."""


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize("transactions", [True, False])
def test_a_worker_that_dies_at_any_request_is_succeeded(
    tmp_path: Path, create: bool, transactions: bool
) -> None:
    store = Store(settings(tmp_path))
    case, _ = store.cases.add(read(b"a report"))
    for die_at in range(1, 100):
        server, count = memory(create, transactions), 0

        def handle(
            request: httpx.Request, server: Memory = server, die_at: int = die_at
        ) -> httpx.Response:
            nonlocal count
            count += 1
            answer = server.handle(request)
            if count == die_at:
                raise Killed
            return answer

        with store._engine.begin() as connection:
            connection.execute(delete(tables.on_target))
        to = {"test": target()}
        outbox = Outbox(
            store, to, lambda *_: bundle(), threads=0, transport=httpx.MockTransport(handle)
        )
        made = store.deliveries.add(case.id, 1, "test")
        try:
            outbox.make_one(made.id)
            break  # the delivery was made in fewer requests
        except Killed:
            with store._engine.begin() as connection:
                connection.execute(delete(tables.leases))
            outbox.make_one(made.id)
        assert store.deliveries.get(made.id).status == DeliveryStatus.DELIVERED
        assert len(server.resources) == 4
    assert 3 < die_at < 30
    store.close()


def test_a_server_that_passes_over_the_search_parameter_gets_nothing() -> None:
    server = memory(False)
    assert delivery.send(transaction(entry("x")), target(), transport=server.transport()).ok

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and request.url.query:
            entries = [{"resource": r} for r in server.resources.values()]
            return httpx.Response(200, json={"resourceType": "Bundle", "entry": entries})
        return server.handle(request)

    with pytest.raises(DeliveryError, match="does not search Basic by identifier"):
        delivery.send(transaction(entry("a")), target(), transport=httpx.MockTransport(handle))
    assert len(server.resources) == 1


def test_what_is_there_twice_is_said_and_not_sent() -> None:
    server = memory(False)
    twin = entry("a")["resource"]
    server.resources |= {"Basic/1": {**twin, "id": "1"}, "Basic/2": {**twin, "id": "2"}}
    with pytest.raises(DeliveryError, match="Basic/a is there 2 times"):
        delivery.send(transaction(entry("a")), target(), transport=server.transport())
    assert len(server.resources) == 2


def test_a_search_that_is_refused_ends_the_delivery() -> None:
    server = memory(False)

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and request.url.query:
            return refused(400, "unknown parameter")
        return server.handle(request)

    with pytest.raises(DeliveryError, match="answers 400 to a search by _tag"):
        delivery.send(bundle(), target(), transport=httpx.MockTransport(handle))
    assert server.resources == {}


def test_a_server_that_refuses_conditional_updates_without_having_said_so() -> None:
    server = memory(True)

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/metadata"):
            return Memory().handle(request)
        return server.handle(request)

    transport = httpx.MockTransport(handle)
    for _ in range(2):
        receipt = delivery.send(bundle(), target(), transport=transport, verify=True)
        assert receipt.ok, receipt
        assert receipt.note is not None
        assert "refused conditional updates" in receipt.note
    assert len(server.resources) == 4


@pytest.mark.parametrize("name", ["Basic/../x", "Basic/..", "basic/a", "Basic/a b", "Basic/a?b"])
def test_names_that_could_lead_elsewhere_are_not_sent(name: str) -> None:
    wrong = entry("a")
    kind, key = name.split("/", 1)
    wrong["resource"] |= {"resourceType": kind, "id": key}
    wrong["request"]["url"] = name
    with pytest.raises(InputError, match="as FHIR has them"):
        delivery.send(transaction(wrong), target(), transport=Memory().transport())

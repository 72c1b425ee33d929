"""Corrected cases: what they no longer say is taken back from the target."""

from __future__ import annotations

import httpx
import pytest

from app.store import DeliveryStatus, Store
from tests.delivery.desk import Desk
from tests.delivery.memory import Memory
from tests.delivery.servers import entry, refused, transaction


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
    server, silent, refusing = Memory(own_ids=own_ids), True, False

    def handle(request: httpx.Request) -> httpx.Response:
        if refusing and request.method in ("POST", "PUT"):
            return refused(422, "not today")
        answer = server.handle(request)
        if silent and request.method == "POST" and answer.is_success:
            raise httpx.ReadTimeout("")
        return answer

    desk = Desk(store, handle, attempts=1)
    problem = entry("p", "a", kind="Condition")
    desk.bundle = transaction(entry("a"), problem, entry("v", "p", kind="Provenance"))
    assert desk.deliver().status == DeliveryStatus.FAILED
    assert len(server.resources) == 3  # all is there, and nobody was told
    silent, refusing = False, True
    desk.bundle = transaction(entry("a"))
    assert desk.deliver().status == DeliveryStatus.FAILED  # before it came to taking back
    refusing = False
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


def test_a_target_may_want_deletion(store: Store) -> None:
    server = Memory()
    desk = Desk(store, server, withdraw="delete")
    assert desk.deliver().status == DeliveryStatus.DELIVERED
    desk.bundle = transaction(entry("a"))
    assert desk.deliver().status == DeliveryStatus.DELIVERED
    assert set(server.resources) == {"Basic/a"}

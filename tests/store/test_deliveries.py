"""Deliveries in the store: who may make which, and what the ledger keeps."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.delivery.ledger import Stopped
from app.delivery.receipt import EntryReceipt
from app.errors import Finished, NotFound
from app.settings import Settings
from app.store import Delivery, DeliveryStatus, Store, StoredCase
from tests.store.test_store import read, settings

LONG = 60.0
PLAN = {"steps": [["Patient/1", "Basic/2"]], "withdrawn": []}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(settings(tmp_path))
    yield store
    store.close()


def kept(store: Store, text: bytes = b"a report") -> StoredCase:
    return store.cases.add(read(text))[0]


def claim(store: Store, owner: str = "me", seconds: float = LONG, **limits: int) -> Delivery | None:
    return store.deliveries.claim(owner, seconds, limits)


def test_a_delivery_is_claimed_once_while_its_lease_lasts(store: Store) -> None:
    first = store.deliveries.add(kept(store).id, 1, "t")
    claimed = claim(store, seconds=-1)  # this one ends before it begins
    assert claimed is not None
    assert (claimed.id, claimed.status) == (first.id, DeliveryStatus.SENDING)
    again = claim(store, "other")
    assert again is not None
    assert again.id == first.id
    assert claim(store, "third") is None
    with pytest.raises(Stopped):
        store.ledger(claimed, "me").sending(["Patient/1"])
    assert not store.ledger(claimed, "me").renew(LONG)
    assert store.ledger(again, "other").renew(LONG)


def test_one_case_goes_to_one_target_once_at_a_time_and_in_order(store: Store) -> None:
    case, other = kept(store), kept(store, b"another")
    one = store.deliveries.add(case.id, 1, "t")
    two = store.deliveries.add(case.id, 1, "t")
    three = store.deliveries.add(case.id, 1, "u")
    four = store.deliveries.add(other.id, 1, "t")
    taken = [claim(store, str(n), t=5, u=5) for n in range(4)]
    assert [d and d.id for d in taken] == [one.id, three.id, four.id, None]
    store.ledger(one, "0").close(DeliveryStatus.WAITING, "busy", LONG)
    assert claim(store, t=5) is None  # the second waits for the first, which waits
    store.deliveries.cancel(one.id)
    last = claim(store, t=5)
    assert last is not None
    assert last.id == two.id


def test_a_target_has_as_many_deliveries_at_once_as_it_wants(store: Store) -> None:
    for text in (b"a", b"b", b"c"):
        store.deliveries.add(kept(store, text).id, 1, "t")
    assert claim(store, "1", t=2) is not None
    assert claim(store, "2", t=2) is not None
    assert claim(store, "3", t=2) is None
    assert claim(store, "4", t=3) is not None


def _claims(url: str, owner: str) -> list[str]:
    store = Store(Settings(_env_file=None, database_url=url))
    out = []
    while (found := store.deliveries.claim(owner, LONG, {"t": 100})) is not None:
        out.append(found.id)
    store.close()
    return out


def test_processes_share_the_deliveries(tmp_path: Path, store: Store) -> None:
    ids = [store.deliveries.add(kept(store, b"%d" % n).id, 1, "t").id for n in range(12)]
    url = settings(tmp_path).database_url
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        taken = pool.starmap(_claims, [(url, str(n)) for n in range(3)])
    assert sorted(i for part in taken for i in part) == sorted(ids)


def test_the_ledger_keeps_what_was_answered(store: Store) -> None:
    case = kept(store)
    made = store.deliveries.add(case.id, 1, "t")
    claim(store)
    ledger = store.ledger(made, "me")
    ledger.planned(PLAN, [EntryReceipt("Group/3", left_out="not known there")])
    ledger.sending(["Patient/1", "Basic/2"])
    assert [e["state"] for e in store.deliveries.get(made.id).entries] == [
        "sent",
        "sent",
        "left-out",
    ]
    ledger.answered([EntryReceipt("Patient/1", 201, server="Patient/77")], ["abc"])
    ledger.answered([EntryReceipt("Basic/2", 422)], [""])
    assert ledger.finished() == {"Patient/1": "abc"}
    assert ledger.known() == {"Patient/1": "Patient/77"}
    ledger.verified([("Patient/1", True, ())])
    ledger.close(DeliveryStatus.FAILED, "refused")
    found = store.deliveries.get(made.id)
    assert (found.status, found.error, found.requests) == (DeliveryStatus.FAILED, "refused", 1)
    assert (found.done, found.total) == (2, 3)
    assert found.entries[0]["verified"] is True
    assert found.plan == PLAN
    assert claim(store) is None
    again = store.deliveries.retry(made.id)
    assert again.status == DeliveryStatus.QUEUED
    assert claim(store) is not None
    assert store.ledger(made, "me").finished() == {"Patient/1": "abc"}


def test_what_is_no_longer_said_is_known_unless_another_case_says_it(store: Store) -> None:
    case, other = kept(store), kept(store, b"another")
    for which, names in ((case, ("Basic/1", "Basic/2", "Device/9")), (other, ("Device/9",))):
        made = store.deliveries.add(which.id, 1, "t")
        claim(store)
        ledger = store.ledger(made, "me")
        ledger.planned({"steps": [list(names)], "withdrawn": []}, [])
        ledger.answered([EntryReceipt(n, 201) for n in names], ["x"] * len(names))
        ledger.close(DeliveryStatus.DELIVERED, None)
    assert store.deliveries.withdrawn(case.id, "t", ["Basic/1"]) == ("Basic/2",)
    assert store.deliveries.withdrawn(case.id, "u", []) == ()
    store.cases.delete(other.id)
    assert store.deliveries.withdrawn(case.id, "t", ["Basic/1"]) == ("Basic/2", "Device/9")


def test_cancel_and_retry(store: Store) -> None:
    made = store.deliveries.add(kept(store).id, 1, "t")
    assert store.deliveries.cancel(made.id).status == DeliveryStatus.CANCELLED
    with pytest.raises(Finished):
        store.deliveries.cancel(made.id)
    assert claim(store) is None
    assert store.deliveries.retry(made.id).status == DeliveryStatus.QUEUED
    claim(store)
    with pytest.raises(Finished):
        store.deliveries.retry(made.id)
    assert store.deliveries.cancel(made.id).status == DeliveryStatus.SENDING
    with pytest.raises(Stopped, match="cancelled"):
        store.ledger(made, "me").sending(["Patient/1"])
    for method in (store.deliveries.get, store.deliveries.cancel, store.deliveries.retry):
        with pytest.raises(NotFound):
            method("none")


def test_a_deleted_case_stops_its_delivery(store: Store) -> None:
    case = kept(store)
    made = store.deliveries.add(case.id, 1, "t")
    claim(store)
    store.cases.delete(case.id)
    with pytest.raises(Stopped):
        store.ledger(made, "me").sending(["Patient/1"])
    assert store.deliveries.list(10) == []


def test_lists_are_newest_first_and_can_be_narrowed(store: Store) -> None:
    case = kept(store)
    ids = [store.deliveries.add(case.id, 1, t).id for t in ("t", "u", "t")]
    assert [d.id for d in store.deliveries.list(10)] == ids[::-1]
    assert [d.id for d in store.deliveries.list(1, target="t")] == [ids[2]]
    assert store.deliveries.list(9, status=DeliveryStatus.FAILED) == []
    assert store.deliveries.list(9, case_id="none") == []
    assert replace(store.deliveries.get(ids[0])).next_try

"""HAPI FHIR JPA: the cases of the tests and of the shared material arrive once, read back, are
found; two senders at once; refusals with their sentence; corrections."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from app import delivery, exact
from app.delivery.outbox import Outbox
from app.jobs import BundleForm, read
from app.pipeline import Converter
from app.settings import Settings
from app.store import DeliveryStatus, Store
from tests.integration.corrections import correct
from tests.integration.hapi import hapi
from tests.integration.reports import (
    CASES,
    GOLD,
    OTHERS,
    everything,
    found,
    missed,
    names,
    transaction,
)


@pytest.fixture(scope="module", params=["4.0", "5.0"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """A HAPI server of each version: (version, base URL)."""
    with hapi(request.param) as (url, _):
        yield request.param, url


@pytest.fixture(scope="module")
def converter() -> Converter:
    return Converter()


def total(base: str, query: str) -> int:
    joined = "&" if "?" in query else "?"
    url = f"{base}/{query}{joined}_summary=count&_total=accurate"
    answer = httpx.get(url, trust_env=False, timeout=60)
    assert answer.status_code == 200, answer.text[:300]
    found: int = answer.json()["total"]
    return found


def target(base: str, version: str, **settings: Any) -> delivery.Target:
    return delivery.Target("hapi", base, version, timeout_seconds=600, **settings)


def test_reports_arrive_once_and_are_found(server: tuple[str, str], converter: Converter) -> None:
    version, base = server
    reports = [*CASES, *GOLD, *OTHERS] if version == "4.0" else [*CASES, *GOLD]
    expected: dict[str, set[str]] = {}
    for report in reports:
        bundle = transaction(converter, report, version)
        for again in (False, True):
            receipt = delivery.send(bundle, target(base, version), verify=not again)
            bad = [e for e in receipt.entries if not e.ok]
            assert receipt.ok, (report.name, receipt.note, bad[:2])
        for kind, keys in names(bundle).items():
            expected.setdefault(kind, set()).update(keys)
        assert missed(base, bundle) == [], report.name
        for patient, told in everything(bundle).items():
            assert told <= found(base, f"Patient/{patient}/$everything"), report.name
    assert {k: total(base, k) for k in expected} == {k: len(v) for k, v in expected.items()}


def test_two_senders_at_once_make_one_set(server: tuple[str, str], converter: Converter) -> None:
    version, base = server
    text = "A 61-year-old woman presented with dyspnea and fever. Chest CT showed a mass."
    made = converter.convert(text, fhir_version=version, bundle_type="transaction")
    bundle = exact.loads(exact.dumps(made.bundle))
    kinds = sorted({e["resource"]["resourceType"] for e in bundle["entry"]} - {"Device"})
    before = {k: total(base, k) for k in kinds}
    to = target(base, version, backoff_seconds=0.1)
    with ThreadPoolExecutor(4) as senders:
        receipts = list(senders.map(lambda _: delivery.send(bundle, to), range(4)))
    assert all(r.ok for r in receipts), [r.note for r in receipts]
    now = {k: total(base, k) for k in kinds}
    own = [e["resource"]["resourceType"] for e in bundle["entry"]]
    assert now == {k: before[k] + own.count(k) for k in kinds}


def test_a_corrected_case_takes_back_what_it_no_longer_says(
    server: tuple[str, str], converter: Converter, tmp_path: Path
) -> None:
    version, base = server
    correct(converter, target(base, version), tmp_path)


@pytest.fixture(scope="module")
def own() -> Iterator[str]:
    """The base URL of a HAPI server that gives the ids."""
    with hapi("4.0", "no-client-ids") as (base, _):
        yield base


WAYS: list[dict[str, Any]] = [
    {},
    {"send_as": "single"},
    {"found_by": "conditional-create"},
    {"found_by": "conditional-create", "send_as": "single"},
    {"found_by": "search"},
    {"found_by": "search", "send_as": "single"},
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(way.values()) or "auto")
def test_a_server_that_gives_the_ids(own: str, converter: Converter, way: dict[str, Any]) -> None:
    """Each resource is there once, however it is found; HAPI says only when it is asked to take
    an id of ours that it takes none."""
    text = f"A 44-year-old man had cough. Chest CT showed a mass. This is number {WAYS.index(way)}."
    made = converter.convert(text, bundle_type="transaction").bundle
    bundle = exact.loads(exact.dumps(made))
    kinds = [e["resource"]["resourceType"] for e in bundle["entry"]]
    before = {k: found(own, k) for k in set(kinds)}
    ids = {"ids": "server"} if "found_by" in way else {}
    for _ in range(2):
        receipt = delivery.send(bundle, target(own, "4.0", **ids, **way), verify=True)
        assert receipt.ok, (receipt.note, [e for e in receipt.entries if not e.ok][:2])
    if not ids:
        assert "ids of ours" in (receipt.note or "")
    new = {k: found(own, k) - before[k] for k in set(kinds)}
    held = {e.server for e in receipt.entries}
    assert len(held) == len(kinds)
    assert set().union(*new.values()) <= held
    about_patients = [k for k in kinds if k not in ("Device", "Organization", "Practitioner")]
    for kind in set(about_patients):  # devices and organizations are those of other cases, too
        assert len(new[kind]) == about_patients.count(kind), kind


def test_two_senders_at_once_where_the_server_gives_the_ids(own: str, converter: Converter) -> None:
    bundle = transaction(converter, CASES[-1], "4.0")
    to = target(own, "4.0", ids="server", backoff_seconds=0.2)
    with ThreadPoolExecutor(3) as senders:
        receipts = list(senders.map(lambda _: delivery.send(bundle, to), range(3)))
    assert all(r.ok for r in receipts), [r.note for r in receipts]
    assert len({tuple(e.server for e in r.entries) for r in receipts}) == 1
    for e in bundle["entry"]:
        kind, key = e["resource"]["resourceType"], e["resource"]["id"]
        query = f"identifier=urn:ietf:rfc:3986%7Curn:uuid:{key}"
        if key not in str(e["resource"].get("identifier")):
            query = f"_tag=urn:case2fhir:resource%7C{key}"
        assert total(own, f"{kind}?{query}") == 1, kind


def test_a_refusal_shows_the_sentence(converter: Converter, tmp_path: Path) -> None:
    text = "She was well before. A biopsy of the skin showed melanoma. She went home."
    with hapi("4.0", "validate") as (base, _):
        store = Store(Settings(_env_file=None, database_url=f"sqlite:///{tmp_path / 'c.db'}"))
        form = BundleForm("4.0", "transaction")
        case, _ = store.cases.add(read(converter, text.encode(), "text/plain", form))
        bundle = exact.loads(read(converter, text.encode(), "text/plain", form).bundle.json)
        problem = next(e["resource"] for e in bundle["entry"] if _about(e["resource"], text))
        problem["verificationStatus"] = {
            "coding": [{"system": "http://nowhere.test", "code": "sure"}]
        }
        outbox = Outbox(store, {"hapi": target(base, "4.0")}, lambda *_: bundle, threads=0)
        made = store.deliveries.add(case.id, 1, "hapi")
        outbox.make_one(made.id)
        found = store.deliveries.get(made.id)
        assert found.status == DeliveryStatus.FAILED
        issues = [i for e in found.entries for i in e.get("issues", ())]
        assert "A biopsy of the skin showed melanoma." in {i.get("sentence") for i in issues}
        outbox.stop()
        store.close()


def _about(resource: dict[str, Any], text: str) -> bool:
    """Whether a resource is a problem of the second sentence."""
    return resource["resourceType"] == "Condition" and (
        resource.get("code", {}).get("text", "") in text.split(".")[1]
    )

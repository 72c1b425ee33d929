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
from tests import shared
from tests.integration.hapi import hapi

CASES = sorted((Path(__file__).parents[1] / "cases").glob("*/report.txt"))
GOLD = sorted((shared.FOLDER / "gold" / "text").glob("*.txt"))
OTHERS = sorted((shared.FOLDER / "corpora").glob("**/*.txt"))


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


def transaction(converter: Converter, report: Path, version: str) -> dict[str, Any]:
    made = converter.convert(report, fhir_version=version, bundle_type="transaction")
    bundle: dict[str, Any] = exact.loads(exact.dumps(made.bundle))
    return bundle


def target(base: str, version: str, **settings: Any) -> delivery.Target:
    return delivery.Target("hapi", base, version, timeout_seconds=600, **settings)


def test_reports_arrive_once_and_are_found(server: tuple[str, str], converter: Converter) -> None:
    version, base = server
    reports = [*CASES, *GOLD, *OTHERS[:30]] if version == "4.0" else [*CASES, *GOLD[:2]]
    expected: dict[str, set[str]] = {}
    patients: set[str] = set()
    for report in reports:
        bundle = transaction(converter, report, version)
        receipt = delivery.send(bundle, target(base, version), verify=True)
        assert receipt.ok, (report, receipt.note, [e for e in receipt.entries if not e.ok][:2])
        for entry in bundle["entry"]:
            kind, key = entry["request"]["url"].split("/")
            expected.setdefault(kind, set()).add(key)
            patients |= {key} if kind == "Patient" else set()
    delivery.send(bundle, target(base, version))  # the last one again
    assert {k: total(base, k) for k in expected} == {k: len(v) for k, v in expected.items()}
    found = {k: sum(total(base, f"{k}?patient={p}") for p in patients) for k in ("Condition",)}
    assert found == {k: len(expected[k]) for k in found}
    for entry in bundle["entry"]:
        resource = entry["resource"]
        coding = next(iter(resource.get("code", {}).get("coding", ())), None)
        if resource["resourceType"] in ("Observation", "Condition") and coding:
            query = f"{resource['resourceType']}?code={coding['system']}%7C{coding['code']}"
            assert total(base, f"{query}&_id={resource['id']}") == 1


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
    store = Store(Settings(_env_file=None, database_url=f"sqlite:///{tmp_path / 'cases.db'}"))
    text = b"A 47-year-old man presented with cough. He also had a headache and a rash."
    form = BundleForm(version, "transaction")
    first = read(converter, text, "text/plain", form)
    case, _ = store.cases.add(first)
    bundles = {1: exact.loads(first.bundle.json)}

    def bundle_of(stored: Any, _: str) -> dict[str, Any]:
        found: dict[str, Any] = bundles[stored.version]
        return found

    outbox = Outbox(store, {"hapi": target(base, version)}, bundle_of, threads=0)

    def deliver(number: int) -> Any:
        made = store.deliveries.add(case.id, number, "hapi", verify=True)
        outbox.make_one(made.id)
        return store.deliveries.get(made.id)

    done = deliver(1)
    assert done.status == DeliveryStatus.DELIVERED, done.error
    problems = [e for e in bundles[1]["entry"] if e["resource"]["resourceType"] == "Condition"]
    assert problems
    data = exact.loads(case.json)
    gone = data["problems"].pop()
    for fact in [f for v in data.values() if isinstance(v, list) for f in v]:
        for link in ("due_to", "seen_in", "findings", "reason", "complications"):
            if gone["id"] in fact.get(link, ()):
                fact[link].remove(gone["id"])
    from app.jobs import review

    second = review(converter, exact.dumps(data), form)
    bundles[2] = exact.loads(second.bundle.json)
    store.cases.put(case.id, second, None)
    done = deliver(2)
    assert done.status == DeliveryStatus.DELIVERED, done.error
    withdrawn = {e["resource"]: e["withdrawn"] for e in done.entries if "withdrawn" in e}
    names = {e["request"]["url"] for e in bundles[1]["entry"]}
    assert set(withdrawn) == names - {e["request"]["url"] for e in bundles[2]["entry"]}
    assert withdrawn
    for name, how in withdrawn.items():
        answer = httpx.get(f"{base}/{name}", trust_env=False, timeout=60)
        if how == "deleted":
            assert answer.status_code == 410
        else:
            assert "entered-in-error" in answer.text
    outbox.stop()
    store.close()


def test_a_server_that_gives_the_ids(converter: Converter) -> None:
    with hapi("4.0", "no-client-ids") as (base, _):
        bundle = transaction(converter, CASES[0], "4.0")
        for _ in range(2):
            receipt = delivery.send(bundle, target(base, "4.0"), verify=True)
            assert receipt.ok, (receipt.note, [e for e in receipt.entries if not e.ok][:2])
        assert "ids of ours" in (receipt.note or "")
        own = [e["resource"]["resourceType"] for e in bundle["entry"]]
        assert {k: total(base, k) for k in set(own)} == {k: own.count(k) for k in set(own)}
        with ThreadPoolExecutor(3) as senders:
            to = target(base, "4.0", ids="server", backoff_seconds=0.2)
            other = transaction(converter, CASES[-1], "4.0")
            receipts = list(senders.map(lambda _: delivery.send(other, to), range(3)))
        assert all(r.ok for r in receipts), [r.note for r in receipts]
        keys = [e["resource"]["id"] for e in other["entry"] if "identifier" in e["resource"]]
        for key, e in zip(keys, other["entry"], strict=False):
            kind = e["resource"]["resourceType"]
            assert total(base, f"{kind}?identifier=urn:ietf:rfc:3986%7Curn:uuid:{key}") == 1


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

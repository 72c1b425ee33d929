"""Whole cases on a real FHIR server: sent twice, each resource is there once, as it was sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from app import delivery, exact
from app.delivery.references import references, rewrite, server_names
from app.errors import DeliveryError
from app.pipeline import Converter
from tests import shared
from tests.integration import reports as reports_of
from tests.integration.corrections import correct

CASES = Path(__file__).parents[1] / "cases"
SEED = shared.FOLDER / "gold" / "text" / "SEED.txt"


def reports() -> list[Any]:
    found = [pytest.param(p, id=p.parent.name) for p in sorted(CASES.glob("*/report.txt"))]
    return [*found, pytest.param(SEED, id="SEED", marks=shared.needs_shared)]


@pytest.fixture(scope="module")
def converter() -> Converter:
    return Converter()


def read_back(base: str, bundle: dict[str, Any]) -> list[dict[str, Any]]:
    """What the server holds for each entry, without what the server adds."""
    out = []
    with httpx.Client(base_url=base, trust_env=False) as client:
        for entry in bundle["entry"]:
            answer = client.get(f"{base}/{entry['request']['url']}")
            assert answer.status_code == 200, entry["request"]["url"]
            resource = exact.loads(answer.content)
            for name in ("versionId", "lastUpdated", "author", "project"):
                resource.get("meta", {}).pop(name, None)
            if not resource.get("meta", True):
                del resource["meta"]
            out.append(resource)
    return out


def counts(base: str, bundle: dict[str, Any]) -> dict[str, int]:
    """How many resources of each type the server holds."""
    types = sorted({e["resource"]["resourceType"] for e in bundle["entry"]})
    with httpx.Client(trust_env=False) as client:
        return {
            t: len(client.get(f"{base}/{t}", params={"_count": 1000}).json().get("entry", []))
            for t in types
        }


@pytest.mark.parametrize("report", reports())
def test_sent_twice_it_is_there_once(
    server: tuple[str, str], converter: Converter, report: Path
) -> None:
    version, base = server
    bundle = converter.convert(report, fhir_version=version, bundle_type="transaction").bundle
    target = delivery.Target("loopback", base, version, timeout_seconds=60)
    for _ in range(2):
        receipt = delivery.send(bundle, target, verify=True)
        assert receipt.ok, [e for e in receipt.entries if not e.ok][:3]
        assert all(e.verified for e in receipt.entries)
        assert len(receipt.entries) == len(bundle["entry"])
    expected: dict[str, int] = {}
    for entry in bundle["entry"]:
        kind = entry["resource"]["resourceType"]
        expected[kind] = expected.get(kind, 0) + 1
    assert counts(base, bundle) == expected
    names = server_names(bundle)
    sent = exact.loads(exact.dumps(bundle))
    resources = [
        rewrite(e["resource"], lambda reference: names.get(reference, reference))
        for e in sent["entry"]
    ]
    assert read_back(base, bundle) == resources


def test_in_small_parts_it_is_the_same(server: tuple[str, str], converter: Converter) -> None:
    version, base = server
    report = CASES / "headings" / "report.txt"
    bundle = converter.convert(report, fhir_version=version, bundle_type="transaction").bundle
    target = delivery.Target("small", base, version, timeout_seconds=60, max_entries=12)
    receipt = delivery.send(bundle, target)
    assert receipt.ok
    assert receipt.requests > 1
    assert sum(counts(base, bundle).values()) == len(bundle["entry"])
    names = server_names(bundle).values()
    stored = read_back(base, bundle)
    for resource in stored:
        assert set(references(resource)) <= set(names)


def test_what_the_server_refuses_is_named(server: tuple[str, str], converter: Converter) -> None:
    version, base = server
    report = CASES / "series" / "report.txt"
    bundle = converter.convert(report, fhir_version=version, bundle_type="transaction").bundle
    bundle = exact.loads(exact.dumps(bundle))
    wrong = bundle["entry"][1]["resource"]
    wrong["colour"] = "green"
    target = delivery.Target("loopback", base, version, timeout_seconds=60)
    try:
        said = delivery.send(bundle, target).note or ""
    except DeliveryError as error:  # the server does not say which entry it means
        said = str(error)
    assert "colour" in said
    assert set(counts(base, bundle).values()) == {0}


@pytest.mark.parametrize("settings", [{}, {"send_as": "single"}, {"max_entries": 7}])
def test_where_the_server_gives_the_ids_each_is_there_once(
    server: tuple[str, str], converter: Converter, settings: dict[str, Any]
) -> None:
    """Also within Medplum's limit of eight entries where any of them is conditional."""
    version, base = server
    report = CASES / "headings" / "report.txt"
    bundle = converter.convert(report, fhir_version=version, bundle_type="transaction").bundle
    target = delivery.Target("own", base, version, timeout_seconds=60, ids="server", **settings)
    for _ in range(2):
        receipt = delivery.send(bundle, target, verify=True)
        assert receipt.ok, (receipt.note, [e for e in receipt.entries if not e.ok][:3])
    assert sum(counts(base, bundle).values()) == len(bundle["entry"])
    assert not {e.server for e in receipt.entries} & {e.resource for e in receipt.entries}


def test_gold_cases_and_reports_arrive_once_and_are_found(
    server: tuple[str, str], converter: Converter
) -> None:
    """All on one server, each twice."""
    version, base = server
    target = delivery.Target("loopback", base, version, timeout_seconds=60)
    expected: dict[str, set[str]] = {}
    for report in reports_of.FEW:
        bundle = reports_of.transaction(converter, report, version)
        for again in (False, True):
            receipt = delivery.send(bundle, target, verify=not again)
            bad = [e for e in receipt.entries if not e.ok]
            assert receipt.ok, (report.name, receipt.note, bad[:2])
        for kind, keys in reports_of.names(bundle).items():
            expected.setdefault(kind, set()).update(keys)
        assert reports_of.missed(base, bundle) == [], report.name
    for kind, keys in expected.items():
        assert reports_of.found(base, kind) == {f"{kind}/{key}" for key in keys}


def test_a_corrected_case_takes_back_what_it_no_longer_says(
    server: tuple[str, str], converter: Converter, tmp_path: Path
) -> None:
    version, base = server
    target = delivery.Target("loopback", base, version, timeout_seconds=60)
    correct(converter, target, tmp_path)

"""A bundle that has been through a real server: verified, read back to its case, summarised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from app import delivery, exact
from app.pipeline import Converter
from app.reading import read_case
from app.summary import render, summarise
from app.verification import verify

CASES = Path(__file__).parents[1] / "cases"


@pytest.fixture(scope="module")
def converter() -> Converter:
    return Converter()


def pages(base: str, types: list[str]) -> list[tuple[str, dict[str, Any]]]:
    """What the server holds, as it gives it: a searchset for each type."""
    with httpx.Client(trust_env=False) as client:
        answers = [client.get(f"{base}/{t}", params={"_count": 1000}) for t in types]
    return [(t, exact.loads(a.content)) for t, a in zip(types, answers, strict=True)]


@pytest.mark.parametrize("name", ["headings", "series"])
def test_what_a_server_keeps_is_still_the_case(
    server: tuple[str, str], converter: Converter, name: str
) -> None:
    version, base = server
    _, case, _ = converter.read(CASES / name / "report.txt")
    bundle, _ = converter.write(case, fhir_version=version, bundle_type="transaction")
    target = delivery.Target("loopback", base, version, timeout_seconds=60)
    assert delivery.send(bundle, target).ok
    types = sorted({e["resource"]["resourceType"] for e in bundle["entry"]})
    kept = pages(base, types)
    report = verify(kept)
    assert report.findings == ()
    assert report.places == verify([("Bundle", exact.loads(exact.dumps(bundle)))]).places
    reading = read_case([b for _, b in kept], overlay=None)
    assert reading.unread == ()
    assert reading.fhir_version == version
    known = {f.id: f for f in reading.case.facts()}
    assert known == {f.id: f for f in case.facts()}
    assert {p.key: p for p in reading.case.patients} == {p.key: p for p in case.patients}
    assert reading.case.document == case.document
    here, there = (sorted(render(None, summarise(c)).splitlines()) for c in (case, reading.case))
    assert here == there

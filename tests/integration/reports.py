"""The reports that real servers are sent, and what searches must find of them afterwards."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from app import exact
from app.pipeline import Converter
from tests import shared

CASES = sorted((Path(__file__).parents[1] / "cases").glob("*/report.txt"))
GOLD = sorted((shared.FOLDER / "gold" / "text").glob("*.txt"))
MOST = int(os.environ.get("CASE2FHIR_REPORTS", "5"))
"""How many reports beside the gold cases: few in CI, 30 for the whole run."""
OTHERS = sorted((shared.FOLDER / "corpora" / "maccrobat").glob("*.txt"))[::4][:MOST]
"""Where the shared material is not there, only the reports of the repository are sent."""

ALL = [*CASES, *GOLD, *OTHERS]
FEW = ALL if "CASE2FHIR_REPORTS" in os.environ else [*CASES, *GOLD[:3]]
"""For a server that looks at everything it holds for each search (Medplum's, in memory)."""


def transaction(converter: Converter, report: Path, version: str) -> dict[str, Any]:
    made = converter.convert(report, fhir_version=version, bundle_type="transaction")
    bundle: dict[str, Any] = exact.loads(exact.dumps(made.bundle))
    return bundle


def names(bundle: dict[str, Any]) -> dict[str, set[str]]:
    """The ids of a bundle's resources by type."""
    found = defaultdict(set)
    for entry in bundle["entry"]:
        found[entry["resource"]["resourceType"]].add(entry["resource"]["id"])
    return dict(found)


def searches(bundle: dict[str, Any]) -> Iterator[tuple[str, set[str]]]:
    """Searches, each for one patient of the bundle, and the ids that they must find."""
    expected: dict[str, set[str]] = {}
    resources = [e["resource"] for e in bundle["entry"]]
    patients = {e["fullUrl"]: e["resource"]["id"] for e in bundle["entry"]}
    for resource in resources:
        kind, subject = resource["resourceType"], resource.get("subject", {}).get("reference")
        if kind not in ("Condition", "Observation", "ImagingStudy") or subject is None:
            continue
        of = f"{kind}?patient={patients[subject]}"
        expected.setdefault(of, set()).add(resource["id"])
        codings = resource.get("code", {}).get("coding", [])
        queries = {f"{of}&code={_token(c)}" for c in codings if "code" in c}
        if kind == "ImagingStudy":
            # R4 and R5 define this parameter on the series, of which reports give no UID
            series = {_token(s["modality"]) for s in resource.get("series", [])}
            queries |= {f"{of}&modality={token}" for token in series}
        for query in queries:
            expected.setdefault(query, set()).add(resource["id"])
    yield from expected.items()


def everything(bundle: dict[str, Any]) -> dict[str, set[str]]:
    """For each patient of a bundle the `Type/id` of what says that it is about this patient."""
    found: dict[str, set[str]] = {}
    for entry in bundle["entry"]:
        resource = entry["resource"]
        about = resource.get("subject") or resource.get("patient") or {}
        reference = about.get("reference")
        if reference is not None:
            key = reference.removeprefix("urn:uuid:")
            found.setdefault(key, set()).add(f"{resource['resourceType']}/{resource['id']}")
    return found


def found(base: str, query: str) -> set[str]:
    """`Type/id` of what a search finds, on all its pages."""
    out: set[str] = set()
    url: str | None = f"{base}/{query}{'&' if '?' in query else '?'}_count=1000"
    with httpx.Client(trust_env=False, timeout=120) as client:
        while url:
            answer = client.get(url)
            assert answer.status_code == 200, f"{query.split('?')[0]}: {answer.status_code}"
            page = answer.json()
            held = [e["resource"] for e in page.get("entry", ())]
            out |= {f"{r['resourceType']}/{r['id']}" for r in held}
            links = {x["relation"]: x["url"] for x in page.get("link", ())}
            url = links.get("next")
            assert url is None or urlsplit(url).hostname == "127.0.0.1"
    return out


def missed(base: str, bundle: dict[str, Any]) -> list[str]:
    """The searches that do not find exactly what they should."""
    wrong = []
    for query, ids in searches(bundle):
        kind = query.split("?")[0]
        if found(base, query) != {f"{kind}/{key}" for key in ids}:
            wrong.append(query)
    return wrong


def _token(coding: dict[str, Any]) -> str:
    coding = coding.get("coding", [coding])[0]
    return quote(f"{coding.get('system', '')}|{coding['code']}", safe="")

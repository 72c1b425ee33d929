from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app import fhir
from app.case.model import (
    Assertion,
    Case,
    Certainty,
    Evidence,
    Phrase,
    Problem,
    ProblemCategory,
)
from app.errors import InputError, InvalidCase
from app.fhir import Writer
from app.issues import IssueKind
from tests.fhir.conftest import TYPES, VERSIONS
from tests.fhir.report import TEXT, ev
from tests.fhir.rich import bare, rich

BLANK = TEXT.index("\n\n")
ROOT = Path(__file__).parents[2]


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", TYPES)
def test_no_patient_is_invented(writer: Writer, version: str, kind: str) -> None:
    bundle, issues = writer.write(bare(), fhir_version=version, bundle_type=kind)
    types = {e["resource"]["resourceType"] for e in bundle["entry"]}
    head = {"Composition"} if kind == "document" else set()
    assert types == {"DocumentReference", "Device", "Provenance"} | head
    assert issues == ()


def test_source_text_travels_unchanged(writer: Writer) -> None:
    text = "Ünïcode 🫀 and\r\n white  space\t.\n"
    (document,) = resources(writer.write(bare(text))[0], "DocumentReference")
    attachment = document["content"][0]["attachment"]
    data = base64.b64decode(attachment["data"])
    assert data.decode("utf-8") == text
    assert attachment["size"] == len(data)
    assert attachment["hash"] == base64.b64encode(hashlib.sha1(data).digest()).decode()
    r5, _ = writer.write(bare(text), fhir_version="5.0")
    (document,) = resources(r5, "DocumentReference")
    assert document["content"][0]["attachment"]["size"] == str(len(data))


def test_decimals_keep_their_digits(rich_json: dict[tuple[str, str], str]) -> None:
    assert '"value":10.50,' in rich_json["4.0", "collection"]
    assert fhir.dumps({"a": Decimal("1E+3"), "b": Decimal("-0.10")}) == b'{"a":1000,"b":-0.10}'
    with pytest.raises(TypeError):
        fhir.dumps({"a": object()})


def test_requests_make_resending_safe(rich_json: dict[tuple[str, str], str]) -> None:
    for version in VERSIONS:
        for kind in ("transaction", "batch"):
            bundle = json.loads(rich_json[version, kind])
            for entry in bundle["entry"]:
                resource = entry["resource"]
                url = f"{resource['resourceType']}/{resource['id']}"
                assert entry["request"] == {"method": "PUT", "url": url}
        for kind in ("collection", "document"):
            assert all("request" not in e for e in json.loads(rich_json[version, kind])["entry"])


def test_references_of_a_batch_need_no_other_entry(
    rich_json: dict[tuple[str, str], str],
) -> None:
    body = rich_json["4.0", "batch"]
    bundle = json.loads(body)
    known = {e["request"]["url"] for e in bundle["entry"]}
    # where a reader resolves the references; no server has these addresses
    addresses = [f"https://case2fhir.invalid/{e['request']['url']}" for e in bundle["entry"]]
    assert [e["fullUrl"] for e in bundle["entry"]] == addresses
    found = set(re.findall(r'"reference":"([^"]+)"', body))
    assert found
    assert found <= known


def test_ids_are_made_of_what_is_said(writer: Writer) -> None:
    case = rich()
    extra = Problem(id="new", patient="p1", name="report", evidence=ev("report"))
    more = case.model_copy(update={"problems": (extra, *case.problems)})
    before = {e["resource"]["id"] for e in writer.write(case)[0]["entry"]}
    after = {e["resource"]["id"] for e in writer.write(more)[0]["entry"]}
    assert before < after
    assert len(after - before) == 1


def test_same_bytes_in_another_process(rich_json: dict[tuple[str, str], str]) -> None:
    code = (
        "from app import fhir; from tests.fhir.rich import rich; import sys;"
        "b, _ = fhir.load(None).write(rich(), fhir_version='5.0', bundle_type='document');"
        "sys.stdout.buffer.write(fhir.dumps(b))"
    )
    env = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    assert run.stdout.decode() == rich_json["5.0", "document"]


def test_document_lists_everything(rich_json: dict[tuple[str, str], str]) -> None:
    bundle = json.loads(rich_json["4.0", "document"])
    head = bundle["entry"][0]["resource"]
    titles = [s["title"] for s in head["section"]]
    assert titles == [
        "Patient", "History", "Problems", "Findings", "Imaging", "Laboratory", "Pathology",
        "Procedures", "Medication", "Outcome", "Consent", "Source",
    ]  # fmt: skip
    listed = [r["reference"] for s in head["section"] for r in s["entry"]]
    assert len(listed) == len(set(listed))
    assert set(listed) == {e["fullUrl"] for e in bundle["entry"][1:]}
    assert "subject" not in head  # two patients, and R4 has room for one
    assert [r["reference"] for r in head["author"]] == [
        e["fullUrl"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Practitioner"
    ]
    r5 = json.loads(rich_json["5.0", "document"])["entry"][0]["resource"]
    assert len(r5["subject"]) == 2


def test_narrative_says_absent_and_is_escaped(writer: Writer) -> None:
    case = bare("x <script>alert(1)</script> & y")
    problem = {"id": "a", "patient": "p1", "category": "finding", "assertion": "absent"}
    raw = {
        **case.model_dump(),
        "patients": [{"key": "p1"}],
        "problems": [
            {**problem, "name": "<script>a & b</script>", "evidence": [{"start": 0, "end": 1}]}
        ],
    }
    bundle, _ = writer.write(type(case).model_validate(raw), bundle_type="document")
    sections = {s["title"]: s["text"]["div"] for s in bundle["entry"][0]["resource"]["section"]}
    assert "&lt;script&gt;a &amp; b&lt;/script&gt;; absent" in sections["Findings"]
    assert "<script" not in sections["Findings"]


def test_recorded_time(writer: Writer) -> None:
    def recorded(when: datetime | None) -> str:
        (found,) = resources(writer.write(bare(), recorded=when)[0], "Provenance")
        return str(found["recorded"])

    assert recorded(None) == recorded(None)
    moment = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert recorded(moment) == "2024-05-06T07:08:09Z"
    assert recorded(moment.replace(tzinfo=None)) == "2024-05-06T07:08:09Z"
    east = moment.astimezone(timezone(timedelta(hours=2)))
    assert recorded(east) == "2024-05-06T09:08:09+02:00"


def test_a_link_that_no_element_takes_is_reported(writer: Writer) -> None:
    _, issues = writer.write(rich())
    assert issues == ()
    consent = rich().consents[0].id  # no element takes a consent for a cause
    problems = tuple(
        p.model_copy(update={"due_to": (consent,)}) if p.id == "anaemia" else p
        for p in rich().problems
    )
    _, issues = writer.write(rich().model_copy(update={"problems": problems}))
    assert [(i.kind, i.fact) for i in issues] == [(IssueKind.FACT_UNMAPPED, "anaemia")]
    assert consent in issues[0].reason


def test_words_are_cleaned_for_fhir(writer: Writer) -> None:
    case = rich()
    odd = case.problems[0].model_copy(
        update={"name": "a\x0b\x00 b\u2028\ufeffc\n", "severity": Phrase(text=" \x1f")}
    )
    alone = Case(document=case.document, patients=case.patients, problems=(odd,))
    bundle, _ = writer.write(alone)
    (condition,) = resources(bundle, "Condition")
    assert condition["code"]["text"] == "a b c"
    assert "severity" not in condition


@pytest.mark.parametrize(
    "where", [Evidence(start=0, end=len(TEXT) + 1), Evidence(start=BLANK, end=BLANK + 2)]
)
def test_evidence_must_point_at_words(writer: Writer, where: Evidence) -> None:
    case = rich()
    fact = case.outcomes[0].model_copy(update={"evidence": (where,)})
    with pytest.raises(InvalidCase) as failed:
        writer.write(case.model_copy(update={"outcomes": (fact,)}))
    assert failed.value.place == "case.outcomes[0].evidence[0]"


def test_unknown_version_and_type_are_refused(writer: Writer) -> None:
    with pytest.raises(InputError):
        writer.write(bare(), fhir_version="3.0")
    with pytest.raises(InputError):
        writer.write(bare(), bundle_type="message")


@pytest.mark.parametrize("version", VERSIONS)
def test_the_full_name_has_its_own_places(writer: Writer, version: str) -> None:
    case = rich()
    named = Problem(
        id="head",
        patient="p1",
        name="severe flank pain",
        name_evidence=ev("severe flank pain"),
        evidence=ev("pain"),
    )
    same = named.model_copy(update={"id": "same", "name_evidence": ev("pain")})
    done = case.procedures[0].model_copy(
        update={"name": "laparoscopic nephrectomy", "name_evidence": ev("laparoscopic nephrectomy")}
    )
    case = case.model_copy(update={"problems": (named, same), "procedures": (done,)})
    bundle, _ = writer.write(case, fhir_version=version)
    first, second = resources(bundle, "Condition")
    (procedure,) = resources(bundle, "Procedure")

    def words(node: dict[str, Any]) -> list[str]:
        return [
            TEXT[p["offset"] : p["offset"] + p["length"]]
            for e in node.get("extension", ())
            if e["url"].endswith("derivation-reference")
            for p in [{x["url"]: x.get("valueInteger") for x in e["extension"]}]
        ]

    assert words(first) == ["pain"]
    assert words(first["code"]) == ["severe flank pain"]
    assert words(second) == ["pain"]
    assert words(second["code"]) == []
    assert words(procedure["code"])[0] == "laparoscopic nephrectomy"


@pytest.mark.parametrize(("version", "over"), [("4.0", None), ("5.0", "unknown")])
def test_a_lasting_disease_of_the_past_is_active(
    writer: Writer, version: str, over: str | None
) -> None:
    case = rich()
    gout = Problem(id="gout", patient="p1", name="gout", evidence=ev("gout"), history=True)
    lasting = gout.model_copy(update={"id": "lasting", "lasting": True})
    excluded = lasting.model_copy(update={"id": "no", "assertion": Assertion.ABSENT})
    excluded = excluded.model_copy(
        update={"category": ProblemCategory.DIAGNOSIS, "certainty": Certainty.EXCLUDED}
    )
    case = case.model_copy(update={"problems": (gout, lasting, excluded)})
    bundle, _ = writer.write(case, fhir_version=version)
    found = [
        c["clinicalStatus"]["coding"][0]["code"] if "clinicalStatus" in c else None
        for c in resources(bundle, "Condition")
    ]
    assert found == [over, "active", over]


def test_a_document_names_the_article_that_it_was_made_from(writer: Writer) -> None:
    (r4,) = resources(writer.write(rich(), bundle_type="document")[0], "Composition")
    doi = {"system": "https://doi.org", "value": "10.1000/example"}
    assert r4["relatesTo"] == [{"code": "transforms", "targetIdentifier": doi}]
    bundle, _ = writer.write(rich(), fhir_version="5.0", bundle_type="document")
    (r5,) = resources(bundle, "Composition")
    assert r5["relatesTo"] == [
        {"type": "transforms", "citation": "Journal of Examples, 10.1000/example, CC BY 4.0"}
    ]
    (none,) = resources(writer.write(bare(), bundle_type="document")[0], "Composition")
    assert "relatesTo" not in none

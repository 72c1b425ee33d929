"""US Core: a profile is claimed by each resource that satisfies it, and by no other."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest

from app import fhir
from app.errors import InputError
from app.fhir import Writer
from tests.fhir.rich import bare, rich

US = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

Resources = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def made() -> Resources:
    """Resources of the rich case by the profile that they claim ("" for none)."""
    bundle, _ = fhir.load(None).write(rich(), profile="us-core")
    out: Resources = defaultdict(list)
    for entry in json.loads(fhir.dumps(bundle))["entry"]:
        claimed = entry["resource"].get("meta", {}).get("profile", [""])
        assert len(claimed) == 1
        out[claimed[0].removeprefix(US)].append(entry["resource"])
    return out


def codes(concepts: list[dict[str, Any]]) -> set[str]:
    return {coding["code"] for concept in concepts for coding in concept["coding"]}


def test_patients(made: Resources) -> None:
    assert len(made["patient"]) == 2
    for patient in made["patient"]:
        assert patient["identifier"][0]["value"] == f"urn:uuid:{patient['id']}"
        assert patient["name"] == [{"extension": [{"url": ABSENT, "valueCode": "unknown"}]}]
        assert patient["gender"] in ("female", "male")
        assert not any("us-core" in e["url"] for e in patient.get("extension", ()))  # race


def test_a_sex_that_is_not_said_is_unknown(writer: Writer) -> None:
    case = rich()
    nobody = case.patients[0].model_copy(update={"sex": None, "sex_evidence": ()})
    case = bare().model_copy(update={"patients": (nobody.model_copy(update={"age": None}),)})
    (patient,) = (
        e["resource"]
        for e in writer.write(case, profile="us-core")[0]["entry"]
        if e["resource"]["resourceType"] == "Patient"
    )
    assert patient["gender"] == "unknown"


def test_conditions(made: Resources) -> None:
    claimed = made["condition-problems-health-concerns"]
    assert claimed
    for condition in claimed:
        found = codes(condition["category"])
        assert len(found & {"problem-list-item", "health-concern"}) == 1
        assert ("clinicalStatus" in condition) == ("problem-list-item" in found)
    others = [r for r in made[""] if r["resourceType"] == "Condition"]
    assert others
    for condition in others:
        assert codes([condition["verificationStatus"]]) == {"refuted"}


def test_observations(made: Resources) -> None:
    assert made["observation-lab"]
    assert made["observation-clinical-result"]
    for profile in ("observation-lab", "observation-clinical-result"):
        for observation in made[profile]:
            assert (
                codes(observation["category"])
                <= {
                    "observation-lab": {"laboratory"},
                    "observation-clinical-result": {"exam", "imaging", "procedure"},
                }[profile]
            )
            said = [k for k in observation if k.startswith("value")]
            assert said or "dataAbsentReason" in observation or "component" in observation
            assert "_effectiveDateTime" not in observation
    vital = [r for r in made[""] if "vital-signs" in codes(r.get("category", []))]
    assert vital, "vital signs claim nothing"


def test_what_must_have_a_time_says_that_it_has_none(made: Resources) -> None:
    for report in made["diagnosticreport-note"]:
        assert "_effectiveDateTime" in report
        assert codes(report["category"]) & {"LP29684-5", "LP7839-6"}
    for procedure in made["procedure"]:
        if procedure["status"] == "completed":
            assert "performedString" in procedure or "_performedDateTime" in procedure


def test_others(made: Resources) -> None:
    assert {n for n in made if n} == {
        "patient",
        "condition-problems-health-concerns",
        "observation-lab",
        "observation-clinical-result",
        "procedure",
        "allergyintolerance",
        "diagnosticreport-note",
        "servicerequest",
        "specimen",
        "practitioner",
    }
    assert all("family" in p["name"][0] for p in made["practitioner"])
    assert all("type" in s for s in made["specimen"])


@pytest.mark.parametrize("kind", ["collection", "transaction", "batch", "document"])
def test_any_type_of_bundle(writer: Writer, kind: str) -> None:
    bundle, _ = writer.write(rich(), bundle_type=kind, profile="us-core")
    assert bundle["type"] == kind
    assert "meta" not in bundle


def test_r5_is_refused(writer: Writer) -> None:
    with pytest.raises(InputError, match=r"US Core is for bundles of FHIR 4\.0") as failed:
        writer.write(rich(), fhir_version="5.0", profile="us-core")
    assert failed.value.place == "profile"

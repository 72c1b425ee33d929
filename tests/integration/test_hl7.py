"""Bundles before HL7's own engine: no error, and no warning that is not explained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app import fhir
from tests.fhir.rich import rich
from tests.fhir.test_profiles import first_patient
from tests.integration import hl7

CASES = sorted((Path(__file__).parents[1] / "cases").glob("*/report.txt"))


@pytest.fixture(scope="module", autouse=True)
def engine() -> Path:
    """The engine, built when needed; asked-for tests fail without a JDK and Maven."""
    assert not hl7.missing(), "HL7's validator needs a JDK (17 or newer) and Maven"
    return hl7.build()


def reports(folder: Path) -> list[Path]:
    """The sample: our own reports, each under a name of its own."""
    out = []
    for case in CASES:
        out.append(folder / f"{case.parent.name}.txt")
        out[-1].write_bytes(case.read_bytes())
    return out


def test_the_engine_finds_no_fault(tmp_path: Path) -> None:
    files = hl7.make_bundles(reports(tmp_path), tmp_path)
    for version in hl7.VERSIONS:  # and a case with every kind of fact
        for kind in hl7.TYPES:
            bundle, _ = fhir.load(None).write(rich(), fhir_version=version, bundle_type=kind)
            files[version].append(tmp_path / f"rich-{version}-{kind}.json")
            files[version][-1].write_bytes(fhir.dumps(bundle))
    said = hl7.run(files)
    assert {len(paths) for paths in files.values()} == {4 * (len(CASES) + 1)}
    assert [(one.file, one.location, one.message) for one in hl7.unexplained(said)] == []
    assert {one.file for one in said} == {str(p) for paths in files.values() for p in paths}


def test_a_patient_summary_holds(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    bundle, _ = fhir.load(None).write(first_patient(), bundle_type="document", profile="ips")
    path.write_bytes(fhir.dumps(bundle))
    said = hl7.run({"4.0": [path]}, packages=hl7.packages())
    assert [(one.location, one.message) for one in said if one.is_error] == []
    bundle["entry"][0]["resource"]["section"] = bundle["entry"][0]["resource"]["section"][-1:]
    path.write_bytes(fhir.dumps(bundle))
    said = hl7.run({"4.0": [path]}, packages=hl7.packages())
    assert any("sectionAllergies" in one.message for one in said if one.is_error)


def test_us_core_holds(tmp_path: Path) -> None:
    path, wrong = tmp_path / "us-core.json", tmp_path / "wrong.json"
    bundle, _ = fhir.load(None).write(rich(), profile="us-core")
    path.write_bytes(fhir.dumps(bundle))
    changed = json.loads(path.read_bytes())
    for entry in changed["entry"]:
        if entry["resource"]["resourceType"] in ("Patient", "Condition", "Observation"):
            entry["resource"].pop("name", None)
            entry["resource"].pop("category", None)
            entry["resource"].pop("subject", None)
    wrong.write_text(json.dumps(changed))
    said = hl7.run({"4.0": [path, wrong]}, packages=hl7.packages())
    found = [one for one in hl7.unexplained(said) if one.file == str(path)]
    assert [(one.location, one.message) for one in found] == []
    errors = {hl7.element(o.location) for o in said if o.is_error and o.file == str(wrong)}
    assert {"Patient", "Condition", "Observation"} <= errors


def test_the_engine_does_find_fault(tmp_path: Path) -> None:
    files: dict[str, list[Path]] = {}
    for version in hl7.VERSIONS:
        bundle, _ = fhir.load(None).write(rich(), fhir_version=version)
        wrong = json.loads(fhir.dumps(bundle))
        for entry in wrong["entry"]:
            if entry["resource"]["resourceType"] == "Condition":
                del entry["resource"]["subject"]
            if entry["resource"]["resourceType"] == "Patient":
                entry["resource"]["gender"] = "woman"
        path = tmp_path / f"wrong-{version}.json"
        path.write_text(json.dumps(wrong))
        files[version] = [path]
    said = hl7.run(files)
    for (path,) in files.values():
        errors = {hl7.element(o.location) for o in said if o.is_error and o.file == str(path)}
        assert any(place.startswith("Patient.gender") for place in errors)
        assert any(place.startswith("Condition") for place in errors)


def test_places_are_named_by_their_element() -> None:
    where = "Bundle.entry[3].resource/*Condition/1-2*/.category[0].coding[1]"
    assert hl7.element(where) == "Condition.category.coding"
    assert hl7.element("Bundle.entry[3]") == "Bundle.entry"

"""Mapping files: mistakes are refused with file and line; a user's folder changes them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from app import fhir
from app.errors import MappingError
from app.fhir import Writer
from tests.fhir.rich import rich

ALLERGY = """\
for: allergy
resource:
  resourceType: AllergyIntolerance
  clinicalStatus: {$table: allergy-clinical-status, $of: $assertion}
  patient: $patient
"""

MISTAKES = {
    "unknown element": (ALLERGY + "  colour: red\n", 6, "no element colour"),
    "unknown path": (ALLERGY + "  code: $substance\n", 6, "no field substance"),
    "unknown path below": (ALLERGY + "  code: $reaction.colour\n", 6, "no field colour"),
    "unknown table": (ALLERGY + "  code: {$table: nope, $of: $assertion}\n", 6, "nope"),
    "unknown concept": (
        ALLERGY + "  code: {$table: allergy-clinical-status, $of: maybe}\n",
        6,
        "unknown concept maybe",
    ),
    "table lacks a word": (ALLERGY + "  code: {$table: sex, $of: $assertion}\n", 6, "present"),
    "code outside the value set": (
        ALLERGY + "  verificationStatus: {$table: clinical-status, $of: recurrence}\n",
        6,
        "no code of",
    ),
    "literal outside the value set": (ALLERGY + "  category: [fruit]\n", 6, "fruit"),
    "unknown form key": (
        ALLERGY + "  code:\n    $table: sex\n    $of: female\n    $what: 1\n",
        9,
        "$what",
    ),
    "form lacks a key": (ALLERGY + "  code:\n    $table: sex\n", 7, "needs $of"),
    "unknown word in a guard": (
        ALLERGY + "  onsetString:\n    $when: {assertion: sometimes}\n    $use: x\n",
        7,
        "unknown word sometimes",
    ),
    "type that does not fit": (ALLERGY + "  onsetString: $codes\n", 6, "cannot hold"),
    "link where none fits": (ALLERGY + "  onsetString: $patient\n", 6, "no link"),
    "unknown rule": (ALLERGY + "  recorder: '@nobody'\n", 6, "nobody"),
    "key given twice": (ALLERGY + "  patient: $patient\n", 6, "twice"),
    "unknown top key": (ALLERGY + "colour: red\n", 6, "unknown key colour"),
    "unknown source": (ALLERGY.replace("for: allergy", "for: hobby"), 1, "hobby"),
    "unknown resource": (ALLERGY.replace("AllergyIntolerance", "Allergy"), 3, "Allergy"),
    "broken YAML": (ALLERGY + "  code: {\n", 7, "YAML"),
    "no mapping": ("- 1\n", 1, "mapping"),
    "missing value": (ALLERGY + "  code:\n", 6, "missing"),
    "unknown change": ("remove: [colour]\n", 1, "colour"),
}


def overlay(folder: Path, files: dict[str, str]) -> Writer:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return Writer(folder)


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_refused_with_file_and_line(name: str, tmp_path: Path) -> None:
    text, line, words = MISTAKES[name]
    with pytest.raises(MappingError) as failed:
        overlay(tmp_path, {"fhir/r4/allergy-intolerance.yaml": text})
    path, _, found = str(failed.value.place).rpartition(":")
    assert path == str(tmp_path / "fhir/r4/allergy-intolerance.yaml")
    assert int(found) == line
    assert words in failed.value.message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('source = "x"\ncolour = 1\n[codes]\na = "b"\n', 2),
        ('source = "x"\n[codes]\nok = "a"\na = { code = "b", colour = "c" }\n', 4),
        ('source = "x"\n[codes]\na = { display = "b" }\n', 3),
        ('source = "x"\n[codes]\na = \n', 3),
        ('[codes]\na = "b"\n', 1),
    ],
)
def test_tables_are_strict(text: str, line: int, tmp_path: Path) -> None:
    with pytest.raises(MappingError) as failed:
        overlay(tmp_path, {"concepts/sex.toml": text})
    assert failed.value.place == f"{tmp_path / 'concepts/sex.toml'}:{line}"


def resources(writer: Writer, version: str = "4.0") -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = {}
    bundle = json.loads(fhir.dumps(writer.write(rich(), fhir_version=version)[0]))
    for entry in bundle["entry"]:
        resource = entry["resource"]
        out.setdefault(resource["resourceType"], []).append(resource)
    return out


def test_codes_of_a_hospital(tmp_path: Path) -> None:
    table = (
        'source = "our hospital"\nsystem = "https://hospital.example/report"\n'
        '[codes]\nimaging = { code = "X1", display = "X-ray department" }\n'
    )
    reports = resources(overlay(tmp_path, {"concepts/report-category.toml": table}))
    codes = [r["category"][0]["coding"][0]["code"] for r in reports["DiagnosticReport"]]
    assert codes == ["LAB", "X1", "PAT"]


def test_symptoms_as_observations(tmp_path: Path) -> None:
    files = {
        "fhir/r4/condition.yaml": "when:\n  - {category: diagnosis, assertion: present}\n",
        "fhir/r4/observation-finding.yaml": (
            "when:\n  - {category: [finding, symptom]}\n"
            "  - {category: diagnosis, assertion: [absent, possible]}\n"
        ),
    }
    plain, changed = resources(fhir.load(None)), resources(overlay(tmp_path, files))
    names = {c["code"]["text"] for c in changed["Condition"]}
    assert "flank pain" in {c["code"]["text"] for c in plain["Condition"]}
    assert "flank pain" not in names
    assert "flank pain" in {o["code"].get("text") for o in changed["Observation"]}


def test_extra_extension_and_other_identifiers(tmp_path: Path) -> None:
    files = {
        "fhir/r4/patient.yaml": (
            "add:\n  extension:\n    - url: https://hospital.example/from-literature\n"
            "      valueBoolean: true\n"
        ),
        "fhir/r4/every.yaml": (
            "for: every\nresource:\n  identifier:\n"
            '    - {system: "https://hospital.example/ids", value: "@self"}\n'
        ),
        "fhir/r5/patient.yaml": "remove: [_birthDate]\n",
    }
    writer = overlay(tmp_path, files)
    for version in ("4.0", "5.0"):
        found = resources(writer, version)["Patient"][0]
        urls = [e["url"] for e in found["extension"]]
        assert "https://hospital.example/from-literature" in urls
        assert found["identifier"][0]["system"] == "https://hospital.example/ids"
        assert ("_birthDate" in found) == (version == "4.0")


def test_a_new_rule(tmp_path: Path) -> None:
    rule = (
        "for: outcome\nresource:\n  resourceType: ClinicalImpression\n  status: completed\n"
        "  subject: $patient\n  summary: $name\n  $evidence: $evidence\n"
    )
    writer = overlay(tmp_path, {"fhir/r4/impression.yaml": rule})
    (found,) = resources(writer)["ClinicalImpression"]
    assert found["summary"] == "discharged home in good health"


def test_a_kind_without_a_rule_is_reported(tmp_path: Path) -> None:
    files = {"fhir/r4/observation-outcome.yaml": "when: {id: {exists: false}}\n"}
    _, issues = overlay(tmp_path, files).write(rich())
    assert ("o1", "no mapping rule applies to this fact") in {(i.fact, i.reason) for i in issues}


def test_every_table_names_its_source() -> None:
    folder = Path(__file__).parents[2] / "mappings" / "concepts"
    for path in folder.glob("*.toml"):
        assert re.search(r'^source = "\S', path.read_text("utf-8"), re.M), path.name

"""Profiles: rules laid over the others when asked for, and refused where they cannot hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.case.model import Case, Patient
from app.errors import InputError, MappingError
from app.fhir import Writer
from tests.fhir.rich import bare, rich

IPS = "http://hl7.org/fhir/uv/ips/StructureDefinition/"


def first_patient() -> Case:
    """The rich case without its second patient."""
    case = rich()
    kinds = [n for n in type(case).model_fields if n not in ("version", "document", "patients")]
    kept = {n: tuple(f for f in getattr(case, n) if f.patient == "p1") for n in kinds}
    return case.model_copy(update={"patients": case.patients[:1], **kept})


def summary(writer: Writer, case: Case) -> dict[str, Any]:
    return writer.write(case, bundle_type="document", profile="ips")[0]


def test_a_patient_summary(writer: Writer) -> None:
    bundle = summary(writer, first_patient())
    assert bundle["meta"] == {"profile": [IPS + "Bundle-uv-ips"]}
    head = bundle["entry"][0]["resource"]
    assert head["meta"] == {"profile": [IPS + "Composition-uv-ips"]}
    assert head["type"]["coding"][0]["code"] == "60591-5"
    types = {e["fullUrl"]: e["resource"]["resourceType"] for e in bundle["entry"]}
    sections = {s["code"]["coding"][0]["code"]: s for s in head["section"]}
    assert len(sections) == len(head["section"])  # each has a code, none has that of another
    taken = {
        code: {types[r["reference"]] for r in s["entry"]}
        for code, s in sections.items()
        if "entry" in s
    }
    assert taken["11450-4"] == {"Condition"}
    assert taken["11348-0"] == {"Condition"}
    assert taken["48765-2"] == {"AllergyIntolerance"}
    assert taken["10160-0"] == {"MedicationStatement"}
    assert taken["30954-2"] <= {"Observation", "DiagnosticReport"}
    assert taken["47519-4"] == {"Procedure"}
    (patient,) = (e["resource"] for e in bundle["entry"] if e["resource"].get("gender"))
    absent = patient["name"][0]["_text"]["extension"][0]
    assert absent["valueCode"] == "unknown"


def test_mandatory_sections_say_that_they_are_empty(writer: Writer) -> None:
    case = bare().model_copy(update={"patients": (Patient(key="p1"),)})
    head = summary(writer, case)["entry"][0]["resource"]
    reasons = {
        s["code"]["coding"][0]["code"]: s["emptyReason"]["coding"][0]["code"]
        for s in head["section"]
        if "entry" not in s
    }
    assert reasons == dict.fromkeys(("11450-4", "48765-2", "10160-0"), "unavailable")


@pytest.mark.parametrize(
    ("patients", "kind", "version", "words"),
    [
        (2, "document", "4.0", "about 1 patient"),
        (1, "collection", "4.0", "document bundles of FHIR 4.0"),
        (1, "document", "5.0", "document bundles of FHIR 4.0"),
    ],
)
def test_what_cannot_be_a_summary_is_refused(
    writer: Writer, patients: int, kind: str, version: str, words: str
) -> None:
    case = bare().model_copy(update={"patients": rich().patients[:patients]})
    with pytest.raises(InputError) as failed:
        writer.write(case, fhir_version=version, bundle_type=kind, profile="ips")
    assert words in failed.value.message
    assert failed.value.place == "profile"


def test_an_unknown_profile_is_refused(writer: Writer) -> None:
    with pytest.raises(InputError, match="ips"):
        writer.write(bare(), bundle_type="document", profile="ops")


def test_a_profile_of_the_user(tmp_path: Path) -> None:
    folder = tmp_path / "profiles" / "ours"
    (folder / "fhir" / "r5").mkdir(parents=True)
    (folder / "profile.toml").write_text(
        'source = "us"\ntitle = "Ours"\nfhir_version = "5.0"\nbundle_type = "collection"\n'
        'bundle = "https://example.org/bundle"\n'
    )
    (folder / "fhir" / "r5" / "patient.yaml").write_text("set: {active: true}\n")
    writer = Writer(tmp_path)
    bundle, _ = writer.write(rich(), fhir_version="5.0", profile="ours")
    assert bundle["meta"]["profile"] == ["https://example.org/bundle"]
    active = [e["resource"].get("active") for e in bundle["entry"]]
    assert active.count(True) == 2
    plain, _ = writer.write(rich(), fhir_version="5.0")
    assert "meta" not in plain
    (folder / "profile.toml").write_text('source = "us"\ncolour = "red"\n')
    with pytest.raises(MappingError) as failed:
        Writer(tmp_path)
    assert str(failed.value.place).startswith(str(folder / "profile.toml"))


def test_the_subject_of_a_document_is_its_patient(writer: Writer) -> None:
    bundle, _ = writer.write(first_patient(), bundle_type="document")
    subject = bundle["entry"][0]["resource"]["subject"]["reference"]
    found = {e["fullUrl"]: e["resource"]["resourceType"] for e in bundle["entry"]}
    assert found[subject] == "Patient"

"""The first report that must come out right: a woman with systemic sclerosis whose spinal
calcinosis was resected. Every statement that a careful reader finds, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from app import convert
from tests.bundles import HPO, ICD10CM, LOINC, SNOMED, View, code, codes
from tests.shared import FOLDER, needs_shared

pytestmark = needs_shared


@pytest.fixture(scope="module", params=["4.0", "5.0"])
def seed(request: pytest.FixtureRequest) -> View:
    source = FOLDER / "gold" / "text" / "SEED.txt"
    return View(
        convert(source.read_bytes(), media_type="text/plain", fhir_version=request.param).bundle
    )


def present(view: View, kind: str, words: str) -> dict[str, Any]:
    found = view.naming(kind, words)
    assert found, f"no {kind} says {words!r}"
    return found[0]


def test_the_text_is_kept_verbatim(seed: View) -> None:
    assert seed.text == (FOLDER / "gold" / "text" / "SEED.txt").read_text(encoding="utf-8")


def test_patient(seed: View) -> None:
    patient = seed.one("Patient")
    assert patient["gender"] == "female"
    assert "birthDate" not in patient
    assert not any(key.startswith("deceased") for key in patient)


def test_age(seed: View) -> None:
    ages = [o for o in seed.all("Observation") if "30525-0" in code(o["code"])]
    assert len(ages) == 1
    assert (ages[0]["valueQuantity"]["value"], ages[0]["valueQuantity"]["code"]) == (63, "a")


@pytest.mark.parametrize(
    ("words", "clinical"),
    [
        ("SSc", "active"),
        ("osteoporosis", "active"),
        ("Raynaud phenomenon", "active"),
        ("low back pain", "resolved"),
        ("spinal stenosis", "active"),
        ("calcified lesion", None),
    ],
)
def test_conditions(seed: View, words: str, clinical: str | None) -> None:
    condition = present(seed, "Condition", words)
    assert code(condition["verificationStatus"]) == {"confirmed"}
    if clinical:
        assert code(condition["clinicalStatus"]) == {clinical}


def test_severity_and_site(seed: View) -> None:
    stenosis = present(seed, "Condition", "spinal stenosis")
    assert stenosis["severity"]["text"] == "severe"
    lesion = present(seed, "Condition", "calcified lesion")
    sites = " ".join(site["text"] for site in lesion["bodySite"])
    assert "left facet joint" in sites
    assert "L5" in sites


@pytest.mark.parametrize(
    "words",
    [
        "sclerodactyly",
        "puffy hands",
        "sclerodermatous skin changes",
        "compressing the left L5 nerve root",
        "calcified mass",
    ],
)
def test_findings(seed: View, words: str) -> None:
    assert present(seed, "Observation", words)["valueBoolean"] is True


def test_antibodies(seed: View) -> None:
    ana = present(seed, "Observation", "antinuclear antibody")
    assert "10828004" in code(ana["valueCodeableConcept"])
    pattern = [c for c in ana["component"] if "pattern" in c["code"]["text"]]
    assert "nucleolar" in str(pattern)
    scl70 = present(seed, "Observation", "anti-Scl70")
    assert "10828004" in code(scl70["valueCodeableConcept"])


@pytest.mark.parametrize(
    "words", ["telangiectasias", "calcinosis", "visceral", "retroperitoneal abnormalities"]
)
def test_absent(seed: View, words: str) -> None:
    found = [o for o in seed.naming("Observation", words) if o.get("valueBoolean") is False]
    assert found, f"{words} is not said to be absent"


def test_imaging(seed: View) -> None:
    studies = {}
    for study in seed.all("ImagingStudy"):
        concept = study["modality"][0]
        studies[concept.get("code") or concept["coding"][0]["code"]] = study
    assert set(studies) == {"CT", "MR"}
    assert len(seed.all("ImagingStudy")) == 2
    assert len(seed.quotes(studies["CT"])) >= 3, "the two legend images belong to the CT"
    for study in studies.values():
        assert study["status"] == "unknown"
        assert "series" not in study
        link = f"urn:uuid:{study['id']}"
        key = "imagingStudy" if "imagingStudy" in str(seed.all("DiagnosticReport")) else "study"
        reports = [
            r
            for r in seed.all("DiagnosticReport")
            if any(link == ref["reference"] for ref in r.get(key, []))
        ]
        assert len(reports) == 1


def test_resection(seed: View) -> None:
    procedure = present(seed, "Procedure", "resected laparoscopically")
    assert procedure["status"] == "completed"
    assert any("resolution of her symptoms" in q for q in seed.quotes(procedure["outcome"]))
    specimen = seed.one("Specimen")
    report = [
        r
        for r in seed.all("DiagnosticReport")
        if any(ref["reference"] == f"urn:uuid:{specimen['id']}" for ref in r.get("specimen", []))
    ]
    assert len(report) == 1
    assert f"urn:uuid:{report[0]['id']}" in [r["reference"] for r in procedure["report"]]


def test_consent(seed: View) -> None:
    consent = seed.one("Consent")
    assert consent["status"] == "active"
    assert any("written informed consent" in q for q in seed.quotes(consent))


def test_nothing_from_the_introduction_or_the_references(seed: View) -> None:
    start = seed.text.index("Calcinosis or dystrophic")
    end = seed.text.index("here we present an unusual case")
    references = seed.text.index("REFERENCES")
    for resource in seed.resources:
        if resource["resourceType"] in ("DocumentReference", "Practitioner", "Organization"):
            continue
        for extension in resource.get("extension", []):
            parts = {p["url"]: p for p in extension.get("extension", [])}
            if "offset" in parts:
                offset = parts["offset"]["valueInteger"]
                assert not start <= offset < end, (resource["resourceType"], offset)
                assert offset < references


@pytest.mark.parametrize(
    ("kind", "words", "expected"),
    [
        ("Condition", "osteoporosis", (SNOMED, "64859006")),
        ("Condition", "osteoporosis", (HPO, "HP:0000939")),
        ("Condition", "Raynaud phenomenon", (HPO, "HP:0030880")),
        ("Condition", "spinal stenosis", (HPO, "HP:0003416")),
        ("Observation", "sclerodactyly", (HPO, "HP:0011838")),
        ("Observation", "telangiectasias", (HPO, "HP:0001009")),
        ("Observation", "puffy hands", None),
        ("Observation", "antinuclear antibody", (LOINC, "8061-4")),
    ],
)
def test_codes(seed: View, kind: str, words: str, expected: tuple[str, str] | None) -> None:
    got = codes(present(seed, kind, words)["code"])
    if expected is not None:
        assert expected in got
    systems = {SNOMED, HPO, LOINC, ICD10CM}
    assert {system for system, _ in got} <= systems

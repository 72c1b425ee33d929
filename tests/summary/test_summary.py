"""The summary of a bundle: what a clinician reads, whatever server the bundle has been on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app import exact
from app.case.model import Case
from app.cli import run
from app.fhir.writer import Writer
from app.pipeline import default_converter
from app.reading import read_case
from app.summary import render, summarise
from tests.elsewhere import read_back
from tests.fhir.rich import rich

REPORT = """\
A 54-year-old man with a history of gout presented with severe chest pain for two days. He had no \
fever. His father had died of a stroke.

On examination, his blood pressure was 150/95 mmHg and there was no peripheral edema. Troponin I \
was 2.1 ng/mL. A pulmonary embolism was ruled out. Chest radiography showed \
a possible pleural effusion. He was given aspirin 300 mg orally. He declined kidney biopsy. \
The chest pain resolved. He was discharged home. Written informed consent for publication was \
obtained from the patient.
"""


def told(case: Case) -> dict[str, list[str]]:
    """The lines of the first patient by section, those that belong to another indented."""
    (first, *_) = summarise(case)
    out: dict[str, list[str]] = {"who": [first.who.text]}
    for section in first.sections:
        lines = [
            text
            for one in section.lines
            for text in (one.text, *(f"  {u.text}" for u in one.under))
        ]
        out[section.title] = lines
    return out


@pytest.fixture(scope="module")
def case() -> Case:
    _, found, _ = default_converter().read(REPORT.encode(), media_type="text/plain")
    return found


def test_a_report_in_a_clinician_s_words(case: Case) -> None:
    lines = told(case)
    assert lines["who"] == ["54-year-old man"]
    assert "gout" in lines["History"][0]
    assert any("severe chest pain" in line for line in lines["Presentation"])
    assert "no fever" in lines["Presentation"]
    assert "pulmonary embolism: excluded" in [
        line.removeprefix("A ") for line in lines["Diagnoses"]
    ]
    assert "no peripheral edema" in lines["Examination"]
    assert "blood pressure: 150/95 mmHg" in lines["Examination"]
    assert "Troponin I: 2.1 ng/mL" in lines["Laboratory"]
    assert "Chest radiography" in lines["Imaging"]
    assert "  possible pleural effusion" in lines["Imaging"]
    assert any(line.startswith("aspirin 300 mg") for line in lines["Treatment"])
    assert "declined: kidney biopsy" in lines["Procedures"]
    assert any("resolved" in line for line in lines["Course and outcome"])
    assert lines["Consent"] == ["written consent to publication, given by the patient"]


def test_nothing_is_said_twice_or_of_another(case: Case) -> None:
    lines = told(case)
    everything = [line for section in lines.values() for line in section]
    assert len(everything) == len(set(everything))
    assert not any(
        "stroke" in line for title in lines if title != "History" for line in lines[title]
    )


def test_every_word_of_certainty_is_plain() -> None:
    lines = told(rich())
    assert "possible lymphoma (differential diagnosis)" in lines["Diagnoses"]
    assert "Pheochromocytoma: excluded" in lines["Diagnoses"]
    assert "possible ascites" in lines["Other findings"]
    assert "no jaundice" in lines["Examination"]
    assert "family: no diabetes" in lines["History"]
    assert "no allergy to latex" in lines["History"]
    assert any(line.startswith("declined: opioids") for line in lines["Treatment"])
    assert "not taken: aspirin" in lines["Treatment"]
    assert "planned: sunitinib 50 mg" in lines["Treatment"]
    assert any(line.startswith("not done: ") for line in lines["Procedures"])
    assert any(line.startswith("planned: ") for line in lines["Imaging"])


def printed(bundles: list[dict[str, Any]], *, evidence: bool = True) -> str:
    read = read_case(bundles, overlay=None).case
    return render(read.document.title, summarise(read), read.document.text if evidence else None)


@pytest.mark.parametrize("version", ["4.0", "5.0"])
def test_of_the_bundle_alone_wherever_it_has_been(version: str) -> None:
    bundle, _ = Writer(None).write(rich(), fhir_version=version)
    bundle = exact.loads(exact.dumps(bundle))
    here = printed([bundle])
    assert here == printed(read_back(bundle, parts=3))
    assert here == printed([exact.loads(exact.dumps(Writer(None).write(rich())[0]))])


def test_the_bundle_says_what_the_case_says(case: Case) -> None:
    bundle, _ = Writer(None).write(case, fhir_version="5.0")
    here = printed([exact.loads(exact.dumps(bundle))])
    assert here == render(case.document.title, summarise(case), case.document.text)


def test_evidence_quotes_the_text(case: Case) -> None:
    bundle, _ = Writer(None).write(case)
    lines = printed([exact.loads(exact.dumps(bundle))]).splitlines()
    fever = next(line for line in lines if line.startswith("- no fever"))
    at = REPORT.index("fever")
    assert fever == f'- no fever  [{at}-{at + 5} "fever"]'


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(exact.dumps(Writer(None).write(rich())[0]))
    assert run(["summary", str(path)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("A rare tumour of the left kidney: a report of two patients\n\nPatient: ")
    assert "\nPatient: 23-day-old boy, died\n" in out
    assert run(["summary", "--evidence", str(path)]) == 0
    assert '"woman"]' in capsys.readouterr().out.splitlines()[2]
    path.write_text(json.dumps({"resourceType": "Patient"}))
    assert run(["summary", str(path)]) == 2
    assert capsys.readouterr().err == f"case2fhir: {path}: not a Bundle\n"

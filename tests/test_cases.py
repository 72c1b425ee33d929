"""Whole reports, step by step: what is expected of each stands beside it as a table.

`expected.tsv` of a case has a row a fact: patient, kind, name, what is asserted or done, value or
dose, codes. `python -m tests.test_cases` writes the tables anew; read the difference before you
keep it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from app.case.model import Case, Medication, Problem, Procedure, Test
from app.pipeline import Converter, default_converter

CASES = sorted(p.parent for p in (Path(__file__).parent / "cases").glob("*/report.txt"))


def table(case: Case) -> str:
    """The facts of a case, one a line."""
    rows = [
        [p.key, "patient", p.sex or "", f"{p.age.value} {p.age.unit}" if p.age else "", "", ""]
        for p in case.patients
    ]
    for fact in case.facts():
        said, value = "", ""
        match fact:
            case Problem():
                said = " ".join(
                    [fact.category.value, fact.assertion.value]
                    + (["history"] if fact.history else [])
                    + ([fact.course.code.value] if fact.course else [])
                )
                value = "; ".join(site.text for site in fact.site)
            case Test():
                value = fact.value.text if fact.value else ""
            case Procedure():
                said = fact.status.value
            case Medication():
                said, value = fact.status.value, fact.dose.text if fact.dose else ""
            case _:
                assertion = getattr(fact, "assertion", None)
                said = assertion.value if assertion else ""
        codes = " ".join(c.code for c in fact.codes)
        rows.append([fact.patient, fact.kind, fact.name, said, value, codes])
    return "".join("\t".join(row) + "\n" for row in rows)


def read(converter: Converter, folder: Path) -> Case:
    """The case of a folder's report."""
    _, case, _ = converter.read((folder / "report.txt").read_bytes(), media_type="text/plain")
    return case


@pytest.mark.parametrize("folder", CASES, ids=lambda p: p.name)
def test_the_facts_of_a_report(folder: Path) -> None:
    expected = (folder / "expected.tsv").read_text(encoding="utf-8")
    assert table(read(default_converter(), folder)).splitlines() == expected.splitlines()


@pytest.mark.parametrize("folder", CASES, ids=lambda p: p.name)
@pytest.mark.parametrize("version", ["4.0", "5.0"])
def test_every_quote_is_in_the_text_and_every_name_stands_there(folder: Path, version: str) -> None:
    converter = default_converter()
    case = read(converter, folder)
    for fact in case.facts():
        spans = fact.name_evidence or fact.evidence
        assert any(
            " ".join(case.document.text[s.start : s.end].split()) == fact.name for s in spans
        ), fact.name
    for kind in ("collection", "transaction", "batch", "document"):
        bundle, issues = converter.write(case, fhir_version=version, bundle_type=kind)
        assert bundle["type"] == kind
        assert [i for i in issues if i.kind == "gate"] == []


if __name__ == "__main__":
    for case_folder in CASES:
        made = table(read(default_converter(), case_folder))
        (case_folder / "expected.tsv").write_text(made, encoding="utf-8")

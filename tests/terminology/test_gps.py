"""The Global Patient Set as a pack: what its names are taken for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app import resources
from app.terminology import Domain
from app.terminology.build import gps
from app.terminology.build.writer import Concept

NAMES = {
    "101": "Blue swelling of ear (finding)",
    "102": "Secondary malignant neoplasm of ear (disorder)",
    "103": "Computed tomography of ear (procedure)",
    "104": "Ear examination procedure (procedure)",
    "105": "At risk of ear loss (finding)",
    "106": "Ear AND/OR nose structure (body structure)",
    "107": "Ear structure (body structure)",
    "108": "Blue people (ethnic group)",
    "109": "Product containing aurisol (medicinal product)",
}


@pytest.fixture
def concepts(tmp_path: Path) -> dict[str, Concept]:
    path = tmp_path / gps.FILE
    listed = [{"code": code, "display": name} for code, name in NAMES.items()]
    include = {"system": "http://snomed.info/sct", "version": "v1", "concept": listed}
    path.write_text(json.dumps({"compose": {"include": [include]}}), "utf-8")
    source = gps.build(path, resources.layers(None))
    assert source.version == "v1"
    return {concept.codings[0].code: concept for concept in source.concepts}


def words(concept: Concept) -> set[str]:
    return {term.text for term in concept.terms}


def test_tags_are_domains_and_displays_have_none(concepts: dict[str, Concept]) -> None:
    assert concepts["101"].domains == {Domain.FINDING}
    assert concepts["101"].codings[0].display == "Blue swelling of ear"
    assert concepts["103"].domains == {Domain.PROCEDURE, Domain.IMAGING}
    assert concepts["104"].domains == {Domain.PROCEDURE, Domain.TEST}


def test_what_names_nothing_of_a_report_is_left_out(concepts: dict[str, Concept]) -> None:
    assert not {"105", "106", "108"} & set(concepts)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("102", "metastasis of ear"),
        ("103", "CT of ear"),
        ("104", "Ear examination"),
        ("107", "Ear"),
        ("109", "aurisol"),
    ],
)
def test_everyday_names_are_filed_too(concepts: dict[str, Concept], code: str, name: str) -> None:
    assert name in words(concepts[code])

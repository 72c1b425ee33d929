"""Bundles before third-party checkers: HL7's JSON schema and every error invariant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.pipeline import Converter

CASES = sorted((Path(__file__).parents[1] / "cases").glob("*/report.txt"))


@pytest.mark.parametrize("version", ["4.0", "5.0"])
def test_no_checker_finds_fault(
    check_bundles: Callable[[str, list[Path]], str], tmp_path: Path, version: str
) -> None:
    converter = Converter()
    files = []
    for report in CASES:
        for kind in ("collection", "transaction", "document", "batch"):
            made = converter.convert(report, fhir_version=version, bundle_type=kind)
            files.append(tmp_path / f"{report.parent.name}-{kind}.json")
            files[-1].write_bytes(made.json())
    assert check_bundles(version, files) == ""


@pytest.mark.parametrize("version", ["4.0", "5.0"])
def test_the_checkers_do_find_fault(
    check_bundles: Callable[[str, list[Path]], str], tmp_path: Path, version: str
) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(
        '{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": '
        '{"resourceType": "Patient", "gender": ["male"], "contact": [{"gender": "male"}]}}]}'
    )
    said = check_bundles(version, [wrong])
    assert "pat-1" in said
    assert "schema" in said

"""Elements that stand in many resources: validated once, found wrong everywhere."""

from __future__ import annotations

from typing import Any

from app.fhir.gates.models import check_models


def _observation(concept: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Observation", "status": "final", "code": concept}


def test_a_right_element_does_not_hide_a_wrong_one() -> None:
    right = {"coding": [{"system": "http://loinc.org", "code": "718-7"}]}
    wrong = {"coding": [{"system": "http://loinc.org", "code": ["718-7"]}]}
    resources = [
        ("first", _observation(right)),
        ("second", _observation(wrong)),
        ("third", _observation(right | {"colour": "red"})),
        ("fourth", _observation(wrong)),
    ]
    found = check_models(resources, "4.0")
    assert {finding.path.split(".")[0] for finding in found} == {"second", "third", "fourth"}
    assert any(finding.path == "second.code.coding.0.code" for finding in found)

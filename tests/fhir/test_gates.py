"""Bundles with one defect each are caught, at the place of the defect."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from app import fhir
from app.errors import GateError
from app.fhir import Writer
from app.fhir import bundle as bundles
from app.fhir.run import DERIVATION
from tests.fhir.conftest import TYPES, VERSIONS
from tests.fhir.report import TEXT
from tests.fhir.rich import bare

Bundle = dict[str, Any]

NOWHERE = "urn:uuid:00000000-0000-0000-0000-000000000000"
JUNK: tuple[Bundle, ...] = (
    {},
    {"resourceType": "Bundle"},
    {"resourceType": "Nope"},
    {"resourceType": "Bundle", "type": "collection", "entry": "x"},
    {"resourceType": "Bundle", "type": "collection", "entry": [3, None, {"resource": "x"}]},
    {"resourceType": "Bundle", "type": "document", "entry": [{"resource": "x", "request": 1}]},
    {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": {}, "request": {}}]},
)


def first(bundle: Bundle, kind: str, having: str = "id") -> Bundle:
    return next(
        e["resource"]
        for e in bundle["entry"]
        if e["resource"]["resourceType"] == kind and having in e["resource"]
    )


def entry_of(bundle: Bundle, kind: str) -> Bundle:
    return next(e for e in bundle["entry"] if e["resource"]["resourceType"] == kind)


def evidence(resource: Bundle) -> Bundle:
    return next(e for e in resource["extension"] if e["url"] == DERIVATION)


def part(resource: Bundle, name: str) -> Bundle:
    return next(p for p in evidence(resource)["extension"] if p["url"] == name)


def gender(b: Bundle) -> None:
    first(b, "Patient")["gender"] = "woman"


def dangling(b: Bundle) -> None:
    first(b, "Condition")["subject"]["reference"] = NOWHERE


def wrong_target(b: Bundle) -> None:
    first(b, "Condition")["subject"]["reference"] = entry_of(b, "Device")["fullUrl"]


def outside(b: Bundle) -> None:
    part(first(b, "Condition"), "offset")["valueInteger"] = 10**6


def blank(b: Bundle) -> None:
    resource = first(b, "Condition")
    part(resource, "offset")["valueInteger"] = TEXT.index("\n\n")
    part(resource, "length")["valueInteger"] = 2


def no_length(b: Bundle) -> None:
    evidence(first(b, "Condition"))["extension"].pop()


def other_document(b: Bundle) -> None:
    url = entry_of(b, "Patient")["fullUrl"]
    part(first(b, "Condition"), "reference")["valueReference"]["reference"] = url


def same_url(b: Bundle) -> None:
    b["entry"][3]["fullUrl"] = b["entry"][4]["fullUrl"]


def same_id(b: Bundle) -> None:
    conditions = [e for e in b["entry"] if e["resource"]["resourceType"] == "Condition"]
    conditions[0]["resource"]["id"] = conditions[1]["resource"]["id"]


def long_id(b: Bundle) -> None:
    first(b, "Device")["id"] = "a" * 65


def unknown_element(b: Bundle) -> None:
    first(b, "Procedure")["surgeon"] = "x"


def r5_element(b: Bundle) -> None:
    first(b, "Consent")["decision"] = "permit"


def missing_code(b: Bundle) -> None:
    del first(b, "Observation")["code"]


def missing_status(b: Bundle) -> None:
    del first(b, "DiagnosticReport")["status"]


def two_values(b: Bundle) -> None:
    first(b, "Observation", "valueBoolean")["valueString"] = "x"


def empty_object(b: Bundle) -> None:
    first(b, "Condition")["severity"] = {}


def empty_list(b: Bundle) -> None:
    first(b, "Condition")["category"] = []


def null(b: Bundle) -> None:
    first(b, "Condition")["severity"] = None


def no_list(b: Bundle) -> None:
    first(b, "Condition")["category"] = {"text": "x"}


def control(b: Bundle) -> None:
    first(b, "Condition")["code"]["text"] = "a\x0bb"


def bad_concept(b: Bundle) -> None:
    first(b, "Condition")["verificationStatus"]["coding"][0]["code"] = "sure"


def bad_date(b: Bundle) -> None:
    first(b, "Observation", "valueBoolean")["effectiveDateTime"] = "yesterday"


def abated_but_active(b: Bundle) -> None:
    first(b, "Condition", "abatementString")["clinicalStatus"]["coding"][0]["code"] = "active"


def reason_and_value(b: Bundle) -> None:
    first(b, "Observation", "valueBoolean")["dataAbsentReason"] = {"text": "x"}


def no_policy(b: Bundle) -> None:
    del first(b, "Consent")["policyRule"]


def r4b_only(b: Bundle) -> None:
    b["entry"][2]["resource"]["resourceType"] = "Citation"


def no_such_type(b: Bundle) -> None:
    b["entry"][2]["resource"]["resourceType"] = "Patients"


def script(b: Bundle) -> None:
    div = '<div xmlns="http://www.w3.org/1999/xhtml"><script>x()</script></div>'
    first(b, "Patient")["text"] = {"status": "generated", "div": div}


def handler(b: Bundle) -> None:
    div = '<div xmlns="http://www.w3.org/1999/xhtml"><p onclick="x()">x</p></div>'
    first(b, "Patient")["text"] = {"status": "generated", "div": div}


def request(b: Bundle) -> None:
    b["entry"][0]["request"] = {"method": "POST", "url": "Patient"}


def no_address(b: Bundle) -> None:
    del b["entry"][0]["fullUrl"]


DEFECTS: dict[Callable[[Bundle], None], str] = {
    gender: ".gender",
    dangling: ".subject",
    wrong_target: ".subject",
    outside: ".extension",
    blank: ".extension",
    no_length: ".extension",
    other_document: ".extension",
    same_url: ".fullUrl",
    same_id: ".id",
    long_id: ".id",
    unknown_element: ".surgeon",
    r5_element: ".decision",
    missing_code: ".code",
    missing_status: ".status",
    two_values: ".value[x]",
    empty_object: ".severity",
    empty_list: ".category",
    null: ".severity",
    no_list: ".category",
    control: ".code.text",
    bad_concept: ".verificationStatus",
    bad_date: ".effectiveDateTime",
    abated_but_active: ".resource",
    reason_and_value: ".resource",
    no_policy: ".resource",
    r4b_only: ".resource",
    no_such_type: ".resource",
    script: ".text.div",
    handler: ".text.div",
    request: ".request",
    no_address: ".fullUrl",
}


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda d: d.__name__)
def test_defect_is_found(r4: Bundle, defect: Callable[[Bundle], None]) -> None:
    assert fhir.check(r4, "4.0") == ()
    defect(r4)
    found = [f for f in fhir.check(r4, "4.0") if f.severity == "error"]
    assert any(DEFECTS[defect] in f.path for f in found), found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", TYPES)
def test_own_bundles_are_clean(
    version: str, kind: str, rich_json: dict[tuple[str, str], str]
) -> None:
    bundle = json.loads(rich_json[version, kind])
    assert fhir.check(bundle) == ()
    assert fhir.check(bundle, version) == ()


def test_outside_reference_is_a_warning(r4: Bundle) -> None:
    first(r4, "Condition")["subject"] = {"reference": "Patient/elsewhere"}
    (found,) = fhir.check(r4, "4.0")
    assert found.severity == "warning"


@pytest.mark.parametrize("junk", JUNK)
def test_check_survives_junk(junk: Bundle) -> None:
    assert any(f.severity == "error" for f in fhir.check(junk))


def test_a_failing_bundle_is_no_output(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(*a: Any, **k: Any) -> Bundle:
        bundle: Bundle = assemble(*a, **k)
        first(bundle, "Device")["gender"] = "secret words"
        return bundle

    assemble = bundles.assemble
    monkeypatch.setattr(bundles, "assemble", damaged)
    with pytest.raises(GateError) as failed:
        writer.write(bare())
    assert failed.value.place is not None
    assert failed.value.place.endswith("resource.gender")
    assert "secret" not in str(failed.value)


def test_evidence_on_the_value_of_an_extension_is_found(r4: Bundle) -> None:
    """fhir.resources knows no `_valueString` of an extension, whatever stands in it."""
    resource = first(r4, "Condition")
    evidence = next(e for e in resource["extension"] if e["url"] == DERIVATION)
    words = {"url": "urn:x", "valueString": "fever", "_valueString": {"extension": [evidence]}}
    resource["extension"] = [*resource["extension"], words]
    assert any("_valueString" in str(f) for f in fhir.check(r4))

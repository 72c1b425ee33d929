"""Bundles of any kind are read or refused; what is read can be written and read again."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import exact
from app.case.model import Case
from app.errors import InputError
from app.fhir.writer import Writer
from app.reading import read_case
from tests.fhir.rich import rich
from tests.fhir.test_properties import cases

WRITER = Writer(None)
Json = dict[str, Any]


def bundle_of(case: Case, version: str = "4.0") -> Json:
    found: Json = exact.loads(exact.dumps(WRITER.write(case, fhir_version=version)[0]))
    return found


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(cases(), st.sampled_from(["4.0", "5.0"]))
def test_any_case_is_read_back_and_then_stays_as_it_is(case: Case, version: str) -> None:
    """Words that FHIR cannot hold are cleaned the first time; after that nothing changes."""
    first = read_case([bundle_of(case, version)], fhir_version=version, overlay=None)
    assert {u.reason.split(".")[0] for u in first.unread} <= {"components"}  # without a name
    assert {f.id for f in first.case.facts()} == {f.id for f in case.facts()}
    again = read_case([bundle_of(first.case, version)], fhir_version=version, overlay=None)
    assert again.case == first.case


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
SMALL = bundle_of(rich())
SMALL["entry"] = [
    e
    for n, e in enumerate(SMALL["entry"])
    if e["resource"]["resourceType"] in ("Patient", "DocumentReference") or n % 6 == 0
]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.data())
def test_any_change_of_any_element_is_read_or_refused(data: st.DataObject) -> None:
    bundle = copy.deepcopy(SMALL)
    node: Any = bundle
    for _ in range(data.draw(st.integers(1, 10))):
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if not isinstance(node[key], dict | list) or data.draw(st.integers(0, 3)) == 0:
            node[key] = data.draw(anything)
            break
        node = node[key]
    try:
        reading = read_case([bundle], fhir_version="4.0", overlay=None)
    except InputError:
        return
    assert reading.case.document.text


def test_what_has_no_place_in_a_case_is_named() -> None:
    bundle = bundle_of(rich())
    bundle["entry"].append({"resource": {"resourceType": "Flag", "id": "a"}})
    unread = read_case([bundle], overlay=None).unread
    assert [u.reason for u in unread] == ["no rule makes such a Flag"]
    assert unread[0].path == f"Bundle.entry[{len(bundle['entry']) - 1}].resource"


def test_two_documents_are_two_cases() -> None:
    other = rich().document.model_copy(update={"text": "Another text.", "sha256": "0"})
    bundle = bundle_of(rich())
    bundle["entry"] += bundle_of(Case(document=other))["entry"]
    assert len(read_case([bundle], overlay=None).case.problems) == len(rich().problems)
    only = Case(document=rich().document.model_copy(update={"sha256": "1"}))
    documents = bundle_of(Case(document=other))["entry"] + bundle_of(only)["entry"]
    with pytest.raises(InputError, match="2 documents"):
        read_case([{**bundle, "entry": documents}], overlay=None)


def test_what_a_reviewer_changed_in_the_bundle_is_read() -> None:
    bundle = bundle_of(rich())
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource.get("code", {}).get("text") == "fever":
            resource["valueBoolean"] = True
        if resource.get("code", {}).get("text") == "pyelonephritis":
            (status,) = resource["verificationStatus"]["coding"]
            status.update(code="confirmed", display="Confirmed")
    problems = {p.name: p for p in read_case([bundle], overlay=None).case.problems}
    assert problems["fever"].assertion == "present"
    assert problems["pyelonephritis"].assertion == "present"

"""Each kind of fault is found, at its place, and nothing else; what servers do is no fault."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import InputError
from app.fhir.writer import Writer
from app.verification import MAX_FINDINGS, Report, outcome, verify
from tests.elsewhere import read_back
from tests.fhir.report import TEXT
from tests.verification.faults import FAULTS, one, other_words, written

Json = dict[str, Any]
WRITER = Writer(None)
EVIDENCE = "http://hl7.org/fhir/StructureDefinition/derivation-reference"


def checked(*bundles: Json, text: str | None = None) -> Report:
    named = [("Bundle" if len(bundles) == 1 else f"{n}", b) for n, b in enumerate(bundles)]
    return verify(named, text=text)


@pytest.mark.parametrize("version", ["4.0", "5.0"])
@pytest.mark.parametrize("kind", ["collection", "transaction", "batch", "document"])
def test_what_we_write_is_fine(version: str, kind: str) -> None:
    report = checked(written(version, kind))
    assert report.findings == ()
    assert report.statements > 100
    assert report.places > report.statements


@pytest.mark.parametrize("version", ["4.0", "5.0"])
@pytest.mark.parametrize("parts", [1, 4])
@pytest.mark.parametrize("own_ids", [True, False])
def test_what_a_server_gives_back_is_fine(version: str, parts: int, own_ids: bool) -> None:
    bundle = written(version)
    report = checked(*read_back(bundle, parts=parts, own_ids=own_ids))
    assert report.findings == ()
    assert report.places == checked(bundle).places


def test_pages_may_overlap_and_stand_in_a_bundle() -> None:
    first, second = read_back(written(), parts=2)
    second["entry"].append(copy.deepcopy(first["entry"][0]))
    outer = {
        "resourceType": "Bundle",
        "type": "batch-response",
        "entry": [{"resource": first}, {"resource": second}],
    }
    assert checked(outer).findings == ()


def test_a_page_alone_lacks_what_it_refers_to() -> None:
    first, second = read_back(written(), parts=2)
    types = {e["resource"]["resourceType"] for e in first["entry"]}
    without = second if "DocumentReference" in types else first
    report = checked(without, text=TEXT)
    assert report.errors == 0
    assert {f.message for f in report.findings} == {"refers to a resource that was not given"}
    assert checked(without).errors > 0


def test_the_text_may_lie_in_a_binary_or_beside() -> None:
    (bundle,) = read_back(written())
    document = one(bundle, "DocumentReference")
    attachment = document["content"][0]["attachment"]
    data = attachment.pop("data")
    report = checked(bundle)
    assert [f.message[:22] for f in report.findings] == ["does not hold the text"]
    assert checked(bundle, text=TEXT).findings == ()
    attachment["url"] = "https://ehr.example.com/fhir/Binary/7"
    binary = {"resourceType": "Binary", "id": "7", "contentType": "text/plain", "data": data}
    bundle["entry"].append({"fullUrl": "https://ehr.example.com/fhir/Binary/7", "resource": binary})
    assert checked(bundle).findings == ()


@pytest.mark.parametrize(("spoil", "messages"), FAULTS, ids=lambda p: getattr(p, "__name__", ""))
def test_a_fault_is_found_at_its_place(spoil: Callable[[Json], None], messages: set[str]) -> None:
    bundle = written()
    before = copy.deepcopy(bundle)
    spoil(bundle)
    changed = [
        n for n, (a, b) in enumerate(zip(before["entry"], bundle["entry"], strict=True)) if a != b
    ]
    report = checked(bundle)
    assert {f.message for f in report.findings} == messages
    assert all(f.severity == "error" for f in report.findings)
    for finding in report.findings:
        assert finding.path.startswith(f"Bundle.entry[{changed[0]}].resource")
    issues = outcome(report)["issue"]
    assert [i["expression"][0] for i in issues] == [f.path for f in report.findings]


def test_another_text_than_the_one_given() -> None:
    report = checked(written(), text=TEXT.replace("woman", "lady"))
    assert "is another text than the one given" in {f.message for f in report.findings}


def test_findings_hold_no_words_of_the_report() -> None:
    bundle = written()
    other_words(bundle)
    assert "pneumonia" not in str(outcome(checked(bundle)))


def test_a_bundle_of_faults_is_listed_up_to_a_limit() -> None:
    bundle = written()
    for number in range(MAX_FINDINGS + 7):
        bundle["entry"].append(
            {"fullUrl": f"urn:x:{number}", "resource": {"resourceType": "Condition", "subject": {}}}
        )
    report = checked(bundle)
    assert len(report.findings) == MAX_FINDINGS + 1
    assert report.findings[-1].message == "7 more findings are not listed"


@pytest.mark.parametrize(
    "bundle",
    [
        {},
        {"resourceType": "Patient"},
        {"resourceType": "Bundle", "entry": {}},
        {"resourceType": "Bundle", "entry": [3]},
    ],
)
def test_what_is_no_bundle_is_refused(bundle: Json) -> None:
    with pytest.raises(InputError):
        checked(bundle)


def test_bundles_in_bundles_have_an_end() -> None:
    bundle: Json = {"resourceType": "Bundle", "entry": []}
    for _ in range(9):
        bundle = {"resourceType": "Bundle", "entry": [{"resource": bundle}]}
    with pytest.raises(InputError, match="too deeply"):
        checked(bundle)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.data())
def test_any_change_of_any_element_is_answered(data: st.DataObject) -> None:
    """Whatever stands where: findings or none, never another error than a refusal."""
    bundle = SMALL
    bundle = copy.deepcopy(bundle)
    node: Any = bundle
    for _ in range(data.draw(st.integers(1, 9))):
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if not isinstance(node[key], dict | list):
            break
        parent, last, node = node, key, node[key]
        if data.draw(st.booleans()):
            parent[last] = data.draw(anything)
            break
    try:
        report = checked(bundle)
    except InputError:
        return
    assert outcome(report)["issue"]


SMALL = written()
SMALL["entry"] = [
    e
    for n, e in enumerate(SMALL["entry"])
    if e["resource"]["resourceType"] in ("Patient", "DocumentReference") or n % 6 == 0
]

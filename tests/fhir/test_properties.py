"""Whatever a case says: its bundle passes the gates; whatever comes in: check answers."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import fhir
from app.case import model
from app.case.model import Case
from tests.fhir.conftest import TYPES, VERSIONS
from tests.fhir.rich import rich

WORDS = "Fever and cough of a 7-year-old; <b>CT</b> & X-ray\twere « normal ». 🫀 "
LENGTH = len(WORDS)

evidence = st.tuples(st.integers(0, LENGTH - 6), st.integers(2, 6)).map(
    lambda x: {"start": x[0], "end": x[0] + x[1]}
)
evidences = st.lists(evidence, min_size=1, max_size=2)
free = st.text(max_size=8) | st.sampled_from(["fever", "<i>&", "mother", "a\n\nb", " x "])
codes = st.lists(
    st.fixed_dictionaries(
        {
            "system": st.sampled_from(["http://snomed.info/sct", "http://loinc.org"]),
            "code": st.sampled_from(["1", "85354-9", "a b"]),
        },
        optional={"display": free},
    ),
    max_size=2,
)
phrase = st.fixed_dictionaries({"text": free}, optional={"evidence": evidences, "codes": codes})
decimal = st.decimals(allow_nan=False, allow_infinity=False, places=3) | st.sampled_from(
    ["0", "1.50", "-3", "1E+30"]
)
quantity = st.fixed_dictionaries(
    {"value": decimal.map(str)},
    optional={
        "unit": free,
        "code": st.sampled_from(["mg", "mm[Hg]", "bad code", ""]),
        "comparator": st.sampled_from(["<", "<=", ">=", ">"]),
    },
)


def some(**more: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=more)


value = st.builds(
    lambda a, b: {**a, **b},
    phrase,
    st.one_of(
        st.just({}),
        some(quantity=quantity),
        some(low=quantity, high=quantity),
        some(numerator=quantity, denominator=quantity),
    ),
)
site = st.builds(
    lambda a, b: {**a, **b},
    phrase,
    some(laterality=st.sampled_from(["left", "right", "bilateral"])),
)
assertion = st.sampled_from(["present", "absent", "possible"])
IDS = [f"f{n}" for n in range(6)]
links = st.lists(st.sampled_from(IDS), max_size=2)


def enum(kind: Any) -> st.SearchStrategy[str]:
    return st.sampled_from([m.value for m in kind])


stage = st.builds(
    lambda a, by: {**a, "by": by}, phrase, st.sampled_from([None, "clinical", "pathological"])
)
course = st.builds(lambda a, c: {**a, "code": c}, phrase, enum(model.CourseCode))
outcome = st.builds(
    lambda a, b: {**a, **b},
    phrase,
    some(success=st.sampled_from(["successful", "unsuccessful", "partial"])),
)
component = st.fixed_dictionaries(
    {"name": free, "value": value}, optional={"evidence": evidences, "codes": codes}
)
interpretation = st.builds(lambda a, c: {**a, "code": c}, phrase, enum(model.Interpretation))
study = {
    "findings": links,
    "conclusion": phrase,
    "reason": links,
    "planned": st.booleans(),
}
KINDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "problems": some(
        category=enum(model.ProblemCategory), assertion=assertion,
        certainty=enum(model.Certainty), history=st.booleans(), basis=enum(model.Basis),
        site=st.lists(site, max_size=2), severity=phrase, details=st.lists(phrase, max_size=2),
        onset=phrase, duration=phrase, course=course, seen_in=links, due_to=links,
        stage=st.lists(stage, max_size=2),
    ),
    "tests": some(
        category=enum(model.TestCategory), assertion=assertion, value=value,
        interpretation=st.lists(interpretation, max_size=2), reference_range=value,
        components=st.lists(component, max_size=2), specimen=phrase,
        site=st.lists(site, max_size=2),
    ),
    "imaging": some(
        modality=st.lists(phrase, max_size=2), site=st.lists(site, max_size=2), contrast=phrase,
        plane=st.lists(phrase, max_size=2), **study,
    ),
    "pathology": some(specimen=phrase, procedure=st.sampled_from(IDS), **study),
    "procedures": some(
        status=enum(model.ProcedureStatus), status_words=phrase, approach=phrase,
        site=st.lists(site, max_size=2), details=st.lists(phrase, max_size=2), reason=links,
        complications=links, outcome=outcome, follow_up=st.lists(phrase, max_size=2),
    ),
    "medications": some(
        status=enum(model.MedicationStatus), status_words=phrase, dose=value, route=phrase,
        frequency=phrase, duration=phrase, reason=links,
    ),
    "family_history": some(relation=phrase, assertion=assertion),
    "allergies": some(assertion=assertion, reaction=phrase),
    "social_history": some(value=value, assertion=assertion),
    "outcomes": some(),
    "consents": st.builds(
        lambda a, b: {**a, **b},
        st.fixed_dictionaries(
            {"scope": st.sampled_from(["publication", "treatment", "research"])}
        ),
        some(by=st.sampled_from(["patient", "parent", "relative", "unknown"]),
             written=st.booleans()),
    ),
}  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> Case:
    facts: dict[str, list[dict[str, Any]]] = {}
    for ident in IDS:
        kind = draw(st.sampled_from(sorted(KINDS)))
        base = {"id": ident, "patient": "p1", "name": draw(free), "evidence": draw(evidences)}
        base |= draw(some(codes=codes, time=phrase))
        facts.setdefault(kind, []).append(base | draw(KINDS[kind]))
    patient = draw(
        some(
            sex=st.sampled_from(["female", "male"]), sex_evidence=evidences,
            deceased=st.booleans(), deceased_evidence=evidences,
        )
    )  # fmt: skip
    info = draw(
        some(
            title=free, journal=free, doi=free, licence=free, language=st.sampled_from(["en", "?"]),
            published=st.sampled_from(["2020", "2020-13", "2020-02-03", "last year"]),
            affiliations=st.lists(free, min_size=2, max_size=2),
            authors=st.lists(
                st.fixed_dictionaries(
                    {"name": free},
                    optional={"family": free, "given": free, "affiliations": st.just([0, 1])},
                ),
                max_size=2,
            ),
        )
    )  # fmt: skip
    return Case.model_validate(
        {
            "document": {"text": WORDS, "sha256": "0" * 64, **info},
            "patients": [{"key": "p1", **patient}],
            **facts,
        }
    )


slow = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@slow
@given(case=cases(), version=st.sampled_from(VERSIONS), kind=st.sampled_from(TYPES))
def test_every_case_passes_the_gates(case: Case, version: str, kind: str) -> None:
    writer = fhir.load(None)
    bundle, _ = writer.write(case, fhir_version=version, bundle_type=kind)
    again, _ = writer.write(case, fhir_version=version, bundle_type=kind)
    body = fhir.dumps(bundle)
    assert body == fhir.dumps(again)
    assert not [f for f in fhir.check(json.loads(body), version) if f.severity == "error"]


junk = st.sampled_from([None, 3, "x", [], {}, [3], {"a": [None]}, True, -1.5, ["", {}]])


@slow
@given(data=st.data(), version=st.sampled_from(VERSIONS))
def test_check_answers_whatever_comes(data: st.DataObject, version: str) -> None:
    writer = fhir.load(None)
    bundle = json.loads(fhir.dumps(writer.write(rich(), fhir_version=version)[0]))
    for _ in range(data.draw(st.integers(1, 4))):
        node: Any = bundle
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = data.draw(st.sampled_from(keys))
            child = node[key]
            if not isinstance(child, (dict, list)) or not child or data.draw(st.booleans()):
                node[key] = copy.deepcopy(data.draw(junk))
                break
            node = child
    fhir.check(bundle)

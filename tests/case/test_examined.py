"""What came out of examinations, what was not done, what is denied by which words, and doses."""

from __future__ import annotations

import pytest

from app import exact
from app.case.model import Assertion as Said
from app.case.model import Case, Performed
from app.case.model import TestCategory as Category
from app.fhir.writer import Writer
from app.narrative.mentions import Assertion, Mode, Presence
from app.text import Span
from tests.case.marked import assemble, quotes

_WRITER = Writer(None)


def denied(mode: Mode = Mode.STATED, cue: tuple[int, int] | None = None) -> Assertion:
    return Assertion(Presence.ABSENT, mode, cue=Span(*cue) if cue else None)


def observations(case: Case) -> list[dict[str, object]]:
    bundle, _ = _WRITER.write(case)
    entries = exact.loads(exact.dumps(bundle))["entry"]
    found = [e["resource"] for e in entries]
    return [r for r in found if r["resourceType"] == "Observation"]


@pytest.mark.parametrize(
    ("mode", "performed", "status"),
    [
        (Mode.DECLINED, Performed.DECLINED, "cancelled"),
        (Mode.NOT_DONE, Performed.NOT_DONE, "cancelled"),
        (Mode.PLANNED, Performed.PLANNED, "registered"),
    ],
)
def test_a_test_that_was_not_done_is_no_absent_finding(
    mode: Mode, performed: Performed, status: str
) -> None:
    case = assemble("She refused [test#t:electroencephalography].", assertions={"t": denied(mode)})
    (test,) = case.tests
    assert (test.performed, test.assertion) == (performed, Said.PRESENT)
    (made,) = observations(case)
    assert made["status"] == status
    assert "valueBoolean" not in made
    assert "not-performed" in str(made["dataAbsentReason"])


def test_what_was_looked_for_and_not_found_is_absent() -> None:
    case = assemble("There was no [test#t:paraprotein].", assertions={"t": denied(cue=(10, 12))})
    (test,) = case.tests
    assert (test.performed, test.assertion) == (Performed.DONE, Said.ABSENT)
    assert test.assertion_words is not None
    assert test.assertion_words.text == "no"
    (made,) = observations(case)
    assert made["valueBoolean"] is False
    assert "_valueBoolean" in made


def test_a_done_and_a_refused_test_stay_apart() -> None:
    case = assemble(
        "[test:Electroencephalography] was done.\nHe refused [test#t:electroencephalography].",
        assertions={"t": denied(Mode.DECLINED)},
    )
    assert [t.performed for t in case.tests] == [Performed.DONE, Performed.DECLINED]


def test_an_absent_problem_points_at_the_words_that_deny_it() -> None:
    case = assemble("He had no [symptom#f:fever].", assertions={"f": denied(cue=(7, 9))})
    (fever,) = case.problems
    assert fever.assertion_words is not None
    assert quotes(case, fever.assertion_words.evidence) == ["no"]


def test_what_came_out_of_a_diagnostic_procedure_is_a_test() -> None:
    case = assemble("[test#c:Colonoscopy] was [value#v:normal].", "value c v")
    (test,) = case.tests
    assert test.category is Category.PROCEDURE
    assert test.value is not None
    assert test.value.text == "normal"
    assert [p.name for p in case.procedures] == ["Colonoscopy"]


def test_a_study_that_showed_nothing_has_that_as_result() -> None:
    text = "[test#e:Electrocardiogram] revealed no significant [symptom#a:abnormalities]."
    case = assemble(text, "seen-in a e", assertions={"a": denied(cue=(27, 29))})
    (test,) = case.tests
    assert test.value is not None
    assert test.value.text == "no significant abnormalities"
    text = "[test#e:Brain MRI] revealed no significant [symptom#a:abnormalities]."
    case = assemble(text, "seen-in a e", assertions={"a": denied(cue=(19, 21))})
    (study,) = case.imaging
    assert study.conclusion is not None
    assert study.conclusion.text == "no significant abnormalities"


def test_a_finding_with_a_name_is_no_result() -> None:
    text = "[test#e:Electrocardiogram] revealed no [symptom#a:tachycardia]."
    case = assemble(text, "seen-in a e", assertions={"a": denied(cue=(27, 29))})
    assert [t.value for t in case.tests] == [None]


def test_the_same_result_told_again_has_both_places() -> None:
    case = assemble(
        "The [test#a:LVEF] was [value#v:20%].\nIt confirmed the [test#b:LVEF] of [value#w:20%].",
        "value a v\nvalue b w",
    )
    (test,) = case.tests
    assert test.value is not None
    assert quotes(case, test.value.evidence) == ["20%", "20%"]


def test_words_that_name_nothing_count_with_a_result() -> None:
    case = assemble("Her [test#c:condition] [value#v:worsened].", "value c v")
    assert [t.name for t in case.tests] == ["condition"]
    assert not assemble("Her [test:condition] was discussed.").tests


def test_several_doses_of_one_drug() -> None:
    case = assemble(
        "[medication#m:Prednisone] [dose#a:20 mg/day], then [dose#b:10 mg/day], was given.",
        "dose m a\ndose m b",
    )
    (drug,) = case.medications
    assert drug.dose is not None
    assert drug.dose.text == "20 mg/day"
    assert [d.text for d in drug.further_doses] == ["10 mg/day"]
    bundle, _ = _WRITER.write(case)
    (statement,) = [
        e["resource"]
        for e in exact.loads(exact.dumps(bundle))["entry"]
        if e["resource"]["resourceType"] == "MedicationStatement"
    ]
    amounts = [d["doseAndRate"][0]["doseQuantity"]["value"] for d in statement["dosage"]]
    assert [int(a) for a in amounts] == [20, 10]


def test_the_same_dose_told_again_is_one() -> None:
    case = assemble(
        "[medication#m:Amiodarone] [dose#a:200 mg].\n[medication#n:Amiodarone] [dose#b:200 mg].",
        "dose m a\ndose n b",
    )
    (drug,) = case.medications
    assert drug.further_doses == ()
    assert drug.dose is not None
    assert quotes(case, drug.dose.evidence) == ["200 mg", "200 mg"]


def test_a_range_in_brackets_behind_a_result_is_what_is_normal() -> None:
    case = assemble(
        "[test#t:Thyroglobulin] was [value#v:0.5 ng/ml] ([value#r:3.5-77 ng/ml]).",
        "value t v\nvalue t r",
    )
    (test,) = case.tests
    assert test.value is not None
    assert test.value.text == "0.5 ng/ml"
    assert test.reference_range is not None
    assert test.reference_range.text == "3.5-77 ng/ml"


def test_two_results_in_two_units_are_two_results() -> None:
    case = assemble(
        "[test#t:Calcium] was [value#v:2.5 mmol/L] ([value#r:9-10 mg/dL]).",
        "value t v\nvalue t r",
    )
    assert len(case.tests) == 2

"""Mentions become facts: repeats join, different things stay apart, links point at facts."""

from __future__ import annotations

import pytest

from app.case.model import (
    Assertion as Said,
)
from app.case.model import (
    Certainty,
    CourseCode,
    Interpretation,
    Laterality,
    ProblemCategory,
)
from app.issues import IssueKind
from app.narrative.mentions import Assertion, Mode, Presence
from tests.case.marked import assemble, issues_too, quotes

ABSENT = Assertion(Presence.ABSENT)


def test_repeats_of_a_problem_are_one_fact_with_several_spans() -> None:
    case = assemble("He had [symptom:fever].\nThe [symptom:fever] lasted three days.")
    (fever,) = case.problems
    assert quotes(case, fever.evidence) == ["fever", "fever"]
    assert fever.category is ProblemCategory.SYMPTOM


def test_present_and_absent_are_two_facts() -> None:
    case = assemble(
        "He had [symptom:fever].\nLater there was no [symptom#gone:fever].",
        assertions={"gone": ABSENT},
    )
    assert [p.assertion for p in case.problems] == [Said.PRESENT, Said.ABSENT]


def test_plural_and_spelling_are_the_same_thing() -> None:
    case = assemble("A [disease:haematoma] was seen.\nThe [disease:hematomas] were drained.")
    assert len(case.problems) == 1


def test_another_site_is_another_problem() -> None:
    case = assemble(
        "A [symptom#a:mass] in the [site#l:liver].\n"
        "A [symptom#b:mass] in the [site#k:left kidney].",
        "site a l\nsite b k",
    )
    assert [p.site[0].text for p in case.problems] == ["liver", "left kidney"]
    assert case.problems[1].site[0].laterality is Laterality.LEFT


def test_a_mention_without_site_joins_the_only_problem_of_that_name() -> None:
    case = assemble(
        "A [symptom#a:mass] in the [site#l:liver].\nThe [symptom#b:mass] grew.", "site a l"
    )
    assert len(case.problems) == 1


def test_the_name_takes_in_the_words_beside_the_head() -> None:
    case = assemble(
        "She had [severity#s:severe] [site#l:low back] [symptom#p:pain].", "severity p s\nsite p l"
    )
    (pain,) = case.problems
    assert pain.name == "low back pain"
    assert pain.severity is not None
    assert pain.severity.text == "severe"
    assert quotes(case, pain.evidence) == ["pain"]
    assert quotes(case, pain.name_evidence) == ["low back pain"]
    assert "HP:0003419" in [c.code for c in pain.codes]


def test_an_abbreviation_and_its_long_form_are_one_fact() -> None:
    case = assemble(
        "She had [disease:systemic lupus erythematosus] (SLE).\nHer [disease:SLE] was treated."
    )
    assert len(case.problems) == 1
    assert case.problems[0].name == "systemic lupus erythematosus"


def test_with_and_without_details_is_one_fact() -> None:
    case = assemble(
        "A [detail#d:large] [symptom#a:mass] was seen.\nThe [symptom:mass] was removed.",
        "detail a d",
    )
    assert len(case.problems) == 1
    assert case.problems[0].name == "large mass"


def test_excluded_differential_and_provisional() -> None:
    case = assemble(
        "[disease#a:Lymphoma] was ruled out.\nIt may be [disease#b:sarcoidosis].\n"
        "Suspected [disease#c:tuberculosis].",
        assertions={
            "a": Assertion(Presence.ABSENT, Mode.EXCLUDED),
            "b": Assertion(Presence.POSSIBLE, Mode.DIFFERENTIAL),
            "c": Assertion(Presence.POSSIBLE),
        },
    )
    assert [p.certainty for p in case.problems] == [
        Certainty.EXCLUDED,
        Certainty.DIFFERENTIAL,
        Certainty.PROVISIONAL,
    ]


def test_hypothetical_and_general_statements_give_no_fact() -> None:
    case = assemble(
        "Return if [symptom#a:fever] occurs.\n[disease#b:Lupus] is common.",
        assertions={"a": Assertion(mode=Mode.HYPOTHETICAL), "b": Assertion(mode=Mode.GENERAL)},
    )
    assert case.facts() == ()


def test_a_relatives_disease_is_family_history() -> None:
    case = assemble(
        "Her mother had [disease#a:breast cancer].", assertions={"a": Assertion(relative="mother")}
    )
    assert case.problems == ()
    (fact,) = case.family_history
    assert (fact.name, fact.relation and fact.relation.text) == ("breast cancer", "mother")


def test_the_course_of_a_named_problem() -> None:
    case = assemble(
        "His [symptom#p:fever] [outcome#o:resolved].",
        "outcome p o",
        labels={"o": "course:resolved:after"},
    )
    assert case.problems[0].course is not None
    assert case.problems[0].course.code is CourseCode.RESOLVED


def test_resolution_of_her_symptoms_is_said_of_symptoms_not_of_diseases() -> None:
    case = assemble(
        "A woman with [disease:diabetes mellitus] had [symptom:headache].\n"
        "[outcome#o:Resolution of her symptoms] followed.",
        labels={"o": "course:resolved:before:symptoms"},
    )
    courses = {p.name: p.course.code if p.course else None for p in case.problems}
    assert courses == {"diabetes mellitus": None, "headache": CourseCode.RESOLVED}


def test_cause_and_effect() -> None:
    case = assemble("[disease#e:Renal failure] due to [disease#c:amyloidosis].", "cause e c")
    by_name = {p.name: p for p in case.problems}
    assert by_name["Renal failure"].due_to == (by_name["amyloidosis"].id,)


def test_without_a_patient_there_are_no_facts_and_it_is_said() -> None:
    case, issues = issues_too("[disease:Lupus] is common.", patients=())
    assert case.patients == ()
    assert case.facts() == ()
    assert [i.kind for i in issues] == [IssueKind.NO_PATIENT]


def test_one_more_fact_does_not_rename_the_others() -> None:
    one = assemble("He had [symptom:fever].")
    two = assemble("He had [symptom:cough] and [symptom:fever].")
    assert one.problems[0].id in [p.id for p in two.problems]


def test_sentences_that_gave_nothing_are_reported() -> None:
    _, issues = issues_too("He had [symptom:fever].\nHe likes chess.")
    unused = [i for i in issues if i.kind is IssueKind.SENTENCE_UNUSED]
    assert len(unused) == 1


def test_what_was_normal_is_no_problem() -> None:
    case = assemble("His [symptom#s:swallowing] was [value#v:normal].", "value s v")
    assert case.problems == ()
    (test,) = case.tests
    assert test.name == "swallowing"
    assert [i.code for i in test.interpretation] == [Interpretation.NORMAL]


def test_a_known_problem_that_is_graded_stays_one() -> None:
    case = assemble("He had [value#v:high] [symptom#s:fever].", "value s v")
    assert [p.name for p in case.problems] == ["fever"]
    assert case.tests == ()


@pytest.mark.parametrize(
    ("marked", "category"),
    [
        ("She had [symptom:type 2 diabetes mellitus].", ProblemCategory.DIAGNOSIS),
        ("She had [symptom:sepsis].", ProblemCategory.DIAGNOSIS),
        ("She had [symptom:jaundice].", ProblemCategory.SYMPTOM),
        ("She had [symptom:short stature].", ProblemCategory.FINDING),
        ("She had [disease:short stature].", ProblemCategory.DIAGNOSIS),
    ],
)
def test_what_icd_10_cm_counts_among_the_diseases_is_a_diagnosis(
    marked: str, category: ProblemCategory
) -> None:
    assert assemble(marked).problems[0].category is category

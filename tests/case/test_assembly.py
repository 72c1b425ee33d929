"""Mentions become facts: repeats join, different things stay apart, links point at facts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app import convert
from app.case.model import (
    Assertion as Said,
)
from app.case.model import (
    Basis,
    Certainty,
    Comparator,
    CourseCode,
    Interpretation,
    Laterality,
    MedicationStatus,
    ProblemCategory,
    ProcedureStatus,
)
from app.case.model import (
    TestCategory as Category,
)
from app.issues import IssueKind
from app.narrative.mentions import Assertion, Mode, Presence
from app.text import Span
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


def test_a_finding_of_an_image_is_linked_both_ways() -> None:
    case = assemble("[test#ct:CT] showed [symptom#f:ground-glass opacities].", "seen-in f ct")
    (study,), (finding,) = case.imaging, case.problems
    assert study.findings == (finding.id,)
    assert finding.seen_in == (study.id,)
    assert finding.basis is Basis.IMAGING
    assert finding.category is ProblemCategory.FINDING
    assert study.modality[0].codes[0].code == "CT"


def test_a_legend_adds_to_the_study_that_it_shows() -> None:
    case = assemble(
        "[test#a:CT] of the [site#s:abdomen] was normal.\n"
        "legend> Axial contrast-enhanced [test#b:CT] image of the [site#t:abdomen].",
        "site a s\nsite b t",
    )
    (study,) = case.imaging
    assert [(e.start, e.end) for e in study.evidence] == [
        (0, 2),
        (0, 17),
        (54, 56),
        (54, 77),
    ]
    assert study.contrast is not None
    assert [p.text for p in study.plane] == ["axial"]


def test_what_is_named_by_its_look_is_where_the_study_was_made() -> None:
    case = assemble(
        "[test#a:MRI] of the [site#s:brain] showed several [symptom#f:lesions], "
        "[symptom#g:splenomegaly] and [symptom#h:cysts] of the [site#t:liver].",
        "site a s\nseen-in f a\nseen-in g a\nseen-in h a\nsite h t",
    )
    assert {p.name: [s.text for s in p.site] for p in case.problems} == {
        "lesions": ["brain"],
        "splenomegaly": [],
        "cysts": ["liver"],
    }


def test_a_specimen_is_no_place() -> None:
    case = assemble(
        "[test#a:Histology] of the [site#s:resected specimen] showed [symptom#f:inflammation].",
        "site a s\nseen-in f a",
    )
    (problem,) = case.problems
    assert problem.site == ()


def test_a_repeated_study_is_another_one() -> None:
    case = assemble("[test:CT] was done.\nA repeat [test:CT] was done.")
    assert len(case.imaging) == 2


def test_another_region_is_another_study() -> None:
    case = assemble(
        "[test#a:MRI] of the [site#s:brain].\n[test#b:MRI] of the [site#t:spine].",
        "site a s\nsite b t",
    )
    assert len(case.imaging) == 2


def test_pathology_knows_its_specimen_and_procedure() -> None:
    case = assemble(
        "The mass was [procedure:resected].\n"
        "[test#p:Pathologic examination] of the resected specimen showed [symptom#f:necrosis].",
        "seen-in f p",
    )
    (report,), (procedure,) = case.pathology, case.procedures
    assert report.procedure == procedure.id
    assert report.specimen is not None
    assert report.specimen.text == "resected specimen"
    assert case.problems[0].basis is Basis.PATHOLOGY


def test_a_value_with_unit() -> None:
    case = assemble("[test#h:Hemoglobin] was [value#v:8.2 g/dL].", "value h v")
    (test,) = case.tests
    assert test.value is not None
    assert test.value.quantity is not None
    assert test.value.quantity.value == Decimal("8.2")
    assert test.value.quantity.code == "g/dL"
    assert "718-7" in [c.code for c in test.codes]
    assert test.category is Category.LABORATORY


def test_two_numbers_are_two_measurements() -> None:
    case = assemble(
        "[test#h:CRP] fell from [value#a:120 mg/L] to [value#b:8 mg/L].", "value h a\nvalue h b"
    )
    assert [t.value.text for t in case.tests if t.value] == ["120 mg/L", "8 mg/L"]


def test_a_word_and_a_number_are_one_measurement() -> None:
    case = assemble(
        "[test#t:Troponin] was [value#w:elevated] at [value#n:84 ng/L].", "value t w\nvalue t n"
    )
    (test,) = case.tests
    assert test.value is not None
    assert test.value.quantity is not None
    assert [i.code for i in test.interpretation] == [Interpretation.HIGH]


def test_a_denied_result_is_said_with_its_denial() -> None:
    text = "There were no [test#t:ECG] [value#v:abnormalities]."
    denial = Assertion(Presence.ABSENT, cue=Span(11, 13))
    case = assemble(text, "value t v", {"v": denial})
    (test,) = case.tests
    assert test.value is not None
    assert test.value.text == "no ECG abnormalities"
    assert quotes(case, test.value.evidence) == ["no ECG abnormalities"]


@pytest.mark.parametrize("result", ["elevated", "positive"])
def test_a_denied_result_has_no_interpretation(result: str) -> None:
    text = f"There was no leukocytosis or [value#v:{result}] [test#t:CRP]."
    denial = Assertion(Presence.ABSENT, cue=Span(10, 12))
    (test,) = assemble(text, "value t v", {"v": denial}).tests
    assert test.value is not None
    assert test.value.text == f"no leukocytosis or {result}"
    assert not test.interpretation
    assert not test.value.codes


def test_good_news_is_not_denied() -> None:
    text = "without rash, [value#v:normal] [test#t:CRP]"
    denial = Assertion(Presence.ABSENT, cue=Span(0, 7))
    (test,) = assemble(text, "value t v", {"v": denial}).tests
    assert test.value is not None
    assert test.value.text == "normal"


def test_a_comparator() -> None:
    case = assemble("[test#t:D-dimer] was [value#n:>20 mg/L].", "value t n")
    value = case.tests[0].value
    assert value is not None
    assert value.quantity is not None
    assert value.quantity.comparator is Comparator.GREATER


def test_blood_pressure_has_two_parts() -> None:
    case = assemble("[test#t:Blood pressure] was [value#n:104/62 mmHg].", "value t n")
    (test,) = case.tests
    assert [str(c.value.quantity.value) for c in test.components if c.value.quantity] == [
        "104",
        "62",
    ]
    assert test.category is Category.VITAL_SIGNS
    assert "85354-9" in [c.code for c in test.codes]


def test_a_positive_antibody_with_its_pattern() -> None:
    case = assemble(
        "[value#v:positive] [test#t:antinuclear antibody] with a [detail#d:nucleolar pattern]",
        "value t v\ndetail t d",
    )
    (test,) = case.tests
    assert test.value is not None
    assert "10828004" in [c.code for c in test.value.codes]
    assert [(c.name, c.value.text) for c in test.components] == [("pattern", "nucleolar")]


def test_a_test_named_again_without_result_joins_the_one_with_it() -> None:
    case = assemble(
        "[test:Ferritin] was measured.\n[test#t:Ferritin] was [value#n:900 ng/mL].", "value t n"
    )
    (test,) = case.tests
    assert len(test.evidence) == 2


def test_a_biopsy_is_a_procedure() -> None:
    case = assemble("A [test:liver biopsy] was performed.")
    assert case.tests == ()
    assert len(case.procedures) == 1


def test_statuses_of_procedures() -> None:
    case = assemble(
        "[procedure#a:Surgery] was declined.\n[procedure#b:Dialysis] is planned.\n"
        "No [procedure#c:intubation] was done.\n[procedure:Drainage] was done.",
        assertions={
            "a": Assertion(mode=Mode.DECLINED),
            "b": Assertion(mode=Mode.PLANNED),
            "c": Assertion(Presence.ABSENT, Mode.NOT_DONE),
        },
    )
    assert [p.status for p in case.procedures] == [
        ProcedureStatus.DECLINED,
        ProcedureStatus.PLANNED,
        ProcedureStatus.NOT_DONE,
        ProcedureStatus.COMPLETED,
    ]


def test_a_drug_with_dose_route_frequency_and_reason() -> None:
    case = assemble(
        "[medication#m:Prednisone] [dose#d:40 mg] [route#r:orally] [frequency#f:daily] "
        "for [disease#p:sarcoidosis].",
        "dose m d\nroute m r\nfrequency m f\nreason m p",
    )
    (drug,) = case.medications
    assert drug.dose is not None
    assert drug.dose.quantity is not None
    assert (drug.route and drug.route.text, drug.frequency and drug.frequency.text) == (
        "orally",
        "daily",
    )
    assert drug.reason == (case.problems[0].id,)


def test_another_dose_is_another_statement() -> None:
    case = assemble(
        "[medication#a:Prednisone] [dose#x:40 mg].\n[medication#b:Prednisone] [dose#y:10 mg].",
        "dose a x\ndose b y",
    )
    assert len(case.medications) == 2


def test_a_stopped_drug() -> None:
    case = assemble(
        "[medication#m:Methotrexate] was stopped.", assertions={"m": Assertion(mode=Mode.STOPPED)}
    )
    assert case.medications[0].status is MedicationStatus.STOPPED


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


def test_a_size_is_a_measure_named_by_the_lesion() -> None:
    case = assemble(
        "[test#ct:CT] showed a [symptom#m:mass] of [value#v:3 x 4 cm].",
        "seen-in m ct\nvalue m v",
    )
    (mass,) = case.problems
    (size,) = case.tests
    assert (size.name, size.value.text if size.value else "") == ("mass", "3 x 4 cm")
    assert quotes(case, size.evidence) == ["mass", "3 x 4 cm"]
    assert size.category is Category.IMAGING
    assert mass.seen_in == (case.imaging[0].id,)


def test_a_score_or_word_of_a_problem_is_no_measure() -> None:
    case = assemble("The [symptom#p:pain] was [value#v:8/10].", "value p v")
    assert [p.name for p in case.problems] == ["pain"]
    assert case.tests == ()


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


def test_of_two_doses_the_nearest_is_taken() -> None:
    case = assemble(
        "[dose#far:130 mg] in all; [medication#m:gefitinib] [dose#near:250 mg].",
        "dose m far\ndose m near",
    )
    (drug,) = case.medications
    assert drug.dose is not None
    assert drug.dose.text == "250 mg"


def test_a_study_points_at_its_words_with_the_region() -> None:
    case = assemble("A [site#s:chest] [test#t:CT] was done.", "site t s")
    assert set(quotes(case, case.imaging[0].evidence)) == {"CT", "chest CT"}


def test_a_titre_below_a_limit_says_so_of_its_numerator() -> None:
    case = convert("A 30-year-old man had fever. Brucella antibody titer was <1:80.").case
    (test,) = case.tests
    assert test.value is not None
    assert test.value.numerator is not None
    assert test.value.denominator is not None
    assert str(test.value.numerator.comparator) == "<"
    assert test.value.denominator.comparator is None


def test_white_space_in_a_unit_is_plain_space() -> None:
    case = convert("A 30-year-old man had ascites. The pressure was 20 cm\u2005H2O.").case
    (test,) = case.tests
    assert test.value is not None
    assert test.value.quantity is not None
    assert test.value.quantity.unit == "cm H2O"


def test_each_result_has_the_place_that_is_said_of_it() -> None:
    case = assemble(
        "[test#t:Intraocular pressure] was [value#a:20 mmHg] in the [site#r:right eye] and "
        "[value#b:20 mmHg] in the [site#l:left eye].",
        "value t a\nvalue t b\nsite t r",
    )
    said = [(t.value and t.value.text, [s.text for s in t.site]) for t in case.tests]
    assert said == [("20 mmHg", ["right eye"]), ("20 mmHg", ["left eye"])]
    assert len({t.id for t in case.tests}) == 2


def test_one_place_of_a_test_holds_for_all_its_results() -> None:
    case = assemble(
        "[test#t:Pressure] in the [site#r:right eye] was [value#a:20 mmHg], "
        "then [value#b:14 mmHg].",
        "value t a\nvalue t b\nsite t r",
    )
    assert [[s.text for s in t.site] for t in case.tests] == [["right eye"], ["right eye"]]


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

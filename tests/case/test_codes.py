"""Codes of facts: what stands beside the words and in their sentence decides with them."""

from __future__ import annotations

from app.case.model import Coding
from app.terminology.systems import HPO, ICD10CM, LOINC, SNOMED
from tests.case.marked import assemble


def by_system(codes: tuple[Coding, ...]) -> dict[str, str]:
    return {c.system: c.code for c in codes}


def test_a_result_called_high_has_the_term_of_the_ontology() -> None:
    case = assemble("[test#t:Creatine kinase] was [value#v:elevated].", "value t v")
    (test,) = case.tests
    assert by_system(test.codes)[HPO] == "HP:0003236"


def test_a_number_alone_is_called_nothing() -> None:
    case = assemble("[test#t:Creatine kinase] was [value#v:2500 U/L].", "value t v")
    (test,) = case.tests
    assert HPO not in by_system(test.codes)


def test_a_change_of_a_value_is_no_abnormal_value() -> None:
    text = "[test#t:Creatine kinase] had [value#v:decreased] {}."
    (fell,) = assemble(text.format("to 93 U/L"), "value t v").tests
    (low,) = assemble(text.format("activity"), "value t v").tests
    assert HPO not in by_system(fell.codes)
    assert by_system(low.codes)[HPO] == "HP:0025659"


def test_a_low_glucose_of_spinal_fluid_is_no_hypoglycemia() -> None:
    low = "[test#t:glucose] was [value#v:low]."
    (blood,) = assemble(f"The {low}", "value t v").tests
    (fluid,) = assemble(f"In the cerebrospinal fluid {low}", "value t v").tests
    assert by_system(blood.codes)[HPO] == "HP:0001943"
    assert HPO not in by_system(fluid.codes)


def test_a_hormone_stained_in_tissue_is_not_measured_in_serum() -> None:
    (measured,) = assemble("[test#t:Prolactin] was [value#v:elevated].", "value t v").tests
    (stained,) = assemble(
        "Immunostaining for [test#t:prolactin] was [value#v:positive].", "value t v"
    ).tests
    assert by_system(measured.codes)[LOINC] == "2842-3"
    assert LOINC not in by_system(stained.codes)


def test_no_classification_says_that_a_told_site_is_unknown() -> None:
    (bare,) = assemble("He had [symptom:pain].").problems
    (sited,) = assemble(
        "He had [symptom#p:pain] for years, mostly around the [site#s:scapula].", "site p s"
    ).problems
    assert ICD10CM in by_system(bare.codes)
    assert ICD10CM not in by_system(sited.codes)


def test_what_no_vocabulary_knows_has_the_code_of_its_shape_last_of_all() -> None:
    (shape,) = assemble("An [symptom:ill-defined glassy lesion] was seen.").problems
    (finding,) = assemble("A [symptom:skin lesion] was seen.").problems
    assert by_system(shape.codes)[SNOMED] == "52988006"
    assert by_system(finding.codes)[SNOMED] == "95324001"

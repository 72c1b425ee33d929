"""Results of tests: values, their parts and places, what is a measure and what is none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app import convert
from app.case.model import (
    Comparator,
    Interpretation,
)
from app.case.model import (
    TestCategory as Category,
)
from app.narrative.mentions import Assertion, Presence
from app.text import Span
from tests.case.marked import assemble, quotes


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

"""Words of results that the spotter took for something else, names that hold such words, and
drugs that a germ was tested for."""

from __future__ import annotations

import pytest

from tests.narrative.supplement.test_beside import found


@pytest.mark.parametrize(
    ("marked", "result"),
    [
        ("Her [test:vibration sense] was [symptom:intact].", "intact"),
        ("The [test:gag reflex] was [symptom:well preserved].", "well preserved"),
        ("Both [test:knee jerks] were [detail:abnormally brisk].", "abnormally brisk"),
        ("An [detail:abnormal] [test:electrocardiogram] was the reason.", "abnormal"),
        ("[test:Diffuse staining] for [test:CK7] was there.", "Diffuse staining"),
        ("A [test:negative] [test:Coombs test] followed.", "negative"),
        ("[test:p40] and [test:calretinin] were expressed.", "expressed"),
        ("It had no [symptom:mutations] in the [test:KIT] gene.", "no mutations"),
        ("The [test:biopsy] was not informative.", "not informative"),
        ("The [test:Jones criteria] were not fulfilled.", "not fulfilled"),
    ],
)
def test_a_result_that_was_marked_as_something_else(marked: str, result: str) -> None:
    assert ("value", result) in found(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "He had a [detail:normal] childhood.",
        "She had [symptom:reduced vision].",
        "A [detail:rapid] [procedure:decompression] was done.",
        "[test:Staining] for [test:CK7] was done.",
    ],
)
def test_what_is_no_result_stays(marked: str) -> None:
    assert not [words for kind, words in found(marked) if kind == "value"]


@pytest.mark.parametrize(
    ("marked", "test", "value"),
    [
        ("Birth weight 3 kg, [value:length 50 cm].", "length", "50 cm"),
        ("It had a [value:peak gradient] of [value:64 mmHg].", "peak gradient", "64 mmHg"),
        ("The [value:body temperature: 38.5 °C].", "body temperature", "38.5 °C"),
    ],
)
def test_what_was_measured_is_a_test(marked: str, test: str, value: str) -> None:
    mentions = found(marked)
    assert {("test", test), ("value", value)} <= mentions


def test_a_grade_in_a_name_is_no_result() -> None:
    mentions = found("It showed [value:high] [test:molecular weight keratin] only.")
    assert mentions == {("test", "high molecular weight keratin")}


def test_drugs_that_a_germ_was_tested_for() -> None:
    mentions = found(
        "The isolate was resistant to [medication:ampicillin] and [medication:cefazolin] but "
        "susceptible to [medication:meropenem]."
    )
    assert mentions == {
        ("value", "resistant"),
        ("test", "ampicillin"),
        ("test", "cefazolin"),
        ("value", "susceptible"),
        ("test", "meropenem"),
    }


@pytest.mark.parametrize(
    "marked",
    [
        "Her hypertension was resistant to [medication:ramipril].",
        "The culture grew yeasts and she received [medication:fluconazole].",
        "The strain was resistant, so that [medication:linezolid] was given.",
    ],
)
def test_drugs_that_were_given_stay(marked: str) -> None:
    assert [kind for kind, _ in found(marked) if kind == "medication"]

"""Results in words beside a test, doses beside a drug, parts of the body beside a problem."""

from __future__ import annotations

import pytest

from app.narrative.sentences import split
from app.text import BlockKind
from tests.narrative.building import document
from tests.narrative.supplement.test_supplement import _supplement, read


def found(marked: str) -> set[tuple[str, str]]:
    """Kind and words of every mention of a marked sentence, as completed."""
    text, seen, _ = read(marked)
    doc = document((BlockKind.CASE, text))
    (sentence,) = split(doc)
    return {
        (m.kind.value, doc.quote(m.span)) for m in _supplement.complete(text, 0, sentence, seen)
    }


@pytest.mark.parametrize(
    ("marked", "result"),
    [
        ("There was elevated [test:procalcitonin] on arrival.", "elevated"),
        ("There was markedly elevated [test:procalcitonin].", "markedly elevated"),
        ("We saw increased levels of [test:lipase].", "increased"),
        ("We saw positive staining for [test:desmin].", "positive"),
        ("There was no staining for [test:desmin].", "no staining"),
        ("Her [test:lipase] was normal.", "normal"),
        ("Her [test:lipase] levels were within normal limits.", "within normal limits"),
        ("The [test:tryptase] was found to be strongly elevated.", "strongly elevated"),
        ("The [test:culture] remained sterile.", "sterile"),
        ("The [test:cranial nerves] were grossly intact.", "grossly intact"),
        ("The [test:thyrotropin] (TSH) was in the reference range.", "in the reference range"),
        ("They stained for [test:CD34] (+) alone.", "+"),
        ("They stained for [test:CD34] (+++) alone.", "+++"),
        ("They lacked [test:CD7] (-) again.", "-"),
        ("They had [test:p63] (+/-) cells.", "+/-"),
        ("The [test:tap] was inconclusive.", "inconclusive"),
    ],
)
def test_a_result_in_words(marked: str, result: str) -> None:
    assert ("value", result) in found(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "The [test:lipase] was measured.",
        "A low table stood beside the [test:scanner].",
        "The [test:scan] was done and she was normal.",
        "The [test:scan] (Figure 2) was done.",
        "She was stable.",
        "The [symptom:rash] was still present.",
        "He is normally well; [test:lipase] was sent.",
    ],
)
def test_words_that_are_no_result_of_the_test(marked: str) -> None:
    assert not [words for kind, words in found(marked) if kind == "value"]


def test_what_the_spotter_saw_stays() -> None:
    marked = "The [test:lipase] was [value:normal to high]."
    assert [w for k, w in found(marked) if k == "value"] == ["normal to high"]


@pytest.mark.parametrize(
    ("marked", "dose"),
    [
        ("He took [medication:ramipril] [value:5 mg] daily.", "5 mg"),
        ("He took [medication:ramipril] ([value:5 mg]).", "5 mg"),
        ("He took [medication:ramipril]: [value:5 mg].", "5 mg"),
        ("He took [medication:ramipril] at a dose of [value:5 mg].", "5 mg"),
        ("He took [medication:ramipril], [value:2.5-5 mg].", "2.5-5 mg"),
        ("He took [medication:voriconazole] [value:400 mg/12 h].", "400 mg/12 h"),
        ("He took [medication:heparin] [value:5,000 IU].", "5,000 IU"),
    ],
)
def test_an_amount_behind_a_drug_is_its_dose(marked: str, dose: str) -> None:
    assert ("dose", dose) in found(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "The [medication:vancomycin] [value:12 mg/L] was low.",
        "The [medication:lithium] [value:1.2 mmol/l] was high.",
        "On [medication:insulin] his glucose was [value:180 mg].",
        "[value:5 mg] was left.",
    ],
)
def test_what_is_no_dose(marked: str) -> None:
    assert not [words for kind, words in found(marked) if kind == "dose"]


@pytest.mark.parametrize(
    ("marked", "site"),
    [
        ("An [detail:antral] [symptom:ulcer] was seen.", "antral"),
        ("A [detail:right facial] [symptom:palsy] was seen.", "right facial"),
        ("There was pedal [symptom:edema] again.", "pedal"),
        ("He had bilateral inguinal [symptom:hernias].", "bilateral inguinal"),
        ("He had a left frontal [symptom:mass].", "left frontal"),
        ("He had fever and hepatic [symptom:lesions].", "hepatic"),
        ("A mitral valve leak and renal [symptom:cysts] were seen.", "renal"),
    ],
)
def test_an_adjective_of_the_body_is_a_site(marked: str, site: str) -> None:
    assert ("site", site) in found(marked)


@pytest.mark.parametrize(
    "marked",
    [
        "A [detail:calcified] [symptom:lesion] was seen.",
        "A [detail:left] [symptom:lesion] was seen.",
        "The left [symptom:lesion] was seen.",
        "Renal function and [symptom:pain] got worse.",
    ],
)
def test_other_words_are_no_site(marked: str) -> None:
    assert not [words for kind, words in found(marked) if kind == "site"]

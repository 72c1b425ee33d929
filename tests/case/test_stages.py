"""Stages and grades, and the disease that each is said of."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.case.kinds import load_kinds
from app.case.model import Case
from app.errors import MappingError
from app.narrative.mentions import Assertion, Presence
from app.resources import layers
from tests.case.marked import assemble, quotes


def stages(case: Case) -> dict[str, list[str]]:
    """Stages by disease; each points at its words."""
    for problem in case.problems:
        for stage in problem.stage:
            assert quotes(case, stage.evidence)[0] == stage.text
    return {p.name: [s.text for s in p.stage] for p in case.problems if p.stage}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She had stage IIIA [disease:lung cancer].", {"lung cancer": ["stage IIIA"]}),
        (
            "He had [disease:gastric cancer] (pT2N0M0, stage IB).",
            {"gastric cancer": ["pT2N0M0", "stage IB"]},
        ),
        ("A WHO grade II [disease:astrocytoma] was seen.", {"astrocytoma": ["WHO grade II"]}),
        (
            "Grade 3, [detail:acute] [disease:GVHD] of the skin began.",
            {"GVHD": ["Grade 3"]},
        ),
        (
            "The [disease:cervical carcinoma] was classified as FIGO stage IIB.",
            {"cervical carcinoma": ["FIGO stage IIB"]},
        ),
        (
            "[disease:Gout] and stage 3b [disease:chronic kidney disease] were known.",
            {"chronic kidney disease": ["stage 3b"]},
        ),
        (
            "[disease:Heart failure] limited her for years; she was in NYHA class III.",
            {"Heart failure": ["NYHA class III"]},
        ),
        (
            "He had [disease:cirrhosis] with [symptom:ascites], Child-Pugh class B.",
            {"cirrhosis": ["Child-Pugh class B"]},
        ),
        (
            "[disease:Prostate cancer] with a Gleason score of 3 + 4 = 7 was found.",
            {"Prostate cancer": ["Gleason score of 3 + 4 = 7"]},
        ),
    ],
)
def test_a_stage_is_of_the_disease_it_stands_with(
    text: str, expected: dict[str, list[str]]
) -> None:
    assert stages(assemble(text)) == expected


def test_a_tnm_is_of_the_tumour_told_before_it() -> None:
    case = assemble(
        "A [disease:colon cancer] and [disease:gallstones] were found.\n"
        "Nodes were free and it was ypT3 N0 M0, stage II."
    )
    assert stages(case) == {"colon cancer": ["ypT3 N0 M0", "stage II"]}
    assert case.problems[0].stage[0].by == "pathological"
    assert case.problems[0].stage[1].by is None


def test_how_it_was_staged_is_only_what_the_words_say() -> None:
    case = assemble("A [disease:lung cancer], cT1N0M0, clinical stage IA, grade 2.")
    assert [s.by for s in case.problems[0].stage] == ["clinical", "clinical", None]


@pytest.mark.parametrize(
    "text",
    [
        "[disease:Gout] began. At this stage he was well.",
        "A two-stage operation for [disease:scoliosis] was done.",
        "He had [disease:epilepsy] and the muscle strength was grade 4/5.",
        "A grade 2/6 [symptom:murmur] was heard.",
        "The T2 image showed a [symptom:lesion].",
        "[disease:Gout] was treated, and toxicity of grade 3 came of it.",
        "Flow was TIMI grade 3 after [disease:myocardial infarction].",
        "Blood group A was found in [disease:anaemia].",
        "[disease:Asthma] was known; she was in NYHA class III.",
    ],
)
def test_what_is_no_stage_of_a_disease(text: str) -> None:
    assert stages(assemble(text)) == {}


def test_a_disease_that_is_not_there_has_no_stage() -> None:
    case = assemble(
        "There was no stage IV [disease#no:lymphoma].",
        assertions={"no": Assertion(Presence.ABSENT)},
    )
    assert stages(case) == {}


def test_the_new_york_classes_are_coded() -> None:
    case = assemble(
        "[disease:Heart failure], New York Heart Association (NYHA) class II, was known."
    )
    (stage,) = case.problems[0].stage
    assert [c.code for c in stage.codes] == ["421704003"]


def test_the_same_stage_twice_is_one_with_two_places() -> None:
    case = assemble("A stage II [disease:melanoma].\nThe stage II [disease:melanoma] was excised.")
    (stage,) = case.problems[0].stage
    assert quotes(case, stage.evidence) == ["stage II", "stage II"]


def test_a_stage_is_no_detail_and_no_disease() -> None:
    case = assemble(
        "He had [disease:cholangitis] ([disease:Ludwig stage 3]) and "
        "[detail#s:T2N0M0 stage II], [detail#q:squamous] [disease#d:lung cancer].",
        "detail d s\ndetail d q",
    )
    assert stages(case) == {
        "cholangitis": ["Ludwig stage 3"],
        "squamous lung cancer": ["T2N0M0", "stage II"],
    }
    assert [d.text for d in case.problems[1].details] == ["squamous"]


def test_a_mistake_in_a_user_s_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "stages.toml").write_text('[[scale]]\nname = "X"\ncolour = "red"\n')
    with pytest.raises(MappingError, match=r"stages\.toml:\d"):
        load_kinds(layers(tmp_path))


def test_a_user_adds_a_classification(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "stages.toml").write_text(
        '[[scale]]\nname = "Todani"\nwords = ["type"]\nbefore = ["Todani"]\nnamed = true\n'
        "level = 'IV[ab]?|I{1,3}|V'\nof = [\"cyst\"]\n"
    )
    names = [scale.rule.name for scale in load_kinds(layers(tmp_path)).stages.scales]
    assert names[:2] == ["Todani", "TNM"]

"""How the patient was seen again after a procedure."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.case.kinds import load_kinds
from app.case.model import Case
from app.errors import MappingError
from app.narrative.mentions import Assertion, Mode, Presence
from app.resources import layers
from tests.case.marked import assemble, quotes


def follow_ups(case: Case) -> dict[str, list[str]]:
    """What is told, by procedure; each points at its words."""
    for procedure in case.procedures:
        for told in procedure.follow_up:
            assert quotes(case, told.evidence)[0] == told.text
    return {p.name: [f.text for f in p.follow_up] for p in case.procedures if p.follow_up}


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "He was followed up every 3 months for two years.",
            "followed up every 3 months for two years",
        ),
        ("A 6-month follow-up showed no change.", "6-month follow-up"),
        (
            "During two and a half years of follow-up he was well.",
            "two and a half years of follow-up",
        ),
        (
            "She attends regular follow-up visits at 6-month intervals.",
            "regular follow-up visits at 6-month intervals",
        ),
        ("After a follow-up of 10 weeks he worked again.", "follow-up of 10 weeks"),
        ("He was followed up regularly.", "followed up regularly"),
    ],
)
def test_it_is_of_the_procedure_told_before(sentence: str, expected: str) -> None:
    case = assemble(f"An [procedure:appendectomy] was done.\n{sentence}")
    assert follow_ups(case) == {"appendectomy": [expected]}


def test_the_words_may_name_the_operation_from_further_away() -> None:
    case = assemble(
        "A [procedure:hernia repair] was done.\nHe ate.\nHe slept.\n"
        "At his 4-year postoperative follow-up he was well."
    )
    assert follow_ups(case) == {"hernia repair": ["4-year postoperative follow-up"]}


@pytest.mark.parametrize(
    "text",
    [
        "An [procedure:appendectomy] was done.\nA follow-up CT was normal.",
        "An [procedure:appendectomy] was done.\nHe was lost to follow-up.",
        "An [procedure:appendectomy] was done.\nHe ate.\nHe slept.\nA 6-month follow-up came.",
        "A [procedure:lumbar puncture] was done.\nHe was followed up every 3 months.",
        "He was followed up every 3 months.\nAn [procedure:appendectomy] was done.",
        "[medication:Aspirin] was given.\nHe was followed up every 3 months.",
    ],
)
def test_what_is_no_follow_up_of_a_procedure(text: str) -> None:
    assert follow_ups(assemble(text)) == {}


def test_nothing_follows_what_was_not_done() -> None:
    case = assemble(
        "He declined [procedure#no:surgery].\nHe was followed up every 3 months.",
        assertions={"no": Assertion(Presence.ABSENT, Mode.DECLINED)},
    )
    assert follow_ups(case) == {}


def test_a_mistake_in_a_user_s_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "follow_up.toml").write_text('colour = "red"\n')
    with pytest.raises(MappingError, match=r"follow_up\.toml:1"):
        load_kinds(layers(tmp_path))

"""Rule files of the narrative step: refused when wrong, extended by a user's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import MappingError
from app.narrative import assertion, rules, scope, sentences
from app.narrative.mentions import Mention, MentionKind, Presence
from app.resources import builtin
from app.text import BlockKind, Span
from tests.narrative.building import document


def _overlay(folder: Path, name: str, text: str) -> tuple[Path, ...]:
    (folder / "narrative").mkdir()
    (folder / "narrative" / name).write_text(text, encoding="utf-8")
    return builtin(), folder


def test_an_unknown_key_is_refused_with_file_and_line(tmp_path: Path) -> None:
    text = '# cues\n\n[[cue]]\nphrases = ["nowise"]\nsays = "absent"\nscope = "after"\nfoo = 1\n'
    with pytest.raises(MappingError, match="unknown key 'foo'") as error:
        assertion.load(_overlay(tmp_path, "assertion.toml", text))
    assert error.value.place == f"{tmp_path / 'narrative' / 'assertion.toml'}:4"


def test_an_unknown_value_is_refused(tmp_path: Path) -> None:
    text = '[[cue]]\nphrases = ["nowise"]\nsays = "gone"\nscope = "after"\n'
    with pytest.raises(MappingError, match="'says' must be one of"):
        assertion.load(_overlay(tmp_path, "assertion.toml", text))


def test_broken_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="not valid TOML") as error:
        scope.load(_overlay(tmp_path, "scope.toml", "[words]\nx = \n"))
    assert str(error.value.place).endswith("scope.toml:2")


def test_a_broken_pattern_is_refused(tmp_path: Path) -> None:
    text = '[[rule]]\nname = "odd"\nsays = "other"\nin = ["case"]\npattern = "("\n'
    with pytest.raises(MappingError, match="not a regular expression"):
        scope.load(_overlay(tmp_path, "scope.toml", text))


def test_a_missing_rule_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="in no mappings folder"):
        rules.read((tmp_path,), "assertion.toml")


def test_a_users_cue_is_added_to_the_built_in_ones(tmp_path: Path) -> None:
    text = '[[cue]]\nphrases = ["nowise any"]\nsays = "absent"\nscope = "after"\nof = ["problem"]\n'
    asserter = assertion.load(_overlay(tmp_path, "assertion.toml", text))
    read = document((BlockKind.CASE, "Nowise any fever, without cough."))
    found = [
        Mention(MentionKind.SYMPTOM, Span(11, 16), 0),
        Mention(MentionKind.SYMPTOM, Span(26, 31), 0),
    ]
    judged = asserter.judge(read, sentences.split(read), found)
    assert [m.assertion.presence for m in judged] == [Presence.ABSENT] * 2


@pytest.mark.parametrize(
    ("phrase", "readings"),
    [
        ("no (sign|signs) of", ["no sign of", "no signs of"]),
        ("ruled out [the]", ["ruled out the", "ruled out"]),
        ("plain", ["plain"]),
        ("not (be (seen|found)|occur)", ["not be seen", "not be found", "not occur"]),
        ("a [b] c|d", ["a b c|d", "a c|d"]),
        ("a (b", ["a (b"]),
    ],
)
def test_phrases_with_choices(phrase: str, readings: list[str]) -> None:
    assert rules.expand(phrase) == readings

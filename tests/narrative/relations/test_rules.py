"""Rule files and weights: overlays and their errors."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.errors import MappingError, VocabularyError
from app.narrative import relations
from app.narrative.relations import model
from app.resources import builtin, layers
from tests.narrative.relations.marking import read


def overlay(folder: Path, text: str) -> Path:
    """A user's folder with one rule file."""
    (folder / "narrative").mkdir()
    (folder / "narrative" / "relations.toml").write_text(text, encoding="utf-8")
    return folder


def test_an_overlay_adds_a_cue(tmp_path: Path) -> None:
    marked = "[S:Rash] blamed upon [M:amoxicillin]."
    document, sentences, mentions = read(marked)
    assert relations.load(layers(None)).relate(document, sentences, mentions) == ()
    folder = overlay(
        tmp_path,
        '[[links]]\nname = "blame"\nkind = "cause"\nbefore = ["symptom"]\n'
        'after = ["medication"]\nhead = "before"\nreach = 3\ncues = ["blamed upon"]\n',
    )
    found = relations.load(layers(folder)).relate(document, sentences, mentions)
    assert [(r.kind.value, r.head, r.modifier) for r in found] == [("cause", 0, 1)]


@pytest.mark.parametrize(
    "text",
    [
        '[[links]]\nname = "x"\nkind = "cause"\ncue = ["y"]\n',
        '[[links]]\nname = "x"\nkind = "nonsense"\nbefore = []\nafter = []\nhead = "before"\n'
        'reach = 1\ncues = ["y"]\n',
        '[[links]]\nname = "x"\nkind = "cause"\nbefore = ["nobody"]\nafter = []\n'
        'head = "before"\nreach = 1\ncues = ["y"]\n',
        "[pairs.value]\nunknown = true\n",
        "[pairs.nonsense]\nmodifier = []\nhead = []\nkeep = 0.5\nrescue = 0.5\n",
        "[surprise]\na = 1\n",
        "not toml",
    ],
)
def test_a_faulty_overlay_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    folder = overlay(tmp_path, text)
    with pytest.raises(MappingError) as caught:
        relations.load(layers(folder))
    assert caught.value.place is not None
    assert "relations.toml" in caught.value.place


def test_weights_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "relations.json").write_text("{}", encoding="utf-8")
    with pytest.raises(VocabularyError):
        model.load((tmp_path,))


def test_without_weights_there_is_nothing_to_load(tmp_path: Path) -> None:
    shutil.copytree(builtin() / "narrative", tmp_path / "narrative")
    with pytest.raises(VocabularyError):
        relations.load((tmp_path,))

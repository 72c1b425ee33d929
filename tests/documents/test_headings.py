from __future__ import annotations

from pathlib import Path

import pytest

from app.documents.headings import load_headings
from app.documents.layout import load_layout
from app.errors import MappingError
from app.settings import Settings
from app.text import BlockKind as Kind
from tests.documents.reading import kind_of, read


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("3. DISCUSSION", Kind.DISCUSSION),
        ("IV. Discussion and Conclusion:", Kind.DISCUSSION),
        ("Authors’ contributions", Kind.STATEMENTS),
        ("Acknowledgment", Kind.ACKNOWLEDGEMENT),
        ("Patient 2", Kind.CASE),
        ("Case III", Kind.CASE),
        ("Physical examination on admission", Kind.CASE),
        ("Treatment, Outcome, and Prognosis", Kind.CASE),
        ("Follow-up & outcomes", Kind.CASE),
        ("Key words", Kind.KEYWORDS),
        ("Case presentation (first admission)", Kind.CASE),
    ],
)
def test_known_headings(words: str, kind: Kind) -> None:
    found = load_headings(None).find(words)
    assert found is not None
    assert found.kind is kind


@pytest.mark.parametrize(
    "words",
    [
        "",
        "1.",
        "The patient was well",
        "Physical examination showed a mass",
        "Molecular biology of",
    ],
)
def test_words_that_are_no_heading(words: str) -> None:
    assert load_headings(None).find(words) is None


def _overlay(tmp_path: Path, text: str, name: str = "headings.toml") -> Path:
    folder = tmp_path / "narrative"
    folder.mkdir()
    (folder / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_folder_of_the_user_adds_headings(tmp_path: Path) -> None:
    overlay = _overlay(
        tmp_path,
        '[[heading]]\nkind = "case"\nlevel = "section"\nsource = "own journal"\n'
        'words = ["fallbericht"]\n',
    )
    text = "Einleitung ist kurz.\n\nFallbericht\nEine Frau war krank.\n"
    settings = Settings(_env_file=None, mappings=overlay)
    assert kind_of(read(text, settings=settings), "Eine Frau") is Kind.CASE
    assert kind_of(read(text), "Eine Frau") is Kind.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        '[[heading]]\nkind = "case"\nlevel = "section"\nwords = ["x"]\nsource = "a"\ncolour = 1\n',
        '[[heading]]\nkind = "nothing"\nlevel = "section"\nwords = ["x"]\nsource = "a"\n',
        '[[heading]]\nkind = "case"\nlevel = "section"\nwords = ["Upper"]\nsource = "a"\n',
        "[[heading\n",
    ],
)
def test_wrong_tables_are_refused_with_their_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(MappingError) as caught:
        load_headings(_overlay(tmp_path, text))
    assert "headings.toml" in str(caught.value)


def test_wrong_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError):
        load_layout(_overlay(tmp_path, "rubric = []\n", "headings.layout.toml"))

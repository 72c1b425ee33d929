"""Overlays of the value tables, and their errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import MappingError
from app.narrative import values
from app.resources import layers


def overlay(folder: Path, name: str, text: str) -> Path:
    (folder / "narrative").mkdir()
    (folder / "narrative" / name).write_text(text, encoding="utf-8")
    return folder


def test_an_overlay_adds_a_unit_and_a_word(tmp_path: Path) -> None:
    folder = overlay(
        tmp_path, "values.toml", '[units]\natoms = ["zorkmid"]\n[words]\nPOS = ["lit up"]\n'
    )
    mine = values.load(layers(folder))
    found = mine.parse("3 zorkmid/L")
    assert found is not None
    assert found.unit == "zorkmid/L"
    word = mine.parse("lit up")
    assert word is not None
    assert word.interpretation == "POS"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("values.toml", "[units]\nunknown = []\n"),
        ("values.toml", '[surprise]\na = ["b"]\n'),
        ("values.toml", "[words]\nH = [1]\n"),
        ("values.toml", '[units]\nphrases = ["("]\n'),
        ("values.find.toml", '[time]\npatterns = ["("]\n'),
        ("values.find.toml", "[dose]\nkinds = []\n"),
    ],
)
def test_a_faulty_overlay_is_refused(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(MappingError) as caught:
        values.load(layers(overlay(tmp_path, name, text)))
    assert caught.value.place is not None
    assert name in caught.value.place

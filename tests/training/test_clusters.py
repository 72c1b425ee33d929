"""Word clusters: the words they are made of, the file they are written to."""

from __future__ import annotations

import gzip
import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.narrative.spotter import clusters as shipped
from app.training import clusters


def test_words_come_from_both_sources_in_normal_form(tmp_path: Path) -> None:
    line = json.dumps({"text": "Hb was 9.1. She left."})
    (tmp_path / "u.gz").write_bytes(gzip.compress(line.encode() + b"\n"))
    (tmp_path / "a.txt").write_text("No fever.", encoding="utf-8")
    assert clusters.words_of(tmp_path / "u.gz", tmp_path) == [
        ["hb", "was", "0.0", "."],
        ["she", "left", "."],
        ["no", "fever", "."],
    ]


def test_what_is_written_is_read_and_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("1.gz", "2.gz"):
        clusters.write({"fever": "1 5", "#": "0 2"}, tmp_path / name)
    assert (tmp_path / "1.gz").read_bytes() == (tmp_path / "2.gz").read_bytes()
    assert shipped.read(tmp_path / "1.gz").of("fever") == ("1", "5")


@pytest.mark.skipif(find_spec("gensim") is not None, reason="the extra 'clusters' is installed")
def test_without_the_extra_the_remedy_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"pip install"):
        clusters.cluster([["fever"]])

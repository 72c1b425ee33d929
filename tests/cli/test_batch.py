"""`batch`: one bundle each, whole or not at all, resumed and summed up."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from app.cli.batch import run_batch
from app.errors import InputError
from app.jobs import BundleForm
from app.settings import Settings
from tests.stand_in import stand_in


def convert(
    source: Path, out: Path, form: BundleForm | None = None, *, ndjson: bool = False
) -> int:
    settings = Settings(_env_file=None, workers=2, convert_timeout_seconds=5)
    return run_batch(settings, source, out, form or BundleForm(), ndjson=ndjson, factory=stand_in)


def bundles(out: Path) -> list[str]:
    return sorted(p.name for p in out.glob("*.json") if not p.name.startswith("."))


def test_every_document_of_a_folder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for name in ("b.txt", "a.md", "b.md", "c.txt"):
        (source / name).write_text(f"Then she wrote {name}.")
    (source / "notes.ann").write_text("not a document")
    (source / "bad.txt").write_text("BUG")
    (source / "worse.txt").write_text("CRASH")
    assert convert(source, out, ndjson=True) == 2
    err = capfd.readouterr().err
    assert "4 converted, 0 already there, 2 failed" in err
    assert "failed: bad.txt: " in err
    assert "failed: worse.txt: " in err
    assert "secret words" not in err
    assert bundles(out) == ["a.json", "b.md.json", "b.txt.json", "c.json"]
    lines = (out / "bundles.ndjson").read_text().splitlines()
    assert [json.loads(x)["resourceType"] for x in lines] == ["Bundle"] * 4


def test_a_second_run_does_what_is_missing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for i in range(4):
        (source / f"{i}.txt").write_text(f"Then she counted {i}.")
    assert convert(source, out) == 0
    first = {name: (out / name).read_bytes() for name in bundles(out)}
    (out / "0.json").unlink()
    (out / "1.json").write_bytes(first["1.json"][:50])
    later = (out / "2.json").stat().st_mtime + 10
    os.utime(source / "2.txt", (later, later))
    capfd.readouterr()
    assert convert(source, out) == 0
    assert "3 converted, 1 already there, 0 failed" in capfd.readouterr().err
    assert {name: (out / name).read_bytes() for name in bundles(out)} == first
    assert convert(source, out, BundleForm("5.0", "transaction")) == 0
    assert "4 converted, 0 already there" in capfd.readouterr().err
    assert json.loads((out / "0.json").read_bytes())["type"] == "transaction"


def test_a_document_that_fails_now_leaves_no_old_bundle(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    report = source / "a.txt"
    report.write_text("Then she came.")
    assert convert(source, out) == 0
    report.write_text("BUG")
    later = (out / "a.json").stat().st_mtime + 10
    os.utime(report, (later, later))
    assert convert(source, out) == 1
    assert bundles(out) == []


def test_json_lines(tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out"
    records = [
        {"id": "PMC/1", "text": "Then she came."},
        {"text": "Then she left."},
        {"id": "3", "title": "t", "sections": [{"title": "s", "text": "Then she sat."}]},
    ]
    source.write_text("\n".join(json.dumps(r) for r in records) + "\n\n")
    assert convert(source, out) == 0
    assert bundles(out) == ["3.json", "PMC_1.json", "in-2.json"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{}\n{", "in.jsonl:2"),
        ("[]", "in.jsonl:1"),
        ("", "no documents"),
        ('{"id": 1, "text": "a"}\n{"id": "1", "text": "b"}', "1.json"),
    ],
)
def test_wrong_lines_are_refused_before_anything_is_converted(
    tmp_path: Path, text: str, reason: str
) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(text)
    with pytest.raises(InputError, match=reason):
        convert(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()

"""`convert` and usage: what is printed, and what a wrong call is answered with."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from app.cli import run

TEXT = "Then she came."


def test_a_bundle_is_printed(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (tmp_path / "report.txt").write_text(TEXT)
    assert run(["convert", "report.txt"]) == 0
    assert json.loads(capfdbinary.readouterr().out)["type"] == "collection"
    assert run(["convert", "report.txt", "--type", "batch", "--fhir-version", "5.0"]) == 0
    bundle = json.loads(capfdbinary.readouterr().out)
    assert bundle["type"] == "batch"
    assert bundle["meta"]["tag"][0]["code"] == "5.0"


def test_a_profile_has_its_type(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (tmp_path / "report.txt").write_text(TEXT)
    assert run(["convert", "report.txt", "--profile", "ips"]) == 0
    bundle = json.loads(capfdbinary.readouterr().out)
    assert bundle["type"] == "document"
    assert bundle["meta"]["profile"] == ["urn:test:ips"]


def test_the_standard_input_is_read(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    assert run(["convert", "-", "--case"]) == 0
    assert json.loads(capfdbinary.readouterr().out)["document"]["text"] == TEXT


def test_issues_go_to_stderr(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "report.txt").write_text("Nobody.")
    assert run(["convert", "report.txt", "--issues", "-o", "out.json"]) == 0
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("no-patient\t-\t-\t")
    assert json.loads((tmp_path / "out.json").read_bytes())["resourceType"] == "Bundle"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["convert", "no-such.txt"], "no-such.txt: there is no such file"),
        (["convert", "."], "cannot be read"),
        (["convert"], "file"),
        (["convert", "empty.txt"], "no words"),
        (["convert", "report.txt", "--type", "history"], "history"),
        (["convert", "report.txt", "-o", "no/such/folder.json"], "cannot be written"),
        (["no-such-command"], "no-such-command"),
        (["check", "report.txt"], "not valid JSON"),
        (["check", "list.json"], "not a Bundle"),
        (["send", "report.txt", "--to", "x"], "CASE2FHIR_TARGETS_FILE"),
        (["schema", "patient"], "case, document"),
        (["mappings", "check", "no-such"], "no such folder"),
        (["train", "--corpus", "no-such"], "no such folder"),
        (["batch", "no-such", "--out", "out"], "no such"),
        (["batch", "report.txt", "--out", "out"], ".jsonl"),
        (["batch", ".", "--out", "report.txt"], "cannot be made"),
    ],
)
def test_a_wrong_call_is_one_line_and_2(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    (tmp_path / "report.txt").write_text(TEXT)
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "list.json").write_text("[]")
    assert run(arguments) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("case2fhir: ")
    assert captured.err.count("\n") == 1
    assert words in captured.err


def test_a_bug_is_said_without_the_words_of_the_report(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report.txt").write_text("BUG")
    assert run(["convert", "report.txt"]) == 1
    err = capfd.readouterr().err
    assert "ValueError" in err
    assert "secret words" not in err
    assert err.count("\n") == 1


def test_wrong_settings_are_one_line(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from app.settings import get_settings

    monkeypatch.setenv("CASE2FHIR_WORKERS", "many")
    get_settings.cache_clear()
    assert run(["serve"]) == 2
    err = capfd.readouterr().err
    assert "CASE2FHIR_WORKERS" in err
    assert err.count("\n") == 1


def test_help_names_every_command(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    out = capfd.readouterr().out
    for name in ("convert", "batch", "check", "send", "serve", "train", "evaluate", "mappings"):
        assert name in out
    assert run(["version"]) == 0
    assert run(["schema", "case"]) == 0

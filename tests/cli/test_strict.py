"""`check --strict`: what is asked of HL7's validator, and what is said of its answers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.cli import run
from app.settings import get_settings

ENGINE = """\
import sys
version, wrong = None, False
for argument in sys.argv[1:]:
    if argument in ("4.0", "5.0"):
        version = argument
        continue
    bad = "bad" in argument
    wrong = wrong or bad
    for _ in range(2):
        print("warning", argument, "Bundle", "dom-6", "no narrative", sep="\\t")
    if bad:
        print("error", argument, "Bundle.entry[0]", "x-1", f"wrong in {version}", sep="\\t")
print("summary: done")
sys.exit(wrong)
"""


def empty_bundles(*names: str) -> None:
    for name in names:
        Path(name).write_text('{"resourceType": "Bundle", "type": "collection"}')


def set_engine(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("CASE2FHIR_HL7_VALIDATOR", command)
    get_settings.cache_clear()


def test_check_strict_asks_the_validator_of_hl7(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("engine.py").write_text(ENGINE)
    set_engine(monkeypatch, f"{sys.executable} engine.py")
    empty_bundles("good.json", "bad.json")
    assert run(["check", "--strict", "good.json"]) == 0
    warning = "HL7: warning: Bundle: no narrative (and 1 more of this kind)"
    assert capfd.readouterr().out == f"good.json: {warning}\ngood.json: ok\n"
    arguments = ["check", "--strict", "good.json", "bad.json", "--fhir-version", "5.0"]
    assert run(arguments) == 1
    assert capfd.readouterr().out.splitlines() == [
        f"good.json: {warning}",
        "good.json: ok",
        "bad.json: HL7: error: Bundle.entry[0]: wrong in 5.0",
        f"bad.json: {warning}",
        "bad.json: 1 errors",
    ]
    assert run(["check", "bad.json"]) == 0


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", "not set up"),
        ("no-such-program", "cannot be run"),
        (f"{sys.executable} -c 'print(1)'", "no summary"),
        (f"{sys.executable} -c 'raise SystemExit(3)'", "exit code 3"),
    ],
)
def test_a_validator_that_does_not_work_is_said(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    command: str,
    words: str,
) -> None:
    set_engine(monkeypatch, command)
    empty_bundles("good.json")
    assert run(["check", "--strict", "good.json"]) == 2
    said = capfd.readouterr().err
    assert "CASE2FHIR_HL7_VALIDATOR" in said
    assert words in said

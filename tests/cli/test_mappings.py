"""`mappings check` and `mappings show`."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import fhir
from app.cli import run


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of the user's that changes two rules and has a profile."""
    files = {
        "fhir/r4/procedure.yaml": "set: {bodySite: $site}\nadd: {note: [{text: Ours}]}\n",
        "fhir/r5/procedure.yaml": "remove: [outcome]\n",
        "profiles/ours/profile.toml": 'source = "us"\ntitle = "Ours"\nfhir_version = "4.0"\n',
        "profiles/ours/fhir/r4/procedure.yaml": "set: {category: {text: Ours}}\n",
    }
    for name, text in files.items():
        path = tmp_path / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "own"


def shown(capfd: pytest.CaptureFixture[str], *arguments: str) -> dict[str, list[str]]:
    """The lines of a resource's table by the element that they are about."""
    assert run(["mappings", "show", *arguments]) == 0
    out: dict[str, list[str]] = {}
    for line in capfd.readouterr().out.splitlines():
        if line.startswith("  "):
            out.setdefault(line.split()[0], []).append(line)
        elif line:
            out.setdefault("", []).append(line)
    return out


def test_a_kind_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    table = shown(capfd, "procedure")
    assert len(table[""]) == 2
    assert table[""][0] == "procedure -> Procedure (procedure.yaml), when status not planned"
    assert table["status"][0].split() == ["status", "$status", "procedure-status", "event-status"]
    assert "status declined or not-done" in table["statusReason"][0]
    assert "$pathology (DiagnosticReport)" in table["report"][0]
    assert "else" in table["outcome"][1]
    assert "occurrenceString" not in table
    assert "changed in" not in table["element"][0]


def test_a_version_has_its_own_elements(capfd: pytest.CaptureFixture[str]) -> None:
    table = shown(capfd, "Procedure", "--fhir-version", "5.0")
    assert len(table[""]) == 1
    assert "occurrenceString" in table
    assert "performedString" not in table


def test_what_the_user_changed_is_marked(own: Path, capfd: pytest.CaptureFixture[str]) -> None:
    table = shown(capfd, "Procedure", "--mappings", str(own))
    assert table["bodySite"][0].endswith(f"{own}/fhir/r4/procedure.yaml:1")
    assert table["note.text"][0].endswith(f"{own}/fhir/r4/procedure.yaml:2")
    assert not any("procedure.yaml" in line for line in table["code"])
    table = shown(capfd, "Procedure", "--mappings", str(own), "--profile", "ours")
    assert table["category.text"][0].endswith(f"{own}/profiles/ours/fhir/r4/procedure.yaml:1")
    table = shown(capfd, "Procedure", "--mappings", str(own), "--fhir-version", "5.0")
    assert "outcome" not in table


def test_every_rule_can_be_shown(capfd: pytest.CaptureFixture[str]) -> None:
    heads = shown(capfd)[""]
    files = {line.split("(")[1].split(")")[0] for line in heads}
    folder = Path(__file__).parents[2] / "mappings" / "fhir" / "r4"
    assert files == {p.name for p in folder.glob("*.yaml")} - {"every.yaml"}
    for profile in ("ips", "us-core"):
        assert len(shown(capfd, "--profile", profile)[""]) == len(heads)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["weather"], "kinds are document"),
        (["problem", "--profile", "weather"], "one of ips"),
        (["problem", "--profile", "us-core", "--fhir-version", "5.0"], "US Core is for FHIR 4.0"),
        (["problem", "--mappings", "nowhere"], "no such folder"),
    ],
)
def test_what_cannot_be_shown(
    arguments: list[str], words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["mappings", "show", *arguments]) == 2
    assert words in capfd.readouterr().err


def test_check_compiles_profiles(own: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["mappings", "check", str(own)]) == 0
    assert capfd.readouterr().out == "mappings ok\n"
    rule = own / "profiles" / "ours" / "fhir" / "r4" / "procedure.yaml"
    rule.write_text("set:\n  colour: red\n")
    fhir.load.cache_clear()
    assert run(["mappings", "check", str(own)]) == 2
    assert f"{rule}:2" in capfd.readouterr().err

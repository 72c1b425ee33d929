"""Nothing is lost unsaid: each kind of issue comes, with its place and the reason."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from httpx import Client

from app.api import create_app
from app.cli import run
from app.errors import GateError
from app.issues import Issue, IssueKind
from app.pipeline import Converter
from app.settings import Settings, get_settings
from tests.serving import running

TEXT = (
    "A 41-year-old woman presented with headache. She had arrived by the night train from the"
    " coast. Examination revealed zorbic crests. She was discharged home in good health."
)
UNMAPPED = "when: {id: {exists: false}}\n"
BROKEN = "remove: [subject]\n"
PLAIN = {"Content-Type": "text/plain"}


def overlay(folder: Path, **files: str) -> Path:
    """A mappings folder with changed rules; `_` stands for the hyphen in file names."""
    for name, text in files.items():
        path = folder / "fhir" / "r4" / f"{name.replace('_', '-')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def settings(folder: Path, **files: str) -> Settings:
    database = f"sqlite:///{folder / 'cases.db'}"
    own = overlay(folder / "own", **files)
    return Settings(_env_file=None, mappings=own, workers=1, database_url=database)


def of_kind(issues: tuple[Issue, ...], kind: IssueKind) -> list[tuple[str, str]]:
    """The words and the reason of each issue of a kind."""
    return [
        (TEXT[i.span.start : i.span.end], i.reason) for i in issues if i.kind is kind and i.span
    ]


def test_sentences_mentions_and_facts(tmp_path: Path) -> None:
    converter = Converter(settings(tmp_path, observation_outcome=UNMAPPED))
    issues = converter.convert(TEXT).issues
    ((sentence, reason),) = of_kind(issues, IssueKind.SENTENCE_UNUSED)
    assert sentence == "She had arrived by the night train from the coast."
    assert reason == "no fact was found in it"
    uncoded = dict(of_kind(issues, IssueKind.MENTION_UNCODED))
    assert "no code is certain for this problem" in uncoded.values()
    assert "headache" not in uncoded
    ((outcome, reason),) = of_kind(issues, IssueKind.FACT_UNMAPPED)
    assert "discharged" in outcome
    assert reason == "no mapping rule applies to this fact"
    assert of_kind(issues, IssueKind.GATE) == []


def test_gates(tmp_path: Path) -> None:
    converter = Converter(settings(tmp_path, condition=BROKEN))
    with pytest.raises(GateError) as failed:
        converter.convert(TEXT)
    found = of_kind(failed.value.issues, IssueKind.GATE)
    assert {words for words, _ in found} == {"headache"}
    assert all("resource.subject: " in reason for _, reason in found)
    assert of_kind(failed.value.issues, IssueKind.SENTENCE_UNUSED)
    assert "headache" not in str(failed.value)
    assert "mapping files" in str(failed.value)
    assert pickle.loads(pickle.dumps(failed.value)).issues == failed.value.issues


def test_on_the_command_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.pipeline import default_converter

    report = tmp_path / "report.txt"
    report.write_text(TEXT)
    own = overlay(tmp_path / "own", condition=BROKEN, observation_outcome=UNMAPPED)
    monkeypatch.setenv("CASE2FHIR_MAPPINGS", str(own))
    get_settings.cache_clear()
    default_converter.cache_clear()
    try:
        assert run(["convert", str(report), "--issues", "-o", str(tmp_path / "b.json")]) == 1
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
        default_converter.cache_clear()
    lines = [line.split("\t") for line in capfd.readouterr().err.splitlines()]
    kinds = {line[0] for line in lines if len(line) == 4}
    assert kinds >= {"sentence-unused", "mention-uncoded", "fact-unmapped", "gate"}
    (place,) = {line[1] for line in lines if line[0] == "gate"}
    start, _, end = place.partition("-")
    assert TEXT[int(start) : int(end)] == "headache"
    assert not (tmp_path / "b.json").exists()


def test_over_http(tmp_path: Path) -> None:
    """A bundle in R5 that fails: the case is there, and its issues say why."""
    own = settings(tmp_path, observation_outcome=UNMAPPED)
    rule = tmp_path / "own" / "fhir" / "r5" / "condition.yaml"
    rule.parent.mkdir(parents=True)
    rule.write_text(BROKEN)
    with running(create_app(own)) as client:
        assert isinstance(client, Client)
        case = client.post("/cases", content=TEXT.encode(), headers=PLAIN).headers["Location"]
        found = client.get(f"{case}/issues").json()["issues"]
        assert {i["kind"] for i in found} >= {"sentence-unused", "mention-uncoded", "fact-unmapped"}
        assert all({"kind", "reason", "span"} <= i.keys() for i in found)
        assert client.get(f"{case}/bundle", params={"fhirVersion": "5.0"}).status_code == 500
        found = client.get(f"{case}/issues", params={"fhirVersion": "5.0"}).json()["issues"]
        spans = [i["span"] for i in found if i["kind"] == "gate"]
        assert {TEXT[s["start"] : s["end"]] for s in spans} == {"headache"}

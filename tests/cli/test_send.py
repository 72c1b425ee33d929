"""`send` and `check` before files and targets; tests/integration has real servers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app import delivery
from app.cli import run
from app.delivery import EntryReceipt, Receipt
from app.settings import get_settings
from app.store import Store
from tests.store.test_store import read

TARGETS = '[targets.test]\nbase_url = "http://127.0.0.1:9"\nfhir_version = "5.0"\n'


@pytest.fixture(autouse=True)
def targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "targets.toml").write_text(TARGETS)
    monkeypatch.setenv("CASE2FHIR_TARGETS_FILE", str(tmp_path / "targets.toml"))
    get_settings.cache_clear()


def test_an_unreachable_target_is_one_line_and_1(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report.txt").write_text("Then she came.")
    assert run(["convert", "report.txt", "--type", "transaction", "-o", "b.json"]) == 0
    assert run(["send", "b.json", "--to", "test"]) == 1
    err = capfd.readouterr().err
    assert "target test: no connection" in err
    assert err.count("\n") == 1


def test_only_a_transaction_is_sent(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "report.txt").write_text("Then she came.")
    assert run(["convert", "report.txt", "-o", "b.json"]) == 0
    assert run(["send", "b.json", "--to", "test"]) == 2
    assert "--type transaction" in capfd.readouterr().err
    assert run(["send", "no-such-case", "--to", "test"]) == 2
    assert "no case" in capfd.readouterr().err


def test_a_kept_case_is_sent_and_every_answer_printed(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    case = json.dumps({"document": {"text": "a", "sha256": "0" * 64}}).encode()
    store = Store(get_settings())
    kept, _ = store.cases.add(replace(read(b"a"), json=case))
    store.close()
    sent: list[dict[str, object]] = []

    def send(bundle: dict[str, object], target: delivery.Target) -> Receipt:
        sent.append(bundle)
        entries = (EntryReceipt("Patient/1", 201, "Patient/1/_history/1"), EntryReceipt("Basic/2"))
        return Receipt(target.name, entries)

    monkeypatch.setattr(delivery, "send", send)
    assert run(["send", kept.id, "--to", "test"]) == 1
    captured = capfd.readouterr()
    assert captured.out.splitlines() == [
        "201 Patient/1 Patient/1/_history/1",
        "not sent Basic/2",
    ]
    assert "1 of 2 entries taken by test" in captured.err
    assert sent[0]["type"] == "transaction"
    assert run(["send", kept.id, "--to", "test", "--json"]) == 1
    assert json.loads(capfd.readouterr().out)["ok"] is False


def test_check_says_what_is_wrong(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    patient = {"resourceType": "Patient", "gender": "woman"}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient}]}
    (tmp_path / "bad.json").write_text(json.dumps(bundle))
    patient["gender"] = "female"
    (tmp_path / "good.json").write_text(
        json.dumps(
            {
                "resourceType": "Bundle",
                "type": "collection",
                "entry": [
                    {
                        "fullUrl": "urn:uuid:0b8f6a3e-1a1e-5b7e-9d9e-3c1f2d4e5f60",
                        "resource": patient,
                    }
                ],
            }
        )
    )
    assert run(["check", "bad.json", "--fhir-version", "4.0"]) == 1
    assert "gender" in capfd.readouterr().out
    assert run(["check", "good.json", "--fhir-version", "4.0"]) == 0
    assert capfd.readouterr().out.endswith("good.json: ok\n")

"""`send` and `check` before files and targets; tests/integration has real servers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from app.cli import run
from app.settings import get_settings
from app.store import Store
from tests.store.test_store import read

TARGETS = '[targets.test]\nbase_url = "http://127.0.0.1:9"\nfhir_version = "5.0"\nattempts = 1\n'


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


def answer(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("metadata"):
        return httpx.Response(200, json={"resourceType": "CapabilityStatement"})
    entries = json.loads(request.content)["entry"]
    taken = [
        {"response": {"status": "201", "location": f"{e['request']['url']}/_history/1"}}
        for e in entries
    ]
    return httpx.Response(200, json={"resourceType": "Bundle", "entry": taken})


@pytest.fixture
def a_case(monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a kept case; every target is a server that takes everything."""
    monkeypatch.setattr(
        "app.delivery.client.httpx.HTTPTransport", lambda **_: httpx.MockTransport(answer)
    )
    case = json.dumps({"document": {"text": "a", "sha256": "0" * 64}}).encode()
    store = Store(get_settings())
    kept, _ = store.cases.add(replace(read(b"a"), json=case))
    store.close()
    return kept.id


def test_a_kept_case_is_noted_sent_and_every_answer_printed(
    a_case: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["send", a_case, "--to", "test", "--plan"]) == 0
    assert "1 entries in 1 transaction" in capfd.readouterr().out
    assert run(["send", a_case, "--to", "test"]) == 0
    captured = capfd.readouterr()
    (line,) = captured.out.splitlines()
    assert line.startswith("201 DocumentReference/")
    assert line.endswith("/_history/1")
    assert "1 of 1 entries taken by test" in captured.err
    assert run(["send", a_case, "--to", "test", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["status"] == "delivered"
    assert run(["deliveries", "list"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == 2
    assert all("delivered" in line for line in lines)
    key = lines[0].split()[0]
    assert run(["deliveries", "show", key]) == 0
    assert json.loads(capfd.readouterr().out)["plan"]["ids"] == "ours"
    assert run(["deliveries", "cancel", key]) == 2
    assert "already" in capfd.readouterr().err


def test_what_is_noted_is_made_without_a_service(
    a_case: str, capfd: pytest.CaptureFixture[str]
) -> None:
    store = Store(get_settings())
    keys = [store.deliveries.add(a_case, 1, "test").id for _ in range(2)]
    store.close()
    assert run(["deliveries", "cancel", keys[0]]) == 0
    assert run(["deliveries", "run"]) == 0
    captured = capfd.readouterr()
    assert captured.out.splitlines()[-1].startswith(f"{keys[1]}: delivered")
    assert "1 made" in captured.err
    assert run(["deliveries", "retry", keys[0]]) == 0
    assert run(["deliveries", "run"]) == 0
    assert f"{keys[0]}: delivered" in capfd.readouterr().out


def test_targets_are_listed(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["targets"]) == 0
    out = capfd.readouterr().out
    assert "on  test  http://127.0.0.1:9  FHIR 5.0  auth none" in out
    assert "off hapi-r4" in out
    assert run(["targets", "--jwks"]) == 0
    assert json.loads(capfd.readouterr().out) == {"keys": []}


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

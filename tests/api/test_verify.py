"""POST /fhir/Bundle/$verify-evidence, `case2fhir verify` and `read`."""

from __future__ import annotations

import base64
import copy
import json
from pathlib import Path
from typing import Any

import pytest
from httpx import Client, Response

from app import exact
from app.cli import run
from app.fhir.writer import Writer
from tests.elsewhere import read_back
from tests.fhir.report import TEXT
from tests.fhir.rich import rich

Json = dict[str, Any]


@pytest.fixture(scope="module")
def bundle() -> Json:
    found: Json = json.loads(exact.dumps(Writer(None).write(rich())[0]))
    return found


def spoiled(bundle: Json) -> tuple[Json, str]:
    """A bundle with one statement without evidence, and its path."""
    out = copy.deepcopy(bundle)
    for number, entry in enumerate(out["entry"]):
        if entry["resource"]["resourceType"] == "Procedure":
            del entry["resource"]["extension"]
            return out, f"Bundle.entry[{number}].resource"
    raise AssertionError


def ask(client: Client, body: Any) -> Response:
    return client.post(
        "/fhir/Bundle/$verify-evidence",
        content=json.dumps(body),
        headers={"Content-Type": "application/fhir+json"},
    )


def test_a_bundle_that_is_fine(client: Client, bundle: Json) -> None:
    answer = ask(client, bundle)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/fhir+json")
    (issue,) = answer.json()["issue"]
    assert issue["severity"] == "information"
    assert "statements" in issue["details"]["text"]


def test_a_statement_without_evidence(client: Client, bundle: Json) -> None:
    body, path = spoiled(bundle)
    (issue,) = ask(client, body).json()["issue"]
    assert issue["severity"] == "error"
    assert issue["expression"] == [path]


def test_parts_and_text_in_parameters(client: Client, bundle: Json) -> None:
    parts = [{"name": "resource", "resource": b} for b in read_back(bundle, parts=3)]
    encoded = base64.b64encode(TEXT.encode()).decode()
    for text in ({"valueString": TEXT}, {"valueAttachment": {"data": encoded}}):
        body = {"resourceType": "Parameters", "parameter": [*parts, {"name": "text", **text}]}
        (issue,) = ask(client, body).json()["issue"]
        assert issue["severity"] == "information"


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"resourceType": "Patient"},
        {"resourceType": "Parameters"},
        {"resourceType": "Parameters", "parameter": [{"name": "other", "valueString": "x"}]},
        {"resourceType": "Parameters", "parameter": [{"name": "text", "valueInteger": 3}]},
        {"resourceType": "Bundle", "entry": "none"},
    ],
)
def test_what_is_no_bundle_is_refused(client: Client, body: Any) -> None:
    answer = ask(client, body)
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_a_body_over_the_limit_is_refused(client: Client) -> None:
    assert ask(client, {"resourceType": "Bundle", "id": "x" * 1_500_000}).status_code == 413


def test_the_command_line(tmp_path: Path, bundle: Json, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad, text = (tmp_path / name for name in ("good.json", "bad.json", "text.txt"))
    good.write_text(json.dumps(bundle))
    body, path = spoiled(bundle)
    bad.write_text(json.dumps(body))
    text.write_text(TEXT)
    assert run(["verify", str(good)]) == 0
    assert capsys.readouterr().out.endswith("ok\n")
    assert run(["verify", str(good), "--text", str(text)]) == 0
    capsys.readouterr()
    assert run(["verify", str(bad)]) == 1
    assert capsys.readouterr().out.startswith(f"error: {path}: Procedure without evidence")
    assert run(["verify", "--json", str(bad)]) == 1
    assert json.loads(capsys.readouterr().out)["issue"][0]["expression"] == [path]
    bad.write_text("{")
    assert run(["verify", str(bad)]) == 2
    assert "not valid JSON" in capsys.readouterr().err
    pages = []
    for number, page in enumerate(read_back(bundle, parts=2)):
        pages.append(str(tmp_path / f"{number}.json"))
        Path(pages[-1]).write_text(json.dumps(page))
    assert run(["verify", *pages]) == 0


def test_reading_on_the_command_line(
    tmp_path: Path, bundle: Json, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "bundle.json", tmp_path / "case.json"
    path.write_text(json.dumps(bundle))
    assert run(["read", str(path), "-o", str(out)]) == 0
    assert len(json.loads(out.read_text())["problems"]) == len(rich().problems)
    unknown = {"resourceType": "Basic", "id": "b", "code": {"text": "?"}}
    path.write_text(json.dumps({**bundle, "entry": [*bundle["entry"], {"resource": unknown}]}))
    assert run(["read", str(path), "-o", str(out)]) == 1
    assert "no rule makes such a Basic" in capsys.readouterr().err
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection"}))
    assert run(["read", str(path)]) == 2
    assert "0 documents with a text" in capsys.readouterr().err

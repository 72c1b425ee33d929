"""PDF and Word through the command line and a worker of the service, with the real converter."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import docx
import httpx
import pytest

from app.api import create_app
from app.cli import run
from app.settings import Settings
from tests.documents.press import Style, items_of, printed
from tests.documents.reading import read
from tests.serving import running

REPORT = Path(__file__).parents[1] / "cases" / "headings" / "report.txt"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _pdf() -> bytes:
    return printed(items_of(read(REPORT)), Style(columns=2, size=9))


def _docx() -> bytes:
    word = docx.Document()
    for item in items_of(read(REPORT)):
        word.add_paragraph(item.words, style="Heading 1" if item.kind == "heading" else None)
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("formats")
    settings = Settings(_env_file=None, database_url=f"sqlite:///{folder / 'cases.db'}", workers=1)
    with running(create_app(settings)) as client:
        yield client


@pytest.mark.parametrize(("make", "media_type"), [(_pdf, "application/pdf"), (_docx, WORD)])
@pytest.mark.parametrize("declared", [True, False])
def test_the_service_takes_it(
    service: httpx.Client, make: Callable[[], bytes], media_type: str, declared: bool
) -> None:
    sent = media_type if declared else "application/octet-stream"
    answer = service.post("/cases", content=make(), headers={"Content-Type": sent})
    assert answer.status_code in (200, 201), answer.text
    case = answer.json()
    assert case["document"]["media_type"] == media_type
    assert [patient["sex"] for patient in case["patients"]] == ["male"]
    assert "ductal adenocarcinoma" in {problem["name"] for problem in case["problems"]}
    assert "enoxaparin" in {one["name"] for one in case["medications"]}


def test_the_service_refuses_a_broken_one(service: httpx.Client) -> None:
    for body in (_pdf()[:300], b"%PDF-1.7"):
        answer = service.post("/cases", content=body, headers={"Content-Type": "application/pdf"})
        assert answer.status_code == 400
        assert "PDF" in answer.json()["detail"]
    assert service.get("/health").status_code == 200


def test_the_command_line_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.pdf").write_bytes(_pdf())
    (tmp_path / "report.docx").write_bytes(_docx())
    for name in ("report.pdf", "report.docx"):
        assert run(["convert", name]) == 0
        bundle = json.loads(capfdbinary.readouterr().out)
        kinds = {entry["resource"]["resourceType"] for entry in bundle["entry"]}
        assert {"Patient", "Condition", "DocumentReference"} <= kinds

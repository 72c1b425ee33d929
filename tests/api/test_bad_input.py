"""What may come in, before the real conversion: each a clear answer, never a server error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.api import create_app
from app.settings import Settings
from tests.serving import running

PLAIN, XML, JSON = "text/plain", "application/xml", "application/json"
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(
        b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % (c, *[c - 1] * 10)
        for c in range(ord("b"), ord("k"))
    )
    + b"]><article><body><p>&j;</p></body></article>"
)
EXTERNAL = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b"<article><body><p>&x;</p></body></article>"
)
RIGHT_TO_LEFT = "رجل يبلغ من العمر 54 عاما يعاني من ألم في الصدر. אישה בת 40."
LATIN = "A 54-year-old woman with Sjögren syndrome and café-au-lait spots came to us."


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder: Path = tmp_path_factory.mktemp("real")
    settings = Settings(_env_file=None, database_url=f"sqlite:///{folder / 'cases.db'}", workers=1)
    with running(create_app(settings)) as client:
        yield client


@pytest.mark.parametrize(
    ("body", "kind", "statuses"),
    [
        pytest.param(b"", PLAIN, {422}, id="empty"),
        pytest.param(b" \n\t", PLAIN, {422}, id="blank"),
        pytest.param(b"x" * 50_000_000, PLAIN, {413}, id="50 MB"),
        pytest.param(bytes(range(256)) * 50, PLAIN, {400, 415}, id="binary as text"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(99), "image/png", {415}, id="picture"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(99), "", {400, 415}, id="undeclared picture"),
        pytest.param(BOMB, XML, {400}, id="XML bomb"),
        pytest.param(EXTERNAL, XML, {400}, id="external entity"),
        pytest.param(b"<article><body><p>cut", XML, {400}, id="truncated XML"),
        pytest.param(b'{"title": "cut', JSON, {400}, id="truncated JSON"),
        pytest.param(b"[" * 100_000, JSON, {400}, id="deep JSON"),
        pytest.param(b'{"colour": "green"}', JSON, {400, 422}, id="other JSON"),
        pytest.param(b"A woman \xed\xa0\x80 came.", PLAIN, {400}, id="lone surrogate"),
        pytest.param(
            b'{"title": "\\ud800", "sections": []}', JSON, {400, 422}, id="escaped surrogate"
        ),
        pytest.param(b"A woman came.", "text/plain; charset=klingon", {400, 415}, id="charset"),
        pytest.param(b"A woman came.", "nonsense", {415}, id="no media type"),
    ],
)
@pytest.mark.parametrize("path", ["/cases", "/fhir/$convert"])
def test_what_cannot_be_read_is_refused(
    service: httpx.Client, path: str, body: bytes, kind: str, statuses: set[int]
) -> None:
    answer = service.post(path, content=body, headers={"Content-Type": kind} if kind else {})
    assert answer.status_code in statuses, answer.text
    assert "Traceback" not in answer.text
    assert "root:" not in answer.text
    said = answer.json()
    if path == "/cases":
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert said["detail"]
    else:
        assert said["resourceType"] == "OperationOutcome"
        assert said["issue"][0]["details"]["text"]


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        (RIGHT_TO_LEFT.encode(), PLAIN, RIGHT_TO_LEFT),
        (LATIN.encode("latin-1"), "text/plain; charset=iso-8859-1", LATIN),
        (LATIN.encode(), PLAIN, LATIN),
        (b"\xef\xbb\xbfA woman came.", PLAIN, None),
        (b"Line one\r\nA man came.\r\n", PLAIN, "Line one\r\nA man came.\r\n"),
    ],
    ids=["right to left", "Latin-1", "UTF-8", "byte order mark", "carriage returns"],
)
def test_what_can_be_read_is_kept_verbatim(
    service: httpx.Client, body: bytes, kind: str, text: str | None
) -> None:
    answer = service.post("/cases", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 201, answer.text
    if text is not None:
        assert answer.json()["document"]["text"] == text
    url = answer.headers["Location"]
    assert service.get(url + "/document").content == body
    for version in ("4.0", "5.0"):
        assert service.get(url + "/bundle", params={"fhirVersion": version}).status_code == 200


def test_a_text_without_a_patient_is_kept_and_says_so(service: httpx.Client) -> None:
    body = "The committee met on Tuesday. It approved the budget of the library."
    answer = service.post("/cases", content=body, headers={"Content-Type": PLAIN})
    assert answer.status_code == 201
    assert answer.json()["patients"] == []
    url = answer.headers["Location"]
    bundle = service.get(url + "/bundle").json()
    types = {e["resource"]["resourceType"] for e in bundle["entry"]}
    assert "DocumentReference" in types
    assert not types & {"Patient", "Condition", "Observation", "Procedure"}
    kinds = [i["kind"] for i in service.get(url + "/issues").json()["issues"]]
    assert "no-patient" in kinds


def test_a_bundle_of_ours_is_valid_and_a_broken_one_is_not(service: httpx.Client) -> None:
    made = service.post("/fhir/$convert", content=LATIN, headers={"Content-Type": PLAIN}).json()
    fhir = {"Content-Type": "application/fhir+json"}
    good = service.post("/fhir/Bundle/$validate", json=made, headers=fhir)
    assert good.status_code == 200
    assert all(i["severity"] != "error" for i in good.json()["issue"])
    made["entry"][0]["resource"]["colour"] = "green"
    bad = service.post("/fhir/Bundle/$validate", json=made, headers=fhir)
    assert bad.status_code == 200
    assert any(i["severity"] == "error" for i in bad.json()["issue"])
    for body in (b"[]", b"{", b"{}", b'{"resourceType": "Bundle", "entry": 3}'):
        answer = service.post("/fhir/Bundle/$validate", content=body, headers=fhir)
        assert answer.status_code in (200, 400)
        assert answer.json()["issue"][0]["severity"] == "error"

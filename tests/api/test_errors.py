"""Bad input and bad requests: a clear 4xx in the form that the client asked for."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

FHIR = "application/fhir+json"
PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/cases/no-such-case", 404),
        ("GET", "/deliveries/no-such-delivery", 404),
        ("PATCH", "/cases", 405),
        ("GET", "/cases?limit=many", 422),
        ("POST", "/cases", 422),
    ],
)
def test_errors_are_problem_json(client: httpx.Client, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == PROBLEM
    body = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    if status == 405:
        assert answer.headers["Allow"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/fhir/nowhere", {}, 404),
        ("GET", "/fhir/Patient/no-such", {}, 404),
        ("GET", "/fhir/Patient/no_such_id", {}, 422),
        ("DELETE", "/fhir/metadata", {}, 405),
        ("GET", "/fhir/metadata", {"Accept": "application/fhir+xml"}, 406),
        ("GET", "/fhir/metadata?_format=xml", {}, 406),
        ("GET", "/fhir/metadata?fhirVersion=3.0", {}, 400),
        ("POST", "/fhir/$convert", {}, 422),
        ("GET", "/cases/no-such-case", {"Accept": FHIR}, 404),
    ],
)
def test_errors_are_an_outcome_where_fhir_is_spoken(
    client: httpx.Client, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = client.request(method, path, headers=headers)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith(FHIR)
    body = answer.json()
    assert body["resourceType"] == "OperationOutcome"
    assert body["issue"][0]["severity"] == "error"
    assert body["issue"][0]["details"]["text"]


def test_a_body_over_the_limit_is_413(client: httpx.Client) -> None:
    for content in (b"x" * 60_000, iter([b"y" * 30_000] * 4)):
        answer = client.post("/cases", content=content, headers={"Content-Type": "text/plain"})
        assert answer.status_code == 413
        assert answer.headers["Content-Type"] == PROBLEM
    form = client.post("/cases", files={"file": ("a.txt", b"z" * 200_000, "text/plain")})
    assert form.status_code == 413
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"{", "body"),
        (b"[]", "body"),
        (b'{"resourceType": "Patient"}', "resourceType"),
        (b'{"resourceType": "Parameters"}', "Parameters.parameter"),
        (b'{"resourceType": "Parameters", "parameter": 3}', "Parameters.parameter"),
        (b'{"resourceType": "Parameters", "parameter": [{"name": "document"}]}', "document"),
        (
            b'{"resourceType": "Parameters", "parameter": '
            b'[{"name": "document", "valueAttachment": {"data": "%%%"}}]}',
            "document",
        ),
        (
            b'{"resourceType": "Parameters", "parameter": [{"name": "document", '
            b'"valueString": "x"}, {"name": "type", "valueCode": "history"}]}',
            "type",
        ),
    ],
)
def test_wrong_parameters_are_refused(client: httpx.Client, body: bytes, place: str) -> None:
    answer = client.post("/fhir/$convert", content=body, headers={"Content-Type": FHIR})
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["expression"] == [place]


def test_a_form_that_is_none_is_refused(client: httpx.Client) -> None:
    headers = {"Content-Type": "multipart/form-data"}
    answer = client.post("/cases", content=b"no boundary", headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize(("word", "status"), [("CRASH", 500), ("BUG", 500), ("SLEEP", 503)])
def test_a_document_that_breaks_the_converter_hurts_only_itself(
    client: httpx.Client, word: str, status: int
) -> None:
    answer = client.post("/cases", content=word, headers={"Content-Type": "text/plain"})
    assert answer.status_code == status
    assert "secret words" not in answer.text
    assert "Traceback" not in answer.text
    good = client.post(
        "/fhir/$convert", content="Then she came.", headers={"Content-Type": "text/plain"}
    )
    assert good.status_code == 200


_paths = st.sampled_from(
    [
        "/cases",
        "/cases/x",
        "/cases/x/bundle",
        "/cases/x/deliveries",
        "/deliveries/x",
        "/targets",
        "/fhir/$convert",
        "/fhir/metadata",
        "/fhir/Bundle/$validate",
        "/fhir/Patient/x",
        "/health",
    ]
)
_types = st.sampled_from(
    [
        "",
        "text/plain",
        "application/json",
        FHIR,
        "multipart/form-data; boundary=b",
        "a/b; c",
        "application/vnd.case2fhir.case+json",
    ]
)
_accepts = st.sampled_from(["*/*", FHIR, f"{FHIR}; fhirVersion=5.0", "text/html", "a;q=x,,b", ";"])
_bodies = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([b'{"resourceType":"Parameters","parameter":[1]}', b'{"target":1}', b"null"]),
)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"]),
    path=_paths,
    kind=_types,
    accept=_accepts,
    body=_bodies,
    query=st.dictionaries(
        st.sampled_from(["type", "fhirVersion", "limit", "after", "_format", "version"]),
        st.text(max_size=5).filter(str.isprintable),
    ),
)
@effort(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_request_makes_the_service_fail(
    client: httpx.Client,
    method: str,
    path: str,
    kind: str,
    accept: str,
    body: bytes,
    query: dict[str, str],
) -> None:
    headers = {"Content-Type": kind, "Accept": accept}
    answer = client.request(method, path, params=query, content=body, headers=headers)
    # the stand-in cannot decode every byte; what is not its doing must be no server error
    if answer.status_code >= 500:
        assert "UnicodeDecodeError" in answer.text or "KeyError" in answer.text
    if answer.status_code >= 400 and method != "HEAD":
        assert answer.headers["Content-Type"].split(";")[0] in (PROBLEM, FHIR)

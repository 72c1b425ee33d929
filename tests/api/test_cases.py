"""/cases with a stand-in for the conversion: what is kept, changed, listed and deleted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from httpx import Client, Response

from tests.stand_in import sha256

FHIR = "application/fhir+json"
OTHER = "What another report says of another patient."
CASE = "application/vnd.case2fhir.case+json"


def text() -> str:
    """A report that no other test has sent."""
    return f"Then she came back. {uuid4()}"


def post(client: Client, body: str | None = None, **headers: str) -> Response:
    headers = {"Content-Type": "text/plain", **headers}
    return client.post("/cases", content=(body or text()).encode(), headers=headers)


def test_a_document_is_kept_once(client: Client) -> None:
    body = text()
    first = post(client, body)
    assert first.status_code == 201
    assert first.json()["document"]["text"] == body
    assert first.json()["patients"][0]["sex"] == "female"
    second = post(client, body)
    assert second.status_code == 200
    assert second.headers["Location"] == first.headers["Location"]
    assert second.headers["ETag"] == first.headers["ETag"]
    got = client.get(first.headers["Location"])
    assert got.content == first.content
    document = client.get(first.headers["Location"] + "/document")
    assert document.text == body
    assert document.headers["Content-Type"].startswith("text/plain")


def test_a_form_is_the_same_document(client: Client) -> None:
    body = text()
    raw = post(client, body)
    form = client.post("/cases", files={"file": ("report.txt", body.encode(), "text/plain")})
    assert form.status_code == 200
    assert form.headers["Location"] == raw.headers["Location"]
    other = client.post("/cases", files={"paper": ("report.txt", b"x", "text/plain")})
    assert other.status_code == 400
    assert other.json()["place"] == "file"


def test_twenty_posts_at_once_are_one_case(client: Client) -> None:
    body = text()
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: post(client, body), range(20)))
    assert {a.status_code for a in answers} <= {200, 201}
    assert [a.status_code for a in answers].count(201) == 1
    assert len({a.headers["Location"] for a in answers}) == 1


def test_a_bundle_when_fhir_is_asked_for(client: Client) -> None:
    answer = post(client, Accept=f"{FHIR}; fhirVersion=5.0")
    assert answer.status_code == 201
    assert answer.headers["Content-Type"].startswith(FHIR)
    assert answer.json()["resourceType"] == "Bundle"
    assert answer.json()["meta"]["tag"][0]["code"] == "5.0"
    address = answer.headers["Location"] + "/bundle"
    assert client.get(address).json()["meta"]["tag"][0]["code"] == "4.0"
    again = client.get(address, headers={"Accept": f"{FHIR};fhirVersion=5.0"})
    assert again.content == answer.content
    transaction = client.get(address, params={"type": "transaction", "fhirVersion": "5.0"}).json()
    assert transaction["type"] == "transaction"
    assert all("request" in e for e in transaction["entry"])


def test_a_text_without_a_patient_says_so(client: Client) -> None:
    answer = post(client, f"Nobody. {uuid4()}")
    assert answer.status_code == 201
    assert answer.json()["patients"] == []
    issues = client.get(answer.headers["Location"] + "/issues").json()["issues"]
    assert [i["kind"] for i in issues] == ["no-patient"]


def test_a_reviewed_case_is_the_next_version(client: Client) -> None:
    first = post(client)
    case, url, tag = first.json(), first.headers["Location"], first.headers["ETag"]
    del case["patients"][0]["sex"], case["patients"][0]["sex_evidence"]
    changed = client.put(url, json=case, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    assert "sex" not in client.get(url).json()["patients"][0]
    assert client.get(url, params={"version": 1}).content == first.content
    late = client.put(url, json=case, headers={"If-Match": tag})
    assert late.status_code == 412
    same = client.put(url, json=case, headers={"If-Match": changed.headers["ETag"]})
    assert same.headers["ETag"] == changed.headers["ETag"]
    assert client.get(url, params={"version": 3}).status_code == 404
    bundle = client.get(url + "/bundle").json()
    patient = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient"]
    assert "gender" not in patient[0]
    unchanged = client.get(url, headers={"If-None-Match": changed.headers["ETag"]})
    assert unchanged.status_code == 304


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"patients": [{"key": "1", "colour": "green"}]}, "patients.0.colour"),
        ({"document": {"text": OTHER, "sha256": sha256(OTHER)}}, "document.text"),
        ({"document": {"text": OTHER, "sha256": "0" * 64}}, "document.sha256"),
    ],
)
def test_a_wrong_case_is_refused(client: Client, change: dict[str, object], place: str) -> None:
    first = post(client)
    answer = client.put(first.headers["Location"], json={**first.json(), **change})
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["place"] == place
    assert "green" not in answer.text
    assert client.get(first.headers["Location"]).content == first.content


def test_a_case_may_be_posted_instead_of_a_document(client: Client) -> None:
    body = text()
    case = {"document": {"text": body, "sha256": sha256(body)}, "patients": [{"key": "A"}]}
    first = client.post("/cases", json=case, headers={"Content-Type": CASE})
    assert first.status_code == 201
    assert client.get(first.headers["Location"] + "/document").text == body
    assert client.post("/cases", json=case, headers={"Content-Type": CASE}).status_code == 200
    case["patients"] = []
    other = client.post("/cases", json=case, headers={"Content-Type": CASE})
    assert other.status_code == 409
    assert post(client, body).headers["Location"] == first.headers["Location"]


def test_deleted_is_gone(client: Client) -> None:
    first = post(client)
    url = first.headers["Location"]
    resource = client.get(url + "/bundle").json()["entry"][0]["resource"]
    there = f"/fhir/{resource['resourceType']}/{resource['id']}"
    assert client.get(there).status_code == 200
    assert client.delete(url).status_code == 204
    for address in (url, url + "/document", url + "/bundle", url + "/issues", there):
        assert client.get(address).status_code == 404
    assert client.delete(url).status_code == 404


def test_cases_are_listed_newest_first(client: Client) -> None:
    ids = [post(client).headers["Location"].rsplit("/", 1)[-1] for _ in range(3)]
    page = client.get("/cases", params={"limit": 2}).json()
    assert [c["id"] for c in page["cases"]] == ids[:0:-1]
    following = client.get(page["next"]).json()
    assert following["cases"][0]["id"] == ids[0]
    assert client.get("/cases", params={"limit": 0}).status_code == 422
    assert client.get("/cases", params={"after": "x"}).status_code == 404

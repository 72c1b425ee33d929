"""/targets and /deliveries, with a target that cannot be reached (see tests/integration too)."""

from __future__ import annotations

from time import monotonic, sleep
from uuid import uuid4

import httpx


def test_targets_are_listed_without_secrets(client: httpx.Client) -> None:
    assert client.get("/targets").json() == {
        "targets": [
            {
                "name": "nowhere",
                "base_url": "http://127.0.0.1:9/fhir",
                "fhir_version": "4.0",
                "auth": "none",
            }
        ]
    }


def test_a_delivery_is_accepted_and_its_end_reported(client: httpx.Client) -> None:
    posted = client.post(
        "/cases", content=f"There she was. {uuid4()}", headers={"Content-Type": "text/plain"}
    )
    url = posted.headers["Location"]
    accepted = client.post(f"{url}/deliveries", json={"target": "nowhere"})
    assert accepted.status_code == 202
    assert accepted.json()["status"] in ("queued", "sending", "waiting")
    end = monotonic() + 20
    found = client.get(accepted.headers["Location"]).json()
    while found["status"] != "failed" and monotonic() < end:
        sleep(0.05)
        found = client.get(accepted.headers["Location"]).json()
    assert found["status"] == "failed"
    assert "no connection" in found["error"]
    assert "given up after 2 attempts" in found["error"]
    assert found["case_version"] == 1
    assert found["entries"] == []
    assert found["progress"] == {"done": 0, "total": 0}
    case = url.rsplit("/", 1)[-1]
    listed = client.get("/deliveries", params={"case": case}).json()["deliveries"]
    assert [d["id"] for d in listed] == [found["id"]]
    assert client.delete(url).status_code == 204
    assert client.get(accepted.headers["Location"]).status_code == 404


def test_cancel_and_retry(client: httpx.Client) -> None:
    posted = client.post(
        "/cases", content=f"There she was. {uuid4()}", headers={"Content-Type": "text/plain"}
    )
    case = posted.headers["Location"]
    url = client.post(f"{case}/deliveries", json={"target": "nowhere"}).headers["Location"]
    end = monotonic() + 20
    while client.get(url).json()["status"] != "failed" and monotonic() < end:
        sleep(0.05)
    assert client.post(f"{url}/cancel").status_code == 409
    again = client.post(f"{url}/retry")
    assert again.status_code == 202
    assert again.json()["failures"] == 0
    assert client.post("/deliveries/none/cancel").status_code == 404
    listed = client.get("/deliveries", params={"target": "nowhere", "limit": 5}).json()
    assert listed["deliveries"]
    assert client.get("/deliveries", params={"status": "lost"}).status_code == 422
    assert client.get(f"{case}/plan", params={"target": "other"}).status_code == 404
    assert client.get(f"{case}/plan", params={"target": "nowhere"}).status_code == 504


def test_the_keys_of_no_target_are_none(client: httpx.Client) -> None:
    assert client.get("/.well-known/jwks.json").json() == {"keys": []}


def test_wrong_requests_are_refused(client: httpx.Client) -> None:
    posted = client.post(
        "/cases", content=f"There she was. {uuid4()}", headers={"Content-Type": "text/plain"}
    )
    address = posted.headers["Location"] + "/deliveries"
    assert client.post(address, json={"target": "other"}).status_code == 404
    for body in ({}, {"target": ""}, {"target": "nowhere", "to": "x"}, {"target": 3}):
        answer = client.post(address, json=body)
        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert client.post("/cases/x/deliveries", json={"target": "nowhere"}).status_code == 404

"""`?profile=`: a bundle of a profile beside the plain ones of the same case."""

from __future__ import annotations

from httpx import Client

PLAIN = {"Content-Type": "text/plain"}
TEXT = b"Profiles were asked for when she came."


def test_a_profile_is_passed_on_and_kept_apart(client: Client) -> None:
    case = client.post("/cases", content=TEXT, headers=PLAIN).headers["Location"]
    plain = client.get(f"{case}/bundle", params={"type": "document"}).json()
    assert "profile" not in plain["meta"]
    for _ in range(2):
        summary = client.get(f"{case}/bundle", params={"profile": "ips"}).json()
        assert summary["type"] == "document"
        assert summary["meta"]["profile"] == ["urn:test:ips"]
    again = client.get(f"{case}/bundle", params={"type": "document"}).json()
    assert again == plain


def test_a_stateless_conversion_takes_a_profile(client: Client) -> None:
    made = client.post("/fhir/$convert", params={"profile": "ips"}, content=TEXT, headers=PLAIN)
    assert made.json()["meta"]["profile"] == ["urn:test:ips"]
    assert made.json()["type"] == "document"


def test_a_profile_may_be_a_parameter(client: Client) -> None:
    def parameters(**more: str) -> dict[str, object]:
        words = [{"name": n, "valueCode": v} for n, v in more.items()]
        document = {"name": "document", "valueString": TEXT.decode()}
        return {"resourceType": "Parameters", "parameter": [document, *words]}

    made = client.post("/fhir/$convert", json=parameters(profile="ips")).json()
    assert made["meta"]["profile"] == ["urn:test:ips"]
    assert made["type"] == "document"
    other = client.post("/fhir/$convert", json=parameters(profile="us-core")).json()
    assert other["meta"]["profile"] == ["urn:test:us-core"]
    assert other["type"] == "collection"
    said = client.post("/fhir/$convert", json=parameters(profile="us-core", type="batch")).json()
    assert said["type"] == "batch"
    wrong = client.post("/fhir/$convert", json=parameters(flavour="us-core"))
    assert wrong.status_code == 400
    assert "profile" in wrong.json()["issue"][0]["details"]["text"]

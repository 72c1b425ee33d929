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

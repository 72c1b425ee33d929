"""/fhir: the stateless operation, the resources of kept cases, what the server says of itself."""

from __future__ import annotations

from base64 import b64encode

import httpx
import pytest
from fhir.resources import get_fhir_model_class
from fhir.resources.R4B import get_fhir_model_class as get_r4_model_class

FHIR = "application/fhir+json"
TEXT = "Then she came back."


def parameters(**document: object) -> dict[str, object]:
    return {"resourceType": "Parameters", "parameter": [{"name": "document", **document}]}


@pytest.mark.parametrize(
    "document",
    [
        {"valueString": TEXT},
        {
            "valueAttachment": {
                "contentType": "text/plain",
                "data": b64encode(TEXT.encode()).decode(),
            }
        },
        {"valueBase64Binary": b64encode(TEXT.encode()).decode()},
    ],
)
def test_convert_takes_parameters(client: httpx.Client, document: dict[str, object]) -> None:
    raw = client.post("/fhir/$convert", content=TEXT, headers={"Content-Type": "text/plain"})
    assert raw.status_code == 200
    assert raw.headers["Content-Type"].startswith(FHIR)
    wrapped = client.post(
        "/fhir/$convert", json=parameters(**document), headers={"Content-Type": FHIR}
    )
    assert wrapped.json()["entry"] == raw.json()["entry"]


def test_convert_keeps_nothing(client: httpx.Client) -> None:
    before = client.get("/cases").json()
    body = "Then she left, and nobody kept it."
    client.post("/fhir/$convert", content=body, headers={"Content-Type": "text/plain"})
    assert client.get("/cases").json() == before


def test_version_and_type_are_asked_for(client: httpx.Client) -> None:
    body = parameters(valueString=TEXT)
    answer = client.post(
        "/fhir/$convert", params={"type": "transaction", "fhirVersion": "5.0"}, json=body
    )
    assert answer.json()["type"] == "transaction"
    assert answer.json()["meta"]["tag"][0]["code"] == "5.0"
    assert "fhirVersion=5.0" in answer.headers["Content-Type"]


def test_resources_of_a_case_can_be_read(client: httpx.Client) -> None:
    kept = client.post("/cases", content="Now she is read.", headers={"Content-Type": "text/plain"})
    url = kept.headers["Location"]
    bundle = client.get(url + "/bundle").json()
    names = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in bundle["entry"]}
    for name in names:
        resource = client.get(f"/fhir/{name}")
        assert resource.status_code == 200
        assert f"{resource.json()['resourceType']}/{resource.json()['id']}" == name
        if "subject" in resource.json():
            assert resource.json()["subject"]["reference"] in names
    key = url.rsplit("/", 1)[-1]
    assert client.get(f"/fhir/Bundle/{key}").json() == bundle
    assert client.get(f"/fhir/Bundle/{bundle['id']}").json() == bundle
    wrong = next(iter(names)).split("/")[1]
    assert client.get(f"/fhir/Encounter/{wrong}").status_code == 404


@pytest.mark.parametrize(("version", "full"), [("4.0", "4.0.1"), ("5.0", "5.0.0")])
def test_the_capability_statement_is_valid(client: httpx.Client, version: str, full: str) -> None:
    answer = client.get("/fhir/metadata", headers={"Accept": f"{FHIR}; fhirVersion={version}"})
    body = answer.json()
    assert body["fhirVersion"] == full
    model = get_fhir_model_class if version == "5.0" else get_r4_model_class
    model("CapabilityStatement").model_validate(body)
    types = [r["type"] for r in body["rest"][0]["resource"]]
    assert types == sorted(set(types))
    assert {"Patient", "Condition", "Observation", "ImagingStudy", "Bundle"} <= set(types)


def test_the_description_has_an_example_for_every_answer(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/cases", "/cases/{case_id}/bundle", "/fhir/$convert", "/fhir/metadata"} <= set(paths)
    for path, methods in paths.items():
        for method, operation in methods.items():
            assert operation["summary"], path
            for status, answer in operation["responses"].items():
                for kind, content in answer.get("content", {}).items():
                    assert "example" in content, (method, path, status, kind)
    assert client.get("/docs").status_code == 200


def test_health_metrics_and_schemas(client: httpx.Client) -> None:
    assert client.get("/health").json()["status"] == "ok"
    client.get("/cases/x")
    text = client.get("/metrics").text
    assert 'case2fhir_requests_total{method="GET"' in text
    assert 'route="/cases/{case_id}"' in text
    assert TEXT not in text
    schema = client.get("/schemas/case").json()
    assert "problems" in schema["properties"]
    assert client.get("/").json()["cases"] == "/cases"

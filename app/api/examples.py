"""What the OpenAPI description shows: examples of bodies and answers."""

from __future__ import annotations

from typing import Any

from app.jobs import BUNDLE_TYPES, CASE_MEDIA_TYPE, FHIR_VERSIONS

CASE_ID = "6f1c3f0e-6a0e-5d5c-8f0a-0d5f6f0b7a11"

TEXT = (
    "A 54-year-old man presented with chest pain. There was no fever. "
    "Computed tomography showed a mass of the left lung."
)
DOCUMENT: dict[str, Any] = {
    "title": "A mass of the lung",
    "sections": [{"title": "Case presentation", "text": TEXT}],
}
CASE: dict[str, Any] = {
    "version": "1",
    "document": {"text": TEXT, "sha256": "…", "media_type": "text/plain"},
    "patients": [
        {
            "key": "1",
            "sex": "male",
            "sex_evidence": [{"start": 14, "end": 17}],
            "age": {
                "text": "54-year-old",
                "evidence": [{"start": 2, "end": 13}],
                "value": "54",
                "unit": "a",
            },
        }
    ],
    "problems": [
        {
            "id": "chest-pain",
            "patient": "1",
            "name": "chest pain",
            "evidence": [{"start": 33, "end": 43}],
            "assertion": "present",
        }
    ],
}
_BUNDLE: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {
            "fullUrl": "urn:uuid:0b8f6a3e-1a1e-5b7e-9d9e-3c1f2d4e5f60",
            "resource": {"resourceType": "Patient", "gender": "male"},
        }
    ],
}
_PARAMETERS: dict[str, Any] = {
    "resourceType": "Parameters",
    "parameter": [{"name": "document", "valueString": TEXT}],
}
_OUTCOME: dict[str, Any] = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "information", "code": "informational", "details": {"text": "valid"}}],
}
Responses = dict[int | str, dict[str, Any]]


def _content(**examples: Any) -> dict[str, Any]:
    """Content with one example per media type; `application_json` stands for its media type."""
    names = {
        "json": "application/json",
        "case": CASE_MEDIA_TYPE,
        "fhir": "application/fhir+json",
        "text": "text/plain",
        "markdown": "text/markdown",
        "xml": "application/xml",
        "schema": "application/schema+json",
    }
    return {names[key]: {"example": value} for key, value in examples.items()}


def problem(status: int, title: str, detail: str) -> dict[str, Any]:
    """An error as problem JSON."""
    example = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return {"description": title, "content": {"application/problem+json": {"example": example}}}


def _refused(title: str, detail: str) -> dict[str, Any]:
    issue = {"severity": "error", "code": "invalid", "details": {"text": detail}}
    example = {"resourceType": "OperationOutcome", "issue": [issue]}
    return {"description": title, "content": _content(fhir=example)}


_MISSING: Responses = {404: problem(404, "Not Found", "no such case")}
_BAD: Responses = {
    400: problem(400, "Bad Request", "the text is not in a recognised encoding"),
    406: problem(406, "Not Acceptable", "this address answers with: application/json"),
    413: problem(413, "Content Too Large", "the body is larger than 10000000 bytes"),
    415: problem(415, "Unsupported Media Type", "there is no reader for image/png"),
    422: problem(422, "Unprocessable Content", "the document is empty"),
    503: problem(503, "Service Unavailable", "the conversion took longer than 60 seconds"),
}


EVERYWHERE: Responses = {422: problem(422, "Unprocessable Content", "limit is at most 1000")}


def shown_as(description: str, **examples: Any) -> dict[str, Any]:
    """An answer with an example per media type."""
    return {"description": description, "content": _content(**examples)}


CREATED: Responses = {
    201: shown_as("The case is kept", json=CASE, case=CASE, fhir=_BUNDLE),
    200: shown_as("The same document was posted before", json=CASE, fhir=_BUNDLE),
    409: problem(409, "Conflict", "this document has a case already; change it with PUT"),
    **_BAD,
}
LISTED: Responses = {
    200: shown_as(
        "The cases",
        json={
            "cases": [
                {
                    "id": CASE_ID,
                    "title": None,
                    "created": "2026-11-22T10:00:00.000000Z",
                    "modified": "2026-11-22T10:00:00.000000Z",
                    "version": 1,
                    "url": f"/cases/{CASE_ID}",
                }
            ],
            "next": None,
        },
    ),
    422: problem(422, "Unprocessable Content", "limit is at most 1000"),
}
CASE_OK: Responses = {200: shown_as("The case", json=CASE, case=CASE, fhir=_BUNDLE)}
PUT: Responses = {
    **CASE_OK,
    **_MISSING,
    **_BAD,
    412: problem(412, "Precondition Failed", "the case was changed since it was read"),
}
GONE: Responses = {204: {"description": "The case is gone"}, **_MISSING}
DOCUMENT_OK: Responses = {200: shown_as("The document", text=TEXT, xml="<article/>", json=DOCUMENT)}
BUNDLE: Responses = {200: shown_as("The bundle", fhir=_BUNDLE), **_MISSING, **_BAD}
ISSUES: Responses = {
    200: shown_as(
        "The issues",
        json={
            "issues": [
                {
                    "kind": "mention-uncoded",
                    "reason": "no code is certain",
                    "span": {"start": 108, "end": 112},
                }
            ]
        },
    ),
    **_MISSING,
}
CAPABILITY: Responses = {
    200: shown_as(
        "The CapabilityStatement",
        fhir={"resourceType": "CapabilityStatement", "status": "active", "kind": "instance"},
    )
}
OUTCOME: Responses = {
    200: shown_as("What was found", fhir=_OUTCOME),
    400: _refused("Bad Request", "not valid JSON (line 1, column 1)"),
}
RESOURCE: Responses = {
    200: shown_as("The resource", fhir={"resourceType": "Patient", "gender": "male"}),
    404: _refused("Not Found", "no such resource"),
}
HEALTH: Responses = {200: shown_as("It works", json={"status": "ok", "version": "0.1.0"})}
METRICS: Responses = {
    200: shown_as("The metrics", text='case2fhir_conversions_total{outcome="ok",process="1"} 12\n')
}
SCHEMA: Responses = {200: shown_as("The schema", schema={"type": "object"})}
CASE_RESPONSES: Responses = {
    **CASE_OK,
    304: {"description": "It is still the one that `If-None-Match` names"},
    **_MISSING,
}


def _query(name: str, values: tuple[str, ...], description: str) -> dict[str, Any]:
    schema = {"type": "string", "enum": list(values), "default": values[0]}
    return {"name": name, "in": "query", "description": description, "schema": schema}


_VERSION = _query("fhirVersion", FHIR_VERSIONS, "The version may also stand in `Accept`.")
_TYPE = _query("type", BUNDLE_TYPES, "Type of the bundle.")
VERSION: dict[str, Any] = {"parameters": [_VERSION]}
_PROFILE = {
    "name": "profile",
    "in": "query",
    "description": "`ips` for an International Patient Summary (a document), `us-core` for US"
    " Core; both of FHIR 4.0.",
    "schema": {"type": "string"},
}
FORM: dict[str, Any] = {"parameters": [_TYPE, _VERSION, _PROFILE]}


def _body(content: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": content}}


_FORM = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        }
    }
}
_SOURCES = _content(text=TEXT, markdown=f"# Case\n\n{TEXT}", json=DOCUMENT)
_JATS = {"application/xml": {"example": f"<article><body><p>{TEXT}</p></body></article>"}}


def document_body() -> dict[str, Any]:
    """The bodies that `POST /cases` takes."""
    return FORM | _body({**_SOURCES, **_JATS, **_content(case=CASE), **_FORM})


def convert_body() -> dict[str, Any]:
    """The bodies that `POST /fhir/$convert` takes."""
    return FORM | _body({**_SOURCES, **_JATS, **_content(fhir=_PARAMETERS, case=CASE), **_FORM})


def case_body() -> dict[str, Any]:
    """The body that `PUT /cases/{id}` takes."""
    return _body(_content(json=CASE, case=CASE))


def bundle_body() -> dict[str, Any]:
    """The body that `POST /fhir/Bundle/$validate` takes."""
    return _body(_content(fhir=_BUNDLE))

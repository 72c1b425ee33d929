"""What the OpenAPI description shows of targets, deliveries and plans."""

from __future__ import annotations

from typing import Any

from app.api.examples import CASE_ID, Responses, problem, shown_as

DELIVERY_ID = "9d0a3c52-4b9a-4c8e-9a53-5a5cf7c0a1b2"
_DELIVERY: dict[str, Any] = {
    "id": DELIVERY_ID,
    "case_id": CASE_ID,
    "case_version": 1,
    "target": "test",
    "status": "delivered",
    "created": "2026-11-22T10:00:00.000000Z",
    "updated": "2026-11-22T10:00:01.000000Z",
    "next_try": "2026-11-22T10:00:01.000000Z",
    "failures": 0,
    "requests": 1,
    "verify": False,
    "error": None,
    "url": f"/deliveries/{DELIVERY_ID}",
}
_PLAN: dict[str, Any] = {
    "target": "test",
    "summary": "1 entries in 1 transaction, under ids of ours",
    "strategy": "transaction",
    "ids": "ours",
    "limits": {},
    "learned": [],
    "found_by": None,
    "notes": [],
    "steps": [["Patient/0b8f6a3e-1a1e-5b7e-9d9e-3c1f2d4e5f60"]],
    "completed_later": [],
    "left_out": [],
    "withdrawn": [],
}
_ENTRY: dict[str, Any] = {
    "state": "done",
    "resource": "Patient/0b8f6a3e-1a1e-5b7e-9d9e-3c1f2d4e5f60",
    "status": 201,
    "location": "Patient/0b8f6a3e-1a1e-5b7e-9d9e-3c1f2d4e5f60/_history/1",
    "server": "Patient/0b8f6a3e-1a1e-5b7e-9d9e-3c1f2d4e5f60",
}


TARGETS: Responses = {
    200: shown_as(
        "The targets",
        json={
            "targets": [
                {
                    "name": "test",
                    "base_url": "http://127.0.0.1:8085/fhir/R4",
                    "fhir_version": "4.0",
                    "auth": "none",
                }
            ]
        },
    )
}
ACCEPTED: Responses = {
    202: shown_as("The delivery is noted", json={**_DELIVERY, "status": "queued"}),
    404: problem(404, "Not Found", "no such target; configured are: test"),
}
SENT: Responses = {200: shown_as("The deliveries", json={"deliveries": [_DELIVERY]})}
DELIVERY: Responses = {
    200: shown_as(
        "The delivery",
        json={
            **_DELIVERY,
            "progress": {"done": 1, "total": 1},
            "plan": _PLAN,
            "entries": [_ENTRY],
        },
    ),
    404: problem(404, "Not Found", "no such delivery"),
}
_NO_DELIVERY: Responses = {
    404: problem(404, "Not Found", "no such delivery"),
    409: problem(409, "Conflict", "the delivery is delivered already"),
}
STOPPED: Responses = {
    200: shown_as("It stops", json={**_DELIVERY, "status": "cancelled"}),
    **_NO_DELIVERY,
}
AGAIN: Responses = {
    202: shown_as("It is made again", json={**_DELIVERY, "status": "queued"}),
    **_NO_DELIVERY,
}
PLANNED: Responses = {
    200: shown_as("The plan", json=_PLAN),
    404: problem(404, "Not Found", "no such target; configured are: test"),
    502: problem(502, "Bad Gateway", "target test: answers 404 to /metadata; check base_url"),
}
JWKS: Responses = {
    200: shown_as(
        "The keys",
        json={"keys": [{"kty": "EC", "crv": "P-384", "x": "…", "y": "…", "use": "sig"}]},
    )
}

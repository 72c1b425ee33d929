"""/health, /metrics and /schemas."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from app.api import examples
from app.api.service import AService
from app.version import __version__

router = APIRouter(default_response_class=Response, tags=["service"])

_SCHEMA = "application/schema+json"


@router.get(
    "/health",
    response_class=JSONResponse,
    summary="Whether the service works",
    responses=examples.HEALTH,
)
def health(service: AService) -> dict[str, str]:
    """200 when the workers are loaded and the store can be read."""
    service.store.cases.list(1)
    return {"status": "ok", "version": __version__}


@router.get("/metrics", summary="Counts and durations", responses=examples.METRICS)
def metrics(service: AService) -> Response:
    """In Prometheus' text form, for the process that answers; no clinical text."""
    return Response(service.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/schemas/case", summary="JSON Schema of a case", responses=examples.SCHEMA)
def case_schema() -> Response:
    """What `GET /cases/{id}` gives and `PUT` takes."""
    from app.schemas import schema

    return Response(schema("case"), media_type=_SCHEMA)


@router.get(
    "/schemas/document", summary="JSON Schema of a JSON document", responses=examples.SCHEMA
)
def document_schema() -> Response:
    """What an `application/json` document looks like."""
    from app.schemas import schema

    return Response(schema("document"), media_type=_SCHEMA)


def index() -> dict[str, Any]:
    """Where to begin."""
    return {
        "name": "case2fhir",
        "version": __version__,
        "documentation": "/docs",
        "cases": "/cases",
        "fhir": "/fhir/metadata",
    }

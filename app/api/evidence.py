"""/fhir/Bundle/$verify-evidence: does every statement of a bundle point at its words?"""

from __future__ import annotations

import binascii
from base64 import b64decode
from functools import partial
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from app.api import examples
from app.api.negotiate import fhir_form, fhir_type
from app.api.service import AService
from app.api.upload import parse_object
from app.documents.encoding import decode
from app.errors import InputError
from app.verification import verify_json

router = APIRouter(default_response_class=Response, prefix="/fhir", tags=["fhir"])

Json = dict[str, Any]


@router.post(
    "/Bundle/$verify-evidence",
    summary="Check that every statement points at its words",
    openapi_extra=examples.bundle_body(),
    responses=examples.OUTCOME,
)
async def verify_evidence(request: Request, service: AService) -> Response:
    """Reads every place of a bundle again, also of one that was stored elsewhere. The body is a
    Bundle, or Parameters with one or more of them as `resource`, and optionally the `text` of the
    document (valueString, or valueAttachment with data). The answer is an OperationOutcome."""
    form = fhir_form(request)
    bundles, text = _given(parse_object(await request.body(), "body"))
    job = partial(
        verify_json,
        bundles=orjson.dumps(bundles),
        text=text,
        overlay=service.settings.mappings,
    )
    return Response(await service.run(job), media_type=fhir_type(form))


def _given(body: Json) -> tuple[list[tuple[str, Json]], str | None]:
    """The bundles with their paths, and the text."""
    if body.get("resourceType") != "Parameters":
        return [("Bundle", body)], None
    bundles: list[tuple[str, Json]] = []
    text: str | None = None
    parameters = body.get("parameter")
    for number, part in enumerate(parameters if isinstance(parameters, list) else []):
        place = f"Parameters.parameter[{number}]"
        if not isinstance(part, dict):
            raise InputError("is no object", place=place)
        if part.get("name") == "text":
            text = _text(part, place)
        elif isinstance(part.get("resource"), dict):
            bundles.append((f"{place}.resource", part["resource"]))
        else:
            raise InputError("known are: resource, text", place=place)
    if not bundles:
        raise InputError("no parameter 'resource' with a Bundle", place="Parameters.parameter")
    return bundles, text


def _text(part: Json, place: str) -> str:
    match part:
        case {"valueString": str(words)}:
            return words
        case {"valueAttachment": {"data": str(data)}}:
            try:
                return decode(b64decode("".join(data.split()), validate=True))
            except binascii.Error:
                raise InputError("is no base64", place=place) from None
    raise InputError("must be a valueString or a valueAttachment with data", place=place)

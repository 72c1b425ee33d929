"""Every error as an answer: OperationOutcome for FHIR clients, problem JSON for the others."""

from __future__ import annotations

import logging
import re
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.negotiate import FHIR_JSON, wants_fhir
from app.errors import Case2FhirError, place_of

logger = logging.getLogger("case2fhir.api")

PROBLEM_JSON = "application/problem+json"

_CODES = {404: "not-found", 405: "not-supported", 406: "not-supported", 413: "too-long"}
"""FHIR issue-type of the errors that the framework raises; others are "invalid"."""


def answer(
    request: Request,
    status: int,
    detail: str,
    *,
    code: str,
    place: str | None = None,
    kind: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """An error as the client wants it."""
    if wants_fhir(request):
        body, media_type = outcome("error", code, detail, place), FHIR_JSON
    else:
        body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
        body |= {"detail": detail, "instance": request.url.path, "code": code}
        if kind is not None:
            body["error"] = kind
        if place is not None:
            body["place"] = place
        media_type = PROBLEM_JSON
    return Response(orjson.dumps(body), status, headers, media_type)


def outcome(severity: str, code: str, text: str, place: str | None = None) -> dict[str, Any]:
    """An OperationOutcome with one issue; `place` becomes its expression when it is a path."""
    issue: dict[str, Any] = {"severity": severity, "code": code, "details": {"text": text}}
    if place is not None:
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.\[\]]*", place):
            issue["expression"] = [place]
        else:
            issue["diagnostics"] = place
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def install(app: FastAPI) -> None:
    """Handle all errors of an application."""
    app.add_exception_handler(Case2FhirError, _known)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_middleware(LastResort)


def known(request: Request, error: Case2FhirError) -> Response:
    """The answer to an error of our own."""
    if error.status >= 500:
        logger.error("%s %s: %s: %s", request.method, request.url.path, type(error).__name__, error)
    headers = {"Retry-After": "5"} if error.status == 503 else None
    return answer(
        request,
        error.status,
        error.message,
        code=error.code,
        place=error.place,
        kind=type(error).__name__,
        headers=headers,
    )


async def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, Case2FhirError)
    return known(request, error)


async def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = error.detail
    if error.status_code == 404 and detail == "Not Found":
        detail = "no such address; see /docs"
    headers = dict(error.headers) if error.headers else None
    code = _CODES.get(error.status_code, "invalid")
    return answer(request, error.status_code, detail, code=code, headers=headers)


async def _invalid(request: Request, error: Exception) -> Response:
    """A parameter or body that does not follow the schema; its content is not repeated."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    reason = str(first["msg"])
    return answer(request, 422, reason, code="invalid", place=place, kind="InvalidRequest")


class LastResort:
    """Answers 500 for a bug, and logs its kind and place without the words of its message."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def note_start(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, note_start)
        except Exception as error:  # noqa: BLE001 - the boundary of the service: whatever a bug
            # raises is answered and logged without its message, which may hold clinical text
            place = place_of(error)
            logger.error("%s: %s at %s", scope["path"], type(error).__name__, place)
            if not started:
                request = Request(scope, receive)
                text = f"internal error: {type(error).__name__}"
                await answer(request, 500, text, code="exception", place=place)(
                    scope, receive, send
                )

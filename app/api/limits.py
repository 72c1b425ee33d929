"""Limits on what a client may send, and the count of what was answered."""

from __future__ import annotations

from time import perf_counter

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.metrics import Metrics
from app.api.negotiate import FHIR_JSON
from app.errors import TooLarge
from app.jobs import CASE_MEDIA_TYPE
from app.settings import Settings

_FORM_OVERHEAD = 64 * 1024
_DRAIN = 8
"""A body over the limit is read on (and thrown away) up to this many times the limit, so that
the client, which is still sending, comes to read the answer."""


def body_limit(content_type: str, settings: Settings) -> int:
    """Most bytes of a body: a document's limit, with room for what is wrapped around it."""
    essence = content_type.split(";")[0].strip().lower()
    if essence in (CASE_MEDIA_TYPE, FHIR_JSON):  # text, its facts, and base64 of the original
        return 4 * settings.max_document_bytes + 1_000_000
    if essence.startswith("multipart/"):
        return settings.max_document_bytes + _FORM_OVERHEAD
    return settings.max_document_bytes


class BodyLimit:
    """Stops reading a body where it goes over its limit."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        headers = Headers(scope=scope)
        kind = headers.get("content-type", "")
        if path.startswith("/fhir") and "json" in kind:
            kind = FHIR_JSON
        elif scope["method"] == "PUT":
            kind = CASE_MEDIA_TYPE
        limit = body_limit(kind, self.settings)
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            if message["type"] == "http.request":
                read += len(message.get("body", b""))
                if read > limit:
                    while message.get("more_body") and read <= _DRAIN * limit:
                        message = await receive()
                        read += len(message.get("body", b""))
                    raise TooLarge(f"the body is larger than {limit} bytes", place="body")
            return message

        await self.app(scope, limited, send)


class Counted:
    """Counts requests and their durations by route."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begin = perf_counter()
        status = 500

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, note_status)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if len(scope["method"]) < 8 else "other"
            self.metrics.count(
                "case2fhir_requests_total", route=route, method=method, status=str(status)
            )
            self.metrics.time("case2fhir_request_seconds", perf_counter() - begin, route=route)

"""The HTTP service."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from app.api import cases, deliveries, errors, evidence, examples, fhir, system, well_known
from app.api.limits import BodyLimit, Counted
from app.api.metrics import Metrics
from app.api.service import Service
from app.settings import Settings, get_settings
from app.version import __version__
from app.workers import ConverterFactory, load_converter

__all__ = ["create_app"]

_DESCRIPTION = """Clinical case reports in, valid and coded FHIR bundles out.

Errors are an OperationOutcome under `/fhir` and when FHIR was asked for, problem JSON (RFC 9457)
elsewhere."""


def create_app(
    settings: Settings | None = None, *, factory: ConverterFactory = load_converter
) -> FastAPI:
    """The application. It opens store and workers when it starts and closes them when it stops;
    `factory` makes the converter of a worker process.

    Starting raises ConfigurationError for settings, targets or mappings that cannot be used.
    """
    settings = settings or get_settings()
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service = await run_in_threadpool(Service, settings, metrics, factory)
        service.outbox.start()
        app.state.service = service
        try:
            yield
        finally:
            await run_in_threadpool(service.close)

    app = FastAPI(
        title="case2fhir",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        responses=examples.EVERYWHERE,
        **_quiet(),
    )
    app.get("/", include_in_schema=False)(system.index)
    for part in (cases, deliveries, evidence, fhir, system, well_known):
        app.include_router(part.router)
    errors.install(app)
    app.add_middleware(BodyLimit, settings=settings)
    app.add_middleware(Counted, metrics=metrics)
    return app


def _quiet() -> dict[str, Any]:
    """Switches off FastAPI's own telemetry, which would record bodies and messages, and so
    clinical text; versions before 0.165 do not have it."""
    if "telemetry" not in inspect.signature(FastAPI.__init__).parameters:
        return {}
    return {"telemetry": {"logs": False, "tracing": False, "metrics": False}}

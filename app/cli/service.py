"""`serve`."""

from __future__ import annotations

from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port.")] = 8000,
    workers: Annotated[
        int,
        typer.Option("--workers", min=1, max=64, help="Service processes that share the port."),
    ] = 1,
) -> None:
    """Start the HTTP service. Documents are converted in processes of their own, as many as
    CASE2FHIR_WORKERS says (default: one for each core), shared among the service processes."""
    import uvicorn

    from app import delivery
    from app.settings import get_settings, share_with_children
    from app.store import Store

    settings = get_settings()
    delivery.load(settings)  # wrong configuration is said in one line, before anything starts
    Store(settings).close()
    if workers > 1:
        share_with_children(workers=str(max(1, settings.workers // workers)))
    try:
        uvicorn.run(
            "app.api.startup:application",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            lifespan="on",
            log_level="info",
            timeout_graceful_shutdown=10,
            server_header=False,
        )
    except SystemExit as stop:  # it has said why
        raise typer.Exit(2 if stop.code else 0) from None


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(serve)

"""The service as uvicorn starts it: wrong configuration is said in one line."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import create_app
from app.errors import Case2FhirError


def application() -> ASGIApp:
    """The application for a server process, with the settings of the environment."""
    return OneLineStartup(create_app())


class OneLineStartup:
    """Replaces the traceback of a start that failed by the error itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        failed: list[Message] = []

        async def hold_back(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                failed.append(message)
            else:
                await send(message)

        try:
            await self.app(scope, receive, hold_back)
        except Case2FhirError as error:
            await send({"type": "lifespan.startup.failed", "message": f"case2fhir: {error}"})
            return
        for message in failed:
            await send(message)

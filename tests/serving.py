"""A service on a free port of this machine, as users run it, for tests."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic, sleep

import httpx
import uvicorn
from fastapi import FastAPI


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(app: FastAPI) -> Iterator[httpx.Client]:
    """uvicorn in a thread, and a client whose addresses are relative to it."""
    config = uvicorn.Config(app, host="127.0.0.1", port=free_port(), log_level="warning")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    end = monotonic() + 60
    while not server.started:
        assert thread.is_alive(), "the service did not start"
        assert monotonic() < end, "the service took too long to start"
        sleep(0.02)
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{config.port}", timeout=60, trust_env=False
        ) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(timeout=30)

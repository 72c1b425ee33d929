"""A service in a process of its own that can be killed, on a database shared with others."""

from __future__ import annotations

import multiprocessing
import os
import socket
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import uvicorn

from app import workers
from app.api import create_app
from app.settings import Settings, get_settings
from app.workers import ConverterFactory
from tests.serving import free_port
from tests.stand_in import stand_in

# services are forked from a process that has read the program already: what is tried here is
# not how long Python takes to import it
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.integration.instance"])


class InProcess:
    """A worker of the pool without a process of its own: the conversion is quick here, and a
    process that is killed a moment later is not worth its start."""

    def __init__(self, settings: Settings, factory: ConverterFactory) -> None:
        self._converter = factory(settings)

    def call(self, job: Callable[[Any], Any], timeout: float) -> Any:
        return job(self._converter)

    def start(self) -> None:
        """Nothing to start."""

    kill = stop = start


def serve(folder: Path, port: int, log: Path) -> None:
    """The service, with the quick stand-in for the conversion, until it is killed."""
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(written, stream)
    os.chdir(folder)
    os.environ |= {
        "CASE2FHIR_DATABASE_URL": f"sqlite:///{folder / 'cases.db'}",
        "CASE2FHIR_TARGETS_FILE": str(folder / "targets.toml"),
        "CASE2FHIR_WORKERS": "1",
        "CASE2FHIR_DELIVERY_LEASE_SECONDS": "1",
    }
    get_settings.cache_clear()
    workers.Worker = InProcess  # type: ignore[assignment,misc]
    uvicorn.run(create_app(factory=stand_in), port=port, log_level="warning")


class Instance:
    """One service process on the shared database."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name, self.port = folder, name, free_port()
        self.log = folder / f"{name}.log"
        self.process: Any = None

    def start(self) -> None:
        self.process = _PROCESSES.Process(target=serve, args=(self.folder, self.port, self.log))
        self.process.start()

    def kill(self) -> None:
        """As `kill -9` does."""
        if self.process is not None:
            self.process.kill()
            self.process.join()

    def ready(self, seconds: float) -> bool:
        """Whether it takes connections within so many seconds."""
        end = monotonic() + seconds
        while monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return True
            except OSError:
                sleep(0.05)
        return False

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

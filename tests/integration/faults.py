"""A proxy on loopback that does to answers what networks and busy servers do."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from time import sleep
from typing import Any
from urllib.parse import urlsplit

FAULTS = (
    "lost",  # the server worked, its answer never comes
    "late",  # the answer comes after the client has given up
    "cut",  # half of the body, then the connection is closed
    "html",  # 200 with a page of some gateway
    "type",  # a good answer with a wrong content type
    "close",  # closed before the server saw the request
    "429",
    "500",
    "503",
)


class Proxy(ThreadingHTTPServer):
    """Passes requests on to one server; for a share of them something goes wrong."""

    daemon_threads = True

    def __init__(self, to: str, share: float, seed: int, late_seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.to = urlsplit(to)
        self.late_seconds = late_seconds
        self.done: Counter[str] = Counter()
        self._share = share
        self._random = random.Random(seed)
        self._lock = Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{self.to.path}"

    def fault(self) -> str | None:
        with self._lock:
            bad = self._random.random() < self._share
            fault = self._random.choice(FAULTS) if bad else None
            self.done[fault or "passed"] += 1
            return fault

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that have gone are no news here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.server.fault()
        if fault in ("429", "500", "503"):
            after = {"Retry-After": "1"} if fault == "429" else {}
            self._answer(int(fault), after, b"<html>busy</html>")
            return
        if fault == "close":
            self.close_connection = True
            return
        answer = self._asked(body)
        if answer is None:  # the server is down
            self._answer(502, {}, b"")
            return
        status, headers, content = answer
        if fault == "lost":
            self.close_connection = True
        elif fault == "late":
            sleep(self.server.late_seconds)
            self.close_connection = True
        elif fault == "html":
            self._answer(200, {"Content-Type": "text/html"}, b"<html>Welcome</html>")
        elif fault == "type":
            self._answer(status, {**headers, "Content-Type": "text/plain"}, content)
        elif fault == "cut":
            self._answer(status, headers, content[: len(content) // 2], length=len(content))
            self.close_connection = True
        else:
            self._answer(status, headers, content)

    def _asked(self, body: bytes) -> tuple[int, dict[str, str], bytes] | None:
        keep = ("Content-Type", "Accept", "Prefer", "If-Match", "Authorization")
        headers = {k: self.headers[k] for k in keep if k in self.headers}
        connection = HTTPConnection(self.server.to.hostname or "", self.server.to.port, timeout=60)
        try:
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            kept = ("Content-Type", "ETag", "Location", "Last-Modified")
            found = {k: v for k in kept if (v := answer.getheader(k)) is not None}
            return answer.status, found, answer.read()
        except OSError:
            return None
        finally:
            connection.close()

    def _answer(
        self, status: int, headers: dict[str, str], body: bytes, length: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = _pass  # noqa: N815 - the names of http.server

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def faulty(to: str, share: float, *, seed: int = 1, late_seconds: float = 3.0) -> Iterator[Proxy]:
    """A running proxy before the server at `to`."""
    with Proxy(to, share, seed, late_seconds) as proxy:
        thread = Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()

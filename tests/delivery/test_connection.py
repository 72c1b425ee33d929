"""What connections go where: the target's own host, at an address that may be called."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from app.delivery.client import Client, retry_after, wait_before
from app.errors import ConfigurationError, DeliveryError
from tests.delivery.servers import target


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.seen.append((self.headers["Host"], self.path))  # type: ignore[attr-defined]
        if self.path.endswith("/elsewhere"):
            self.send_response(307)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"resourceType": "CapabilityStatement"}')

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.seen = []  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


def _named(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def resolve(_: Any, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_the_connection_goes_to_the_address_that_was_checked(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = server.server_address[1]
    _named(monkeypatch, "127.0.0.1")
    with Client(target(base_url=f"http://fhir.test:{port}/r4")) as client:
        assert client.capability_statement() == {"resourceType": "CapabilityStatement"}
    assert server.seen == [(f"fhir.test:{port}", "/r4/metadata")]  # type: ignore[attr-defined]


def test_a_name_that_leads_to_a_metadata_service_is_not_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _named(monkeypatch, "203.0.113.5", "169.254.169.254")
    with (
        Client(target(base_url="http://fhir.test/r4")) as client,
        pytest.raises(ConfigurationError, match="never called"),
    ):
        client.capability_statement()


def test_a_redirect_is_not_followed(server: ThreadingHTTPServer) -> None:
    port = server.server_address[1]
    with (
        Client(target(base_url=f"http://127.0.0.1:{port}/r4")) as client,
        pytest.raises(DeliveryError, match=r"redirect to 169\.254\.169\.254"),
    ):
        client.call("GET", "elsewhere")
    assert len(server.seen) == 1  # type: ignore[attr-defined]


def test_how_long_to_wait() -> None:
    assert retry_after("12") == 12
    assert retry_after("soon") is None
    assert retry_after(None) is None
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    asked = target(backoff_seconds=2, max_backoff_seconds=30)
    assert [wait_before(asked, n, None) for n in (1, 2, 3, 9, 2000)] == [2, 4, 8, 30, 30]
    assert wait_before(asked, 1, 9.0) == 9
    assert wait_before(asked, 1, 999.0) == 30

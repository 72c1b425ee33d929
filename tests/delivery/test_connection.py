"""What connections go where: the target's own host, at an address that may be called."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest

from app.delivery.client import Client, retry_after, wait_before
from app.delivery.errors import NoAnswer
from app.delivery.secret import Secret
from app.errors import ConfigurationError, DeliveryError
from tests.delivery.servers import target


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.server.seen.append((self.headers["Host"], self.path))  # type: ignore[attr-defined]
        if self.path.endswith("/elsewhere"):
            self.send_response(307)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
            self.end_headers()
            return
        self.send_response(200)
        if self.path.endswith("/packed"):  # a hundred megabytes in one
            self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(gzip.compress(bytes(101_000_000), 1))
            return
        self.end_headers()
        if self.path.endswith("/slow"):
            with suppress(OSError):
                for _ in range(100):
                    self.wfile.write(b" ")
                    self.wfile.flush()
                    sleep(0.05)
            return
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


def test_a_name_that_answers_differently_the_second_time_gains_nothing(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: one look-up for one connection, and what it says is what is called."""
    port, answers = server.server_address[1], ["127.0.0.1", "169.254.169.254", "127.0.0.1"]
    asked = []

    def resolve(host: Any, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        if host != "fhir.test":  # the connection itself: an address, not a name
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with Client(target(base_url=f"http://fhir.test:{port}/r4")) as client:
        client.capability_statement()
        with pytest.raises(ConfigurationError, match="never called"):
            client.capability_statement()
        client.capability_statement()
    assert asked.count("fhir.test") == 3
    assert len(server.seen) == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "host",
    [
        "2852039166",  # 169.254.169.254 as one number, in hexadecimal, octal, short
        "0xa9fea9fe",
        "169.254.43518",
        "[::ffff:a9fe:a9fe]",
        "[::169.254.169.254]",
        "[2002:a9fe:a9fe::1]",
        "[64:ff9b::169.254.169.254]",
        "[64:ff9b:1::a9fe:a9fe]",
        "[fe80::1%25lo]",
        "0",
    ],
)
def test_other_ways_to_write_such_an_address(host: str) -> None:
    with (
        Client(target(base_url=f"http://{host}/r4", connect_timeout_seconds=1)) as client,
        pytest.raises(ConfigurationError, match="never called"),
    ):
        client.capability_statement()


def test_a_token_endpoint_is_looked_at_as_well(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("something-secret")
    to = target(
        base_url="http://127.0.0.1:9/r4",
        auth="client-credentials",
        client_id="us",
        token_url="http://2852039166/token",
        secret=Secret(file=secret),
    )
    with Client(to) as client, pytest.raises(ConfigurationError, match="never called"):
        client.capability_statement()


def test_the_next_address_of_a_name_is_tried(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = server.server_address[1]
    monkeypatch.setattr("app.delivery.addresses._resolve", lambda *_: ["127.0.0.2", "127.0.0.1"])
    with Client(target(base_url=f"http://fhir.test:{port}/r4")) as client:
        assert client.capability_statement() == {"resourceType": "CapabilityStatement"}


def test_an_answer_that_comes_byte_by_byte_is_not_waited_for(server: ThreadingHTTPServer) -> None:
    port, begin = server.server_address[1], monotonic()
    with (
        Client(target(base_url=f"http://127.0.0.1:{port}/r4", timeout_seconds=0.5)) as client,
        pytest.raises(NoAnswer, match="no whole answer within"),
    ):
        client.call("GET", "slow")
    assert monotonic() - begin < 4


def test_an_answer_that_is_huge_when_unpacked_is_not_read(server: ThreadingHTTPServer) -> None:
    port = server.server_address[1]
    with (
        Client(target(base_url=f"http://127.0.0.1:{port}/r4", timeout_seconds=60)) as client,
        pytest.raises(NoAnswer, match="longer than 100,000,000 bytes"),
    ):
        client.call("GET", "packed")


def test_how_long_to_wait() -> None:
    assert retry_after("12") == 12
    assert retry_after("soon") is None
    assert retry_after(None) is None
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    asked = target(backoff_seconds=2, max_backoff_seconds=30)
    assert [wait_before(asked, n, None) for n in (1, 2, 3, 9, 2000)] == [2, 4, 8, 30, 30]
    assert wait_before(asked, 1, 9.0) == 9
    assert wait_before(asked, 1, 999.0) == 30

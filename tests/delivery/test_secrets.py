"""Attacks on what must stay secret: servers that repeat it, errors, logs, the database."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from app import delivery
from app.delivery.outbox import Outbox
from app.delivery.secret import Secret
from app.errors import ConfigurationError, DeliveryError
from app.store import Store
from tests.delivery.memory import Memory
from tests.delivery.servers import entry, target, transaction
from tests.store.test_store import read, settings

TOKEN_URL = "https://auth.test/token"
VALUE = "correct-horse-battery-staple"
VARIABLE = "A_SECRET_OF_THE_TESTS"


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Secret:
    monkeypatch.setenv(VARIABLE, VALUE)
    return Secret(variable=VARIABLE)


def repeating(request: httpx.Request) -> httpx.Response:
    """A server that says back whatever it was sent, everywhere."""
    if request.url.path.endswith("/metadata"):
        return Memory().handle(request)
    said = f"not for {request.headers.get('Authorization')} {VALUE}"
    issue = {"severity": "error", "code": "security", "diagnostics": said, "expression": [said]}
    outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
    headers = {"ETag": f'W/"{VALUE}"', "Location": f"https://other.test/{VALUE}"}
    return httpx.Response(403, json=outcome, headers=headers)


def settings_of(auth: str, secret: Secret) -> dict[str, Any]:
    more = {"username": "us"} if auth == "basic" else {}
    return {"auth": auth, "secret": secret, **more}


@pytest.mark.parametrize("auth", ["bearer", "basic"])
def test_what_a_server_repeats_is_neither_shown_nor_stored(
    auth: str, secret: Secret, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    store = Store(settings(tmp_path))
    case, _ = store.cases.add(read(b"a report"))
    to = target(**settings_of(auth, secret))
    outbox = Outbox(
        store,
        {"test": to},
        lambda *_: transaction(entry("a")),
        threads=0,
        transport=httpx.MockTransport(repeating),
    )
    made = store.deliveries.add(case.id, 1, "test")
    outbox.make_one(made.id)
    found = store.deliveries.get(made.id)
    outbox.stop()
    store.close()
    assert found.error is not None
    assert "not for" in found.error
    assert "[secret]" in found.error
    written = b"".join(p.read_bytes() for p in tmp_path.iterdir() if p.is_file())
    coded = "dXM6Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5LXN0YXBsZQ=="
    for text in (str(found), repr(to), caplog.text, written.decode("latin-1")):
        assert VALUE not in text
        assert coded not in text


@pytest.mark.parametrize("way", ["basic", "post"])
@pytest.mark.parametrize("status", [200, 302, 400, 503])
def test_a_token_endpoint_that_repeats_the_secret(way: str, status: int, secret: Secret) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == TOKEN_URL  # nothing else is called
        said = {"error": VALUE, "error_description": request.content.decode()}
        return httpx.Response(status, json=said, headers={"Location": "https://other.test/"})

    to = target(
        auth="client-credentials",
        client_id="us",
        client_auth=way,
        token_url=TOKEN_URL,
        secret=secret,
    )
    with pytest.raises(DeliveryError, match=f"gives no token: answers {status}") as caught:
        delivery.send(transaction(entry("a")), to, transport=httpx.MockTransport(handle))
    assert VALUE not in str(caught.value)


@pytest.mark.parametrize("value", ["two\nlines-of-it", "caf\u00e9-secret", "with space"])
def test_a_token_that_no_header_can_hold_is_said_without_it(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, value)
    to = target(auth="bearer", secret=Secret(variable=VARIABLE))
    with pytest.raises(ConfigurationError, match="one line of ASCII") as caught:
        delivery.send(transaction(entry("a")), to, transport=Memory().transport())
    assert value not in str(caught.value)
    assert caught.value.place == VARIABLE


def test_an_access_token_that_would_add_a_header_is_refused(secret: Secret) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == TOKEN_URL
        return httpx.Response(200, json={"access_token": "x\r\nX-Evil: 1", "token_type": "bearer"})

    to = target(auth="client-credentials", client_id="us", token_url=TOKEN_URL, secret=secret)
    with pytest.raises(DeliveryError, match="gives no token"):
        delivery.send(transaction(entry("a")), to, transport=httpx.MockTransport(handle))


def test_an_access_token_that_is_repeated_is_hidden(secret: Secret) -> None:
    token = "an-access-token-of-the-server"

    def handle(request: httpx.Request) -> httpx.Response:
        if str(request.url) == TOKEN_URL:
            return httpx.Response(200, json={"access_token": token, "token_type": "bearer"})
        return repeating(request)

    to = target(auth="client-credentials", client_id="us", token_url=TOKEN_URL, secret=secret)
    receipt = delivery.send(transaction(entry("a")), to, transport=httpx.MockTransport(handle))
    assert "not for Bearer [secret] [secret]" in str(receipt)
    assert token not in str(receipt)
    assert VALUE not in str(receipt)


def test_secrets_leave_only_with_requests_to_their_own_place(secret: Secret) -> None:
    seen: list[tuple[str, bool]] = []
    server = Memory()

    def handle(request: httpx.Request) -> httpx.Response:
        everything = str(request.url) + str(request.headers) + request.content.decode("latin-1")
        seen.append((request.url.host, VALUE in everything))
        if str(request.url) == TOKEN_URL:
            return httpx.Response(200, json={"access_token": "a-token-of-it"})
        return server.handle(request)

    to = target(
        auth="client-credentials",
        client_id="us",
        client_auth="post",
        token_url=TOKEN_URL,
        secret=secret,
    )
    assert delivery.send(transaction(entry("a")), to, transport=httpx.MockTransport(handle)).ok
    assert set(seen) == {("auth.test", True), ("fhir.test", False)}
    assert VALUE not in orjson.dumps(server.resources).decode()

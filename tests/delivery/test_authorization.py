"""OAuth and SMART Backend Services, before a token endpoint that checks everything."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest
from joserfc.jwk import ECKey, RSAKey

from app import delivery
from app.delivery.authorization import private_key, public_keys
from app.delivery.secret import Secret
from app.errors import ConfigurationError, DeliveryError
from tests.delivery.endpoint import TOKEN_URL, Endpoint, backend, pem
from tests.delivery.memory import Memory
from tests.delivery.servers import BASE, entry, target, transaction


@pytest.mark.parametrize("algorithm", ["RS384", "ES384"])
def test_the_assertion_is_what_smart_asks_for(tmp_path: Path, algorithm: str) -> None:
    to = backend(pem(tmp_path, algorithm), algorithm)
    endpoint = Endpoint(public_keys([to]))
    for _ in range(2):  # a new assertion each time: its jti is not used again
        sent = delivery.send(
            transaction(entry("a"), entry("b", "a")),
            to,
            transport=httpx.MockTransport(endpoint.handle),
        )
        assert sent.ok
    assert endpoint.refusals == []
    assert len(endpoint.used) == 2


def test_a_token_that_ends_on_the_way_is_replaced(tmp_path: Path) -> None:
    to = backend(pem(tmp_path, "ES384"), "ES384", max_entries=1)
    endpoint = Endpoint(public_keys([to]), ends_after=3)
    bundle = transaction(*(entry(n) for n in "abcdef"))
    assert delivery.send(bundle, to, transport=httpx.MockTransport(endpoint.handle)).ok
    assert len(endpoint.tokens) == 2
    assert set(endpoint.memory.resources) == {f"Basic/{n}" for n in "abcdef"}
    assert set(endpoint.memory.versions.values()) == {1}


def test_a_token_is_renewed_before_it_ends(tmp_path: Path) -> None:
    to = backend(pem(tmp_path, "ES384"), "ES384")
    endpoint = Endpoint(public_keys([to]), expires_in=1)
    with delivery.Client(to, transport=httpx.MockTransport(endpoint.handle)) as client:
        client.capability_statement()
        time.sleep(1.05)
        client.capability_statement()
    assert len(endpoint.tokens) == 2


def test_another_key_is_refused(tmp_path: Path) -> None:
    registered = backend(pem(tmp_path, "RS384"), "RS384")
    other = backend(pem(tmp_path, "RS384", "other.pem"), "RS384")
    endpoint = Endpoint(public_keys([registered]))
    with pytest.raises(DeliveryError, match="gives no token: answers 400"):
        delivery.send(
            transaction(entry("a")), other, transport=httpx.MockTransport(endpoint.handle)
        )
    assert endpoint.refusals == ["signature"]
    assert endpoint.memory.resources == {}


def test_a_server_that_knows_no_token_of_ours_gets_one_more_and_no_third(tmp_path: Path) -> None:
    to = backend(pem(tmp_path, "ES384"), "ES384", attempts=5)
    endpoint = Endpoint(public_keys([to]), lives=0)
    with pytest.raises(DeliveryError, match="answers 401"):
        delivery.send(transaction(entry("a")), to, transport=httpx.MockTransport(endpoint.handle))
    assert len(endpoint.tokens) == 2


@pytest.mark.parametrize("way", ["basic", "post"])
def test_client_credentials(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET_OF_THE_TESTS", "s3cret")
    to = target(
        auth="client-credentials",
        client_id="us",
        token_url=TOKEN_URL,
        client_auth=way,
        scope="system/*.write",
        secret=Secret(variable="A_SECRET_OF_THE_TESTS"),
    )
    server, seen = Memory(), []

    def handle(request: httpx.Request) -> httpx.Response:
        if str(request.url) == TOKEN_URL:
            seen.append((request.headers.get("Authorization"), request.content.decode()))
            return httpx.Response(200, json={"access_token": "t", "token_type": "Bearer"})
        assert request.headers["Authorization"] == "Bearer t"
        return server.handle(request)

    assert delivery.send(transaction(entry("a")), to, transport=httpx.MockTransport(handle)).ok
    ((authorization, form),) = seen
    assert "grant_type=client_credentials" in form
    if way == "basic":
        assert authorization == "Basic dXM6czNjcmV0"
        assert "s3cret" not in form
    else:
        assert authorization is None
        assert "client_secret=s3cret" in form


def test_the_published_keys_are_public(tmp_path: Path) -> None:
    targets = [backend(pem(tmp_path, a, a), a) for a in ("RS384", "ES384")]
    published = public_keys([*targets, target(), targets[0]])
    assert len(published["keys"]) == 2
    for key in published["keys"]:
        assert not {"d", "p", "q", "dp", "dq", "qi"} & set(key)
        assert key["use"] == "sig"
        assert key["kid"]
    assert public_keys(targets) == published


def test_a_key_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    rsa = pem(tmp_path, "RS384")
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no key at all")
    public = tmp_path / "public.pem"
    public.write_bytes(RSAKey.import_key(rsa.read_text()).as_pem(private=False))
    small = tmp_path / "curve.pem"
    small.write_bytes(ECKey.generate_key("P-256").as_pem(private=True))
    for file, algorithm, reason in (
        (rsa, "ES384", "not a private key for ES384"),
        (wrong, "RS384", "not a private key for RS384"),
        (public, "RS384", "public key"),
        (small, "ES384", "P-384"),
    ):
        with pytest.raises(ConfigurationError, match=reason) as caught:
            private_key(backend(file, algorithm))
        assert "no key at all" not in str(caught.value)


def test_a_bearer_token_goes_to_the_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN_OF_THE_TESTS", "abc")
    server, seen = Memory(), set()

    def handle(request: httpx.Request) -> httpx.Response:
        seen.add(request.headers["Authorization"])
        assert str(request.url).startswith(BASE)
        return server.handle(request)

    to = target(auth="bearer", secret=Secret(variable="A_TOKEN_OF_THE_TESTS"))
    delivery.send(transaction(entry("a")), to, transport=httpx.MockTransport(handle))
    assert seen == {"Bearer abc"}

"""SMART Backend Services: what the token endpoint of these tests checks, and that we give it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from app import delivery
from app.api import create_app
from app.delivery.authorization import assertion, private_key, public_keys
from app.settings import Settings
from tests.delivery.endpoint import TOKEN_URL, Endpoint, backend, pem
from tests.delivery.servers import BASE, entry, transaction
from tests.serving import running
from tests.stand_in import stand_in


def asked(endpoint: Endpoint, key: Any, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """What the endpoint says to a request with an assertion of such a header and claims."""
    form = {
        "grant_type": "client_credentials",
        "scope": "system/*.cruds",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(header, claims, key, algorithms=[header["alg"]]),
    }
    return endpoint.problem(httpx.Request("POST", TOKEN_URL, data=form)) or "taken"


@pytest.mark.parametrize("algorithm", ["RS384", "ES384"])
def test_the_endpoint_of_these_tests_checks_everything(tmp_path: Path, algorithm: str) -> None:
    """Each thing that is wrong in an otherwise good assertion is what it refuses."""
    to = backend(pem(tmp_path, algorithm), algorithm)
    key, other = private_key(to), private_key(backend(pem(tmp_path, algorithm, "o"), algorithm))
    endpoint, now = Endpoint(public_keys([to])), int(time.time())
    header = {"alg": algorithm, "kid": key.kid, "typ": "JWT"}
    good = {"iss": "us", "sub": "us", "aud": TOKEN_URL, "exp": now + 200, "jti": "1"}
    assert asked(endpoint, key, header, good) == "taken"
    changes: list[tuple[dict[str, Any], str]] = [
        ({}, "jti"),  # the same again
        ({"jti": ""}, "jti"),
        ({"aud": f"{BASE}/", "jti": "2"}, "aud"),
        ({"exp": now - 1, "jti": "3"}, "exp"),
        ({"exp": now + 3600, "jti": "4"}, "exp"),
        ({"sub": "them", "jti": "5"}, "iss"),
        ({"iss": "them", "jti": "6"}, "iss"),
    ]
    for changed, problem in changes:
        assert asked(endpoint, key, header, {**good, **changed}) == problem, changed
    fresh = {**good, "jti": "7"}
    assert asked(endpoint, other, header, fresh) == "signature"
    assert asked(endpoint, other, {**header, "kid": "unknown"}, fresh) == "signature"
    assert asked(endpoint, key, {**header, "typ": "at+jwt"}, fresh) == "typ"
    assert asked(endpoint, key, header, fresh) == "taken"


@pytest.mark.parametrize("algorithm", ["RS384", "ES384"])
def test_every_assertion_has_what_the_endpoint_checks(tmp_path: Path, algorithm: str) -> None:
    to = backend(pem(tmp_path, algorithm), algorithm, key_id="our-key")
    keys = KeySet.import_key_set(public_keys([to]))  # type: ignore[arg-type]
    seen = set()
    for _ in range(3):
        token = jwt.decode(assertion(to), keys, algorithms=[algorithm])
        assert token.header == {"alg": algorithm, "kid": "our-key", "typ": "JWT"}
        assert token.claims["iss"] == token.claims["sub"] == "us"
        assert token.claims["aud"] == TOKEN_URL
        assert time.time() < token.claims["exp"] <= time.time() + 300
        seen.add(token.claims["jti"])
    assert len(seen) == 3


@pytest.mark.parametrize("algorithm", ["RS384", "ES384"])
def test_the_keys_that_the_service_publishes_are_those_it_signs_with(
    tmp_path: Path, algorithm: str
) -> None:
    """As a server does that was given our address to look the keys up at."""
    key = pem(tmp_path, algorithm)
    file = tmp_path / "targets.toml"
    file.write_text(
        f'[targets.test]\nbase_url = "https://fhir.test/r4"\nfhir_version = "4.0"\n'
        f'auth = "smart-backend"\nclient_id = "us"\ntoken_url = "{TOKEN_URL}"\n'
        f'key_file = "{key.name}"\nalgorithm = "{algorithm}"\n'
    )
    database = f"sqlite:///{tmp_path / 'cases.db'}"
    settings = Settings(_env_file=None, targets_file=file, database_url=database)
    with running(create_app(settings, factory=stand_in)) as client:
        answer = client.get("/.well-known/jwks.json")
    assert answer.headers["Content-Type"] == "application/json"
    endpoint = Endpoint(answer.json())
    receipt = delivery.send(
        transaction(entry("a")),
        delivery.load(settings)["test"],
        transport=httpx.MockTransport(endpoint.handle),
    )
    assert receipt.ok
    assert endpoint.refusals == []

"""A token endpoint as SMART Backend Services describes it, which checks everything, and keys."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from app import delivery
from app.delivery.secret import Secret
from tests.delivery.memory import Memory
from tests.delivery.servers import refused, target

TOKEN_URL = "https://auth.test/token"


@dataclass
class Endpoint:
    """A token endpoint as SMART Backend Services describes it, and the server behind it."""

    keys: Any
    client_id: str = "us"
    lives: float = 300
    memory: Memory = field(default_factory=Memory)
    tokens: dict[str, float] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    refusals: list[str] = field(default_factory=list)
    ends_after: int | None = None
    expires_in: Any = 300

    def handle(self, request: httpx.Request) -> httpx.Response:
        if str(request.url) == TOKEN_URL:
            problem = self.problem(request)
            if problem:
                self.refusals.append(problem)
                return httpx.Response(400, json={"error": "invalid_client"})
            token = f"token-{len(self.tokens)}"
            self.tokens[token] = time.monotonic() + self.lives
            return httpx.Response(
                200,
                json={"access_token": token, "token_type": "bearer", "expires_in": self.expires_in},
            )
        assert request.url.host == "fhir.test"
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0) < time.monotonic():
            return refused(401, "no valid token")
        if self.ends_after is not None:
            self.ends_after -= 1
            if self.ends_after < 0:  # the token ends in the middle of the delivery
                self.tokens[token], self.ends_after = 0, None
                return refused(401, "the token has ended")
        return self.memory.handle(request)

    def problem(self, request: httpx.Request) -> str | None:
        form = {k: v[0] for k, v in parse_qs(request.content.decode()).items()}
        if form.get("grant_type") != "client_credentials" or not form.get("scope"):
            return "form"
        if form.get("client_assertion_type") != (
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        ):
            return "type"
        try:
            token = jwt.decode(
                form["client_assertion"],
                KeySet.import_key_set(self.keys),
                algorithms=["RS384", "ES384"],
            )
        except (JoseError, ValueError):
            return "signature"
        claims = token.claims
        if token.header.get("typ") != "JWT":
            return "typ"
        if claims.get("iss") != self.client_id or claims.get("sub") != self.client_id:
            return "iss"
        if claims.get("aud") != TOKEN_URL:
            return "aud"
        if not time.time() < claims.get("exp", 0) <= time.time() + 300:
            return "exp"
        if not claims.get("jti") or claims["jti"] in self.used:
            return "jti"
        self.used.add(claims["jti"])
        return None


def pem(folder: Path, algorithm: str, name: str = "key.pem") -> Path:
    key: RSAKey | ECKey = (
        RSAKey.generate_key(2048) if algorithm == "RS384" else ECKey.generate_key("P-384")
    )
    path = folder / name
    path.write_bytes(key.as_pem(private=True))
    return path


def backend(key: Path, algorithm: str, **settings: Any) -> delivery.Target:
    return target(
        auth="smart-backend",
        client_id="us",
        token_url=TOKEN_URL,
        secret=Secret(file=key),
        algorithm=algorithm,
        **settings,
    )

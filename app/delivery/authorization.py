"""How requests to a target are authorized, and the public keys that servers check us by.

OAuth 2.0 client credentials (RFC 6749, 4.4) and SMART Backend Services (SMART App Launch 2.2,
"Backend Services": a JWT signed with our private key, RFC 7523, at most five minutes valid and
never used twice). Tokens are kept in memory only.
"""

from __future__ import annotations

import re
import time
from base64 import b64encode
from collections.abc import Iterable
from threading import Lock
from typing import Any
from uuid import uuid4

import httpx
import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from app.delivery.errors import MayPass
from app.delivery.response import read
from app.delivery.targets import Target
from app.errors import ConfigurationError, DeliveryError

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 240  # SMART: at most five minutes
_EARLY_SECONDS = 30.0  # a token is renewed this long before it ends
_DEFAULT_SECONDS = 60.0  # of a token whose end is not said
_SCOPE = "system/*.cruds"
_ERROR = re.compile(r"[a-z_]{1,60}")  # of a token endpoint: a word, RFC 6749, 5.2
_TOKEN = re.compile(r"[\x21-\x7e]+")  # RFC 6749, A.12, without the space


class Tokens:
    """The access tokens of one target, asked for when they are needed."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._lock = Lock()
        self._token: str | None = None
        self._until = 0.0

    def header(self, http: httpx.Client) -> str | None:
        """The value of `Authorization`; None for a target that needs none.

        Raises ConfigurationError for a secret or key that cannot be used, DeliveryError when
        the token endpoint refuses.
        """
        target = self._target
        if target.secret is None:
            return None
        if target.auth == "bearer":
            return f"Bearer {target.secret.token()}"
        if target.auth == "basic":
            return basic(target.username or "", target.secret.read())
        with self._lock:
            if self._token is None or time.monotonic() >= self._until:
                self._token, seconds = self._ask(http)
                self._until = time.monotonic() + max(1.0, seconds - _EARLY_SECONDS)
            return f"Bearer {self._token}"

    def secrets(self, authorization: str | None) -> tuple[str, ...]:
        """What must not be read in an answer: what the header holds, and the secret behind it."""
        if authorization is None or self._target.secret is None:
            return ()
        return authorization.split(" ", 1)[1], self._target.secret.read()

    def forget(self) -> bool:
        """Drop the token that a server did not take; whether another one may be asked for."""
        with self._lock:
            had, self._token = self._token, None
        return had is not None

    def _ask(self, http: httpx.Client) -> tuple[str, float]:
        target = self._target
        place = f"target {target.name}, token_url"
        assert target.token_url is not None
        form, headers = {"grant_type": "client_credentials"}, {"Accept": "application/json"}
        if target.auth == "smart-backend":
            form["scope"] = target.scope or _SCOPE
            form["client_assertion_type"] = _ASSERTION
            secret = form["client_assertion"] = assertion(target)
        else:
            assert target.secret is not None
            assert target.client_id is not None
            secret = target.secret.read()
            if target.scope:
                form["scope"] = target.scope
            if target.client_auth == "post":
                form |= {"client_id": target.client_id, "client_secret": secret}
            else:
                headers["Authorization"] = basic(target.client_id, secret)
        request = http.build_request("POST", target.token_url, data=form, headers=headers)
        response = read(
            http, request, seconds=target.timeout_seconds, place=place, secrets=(secret,)
        )
        body = _object(response)
        token = body.get("access_token")
        if not response.is_success or not isinstance(token, str) or not _TOKEN.fullmatch(token):
            reason = body.get("error")
            said = f" ({reason})" if isinstance(reason, str) and _ERROR.fullmatch(reason) else ""
            message = f"gives no token: answers {response.status_code}{said}"
            if response.status_code in (429, 502, 503, 504):
                raise MayPass(message, place=place)
            raise DeliveryError(message, place=place)
        if str(body.get("token_type", "bearer")).lower() != "bearer":
            raise DeliveryError("gives a token of another type than Bearer", place=place)
        try:
            return token, float(body.get("expires_in", _DEFAULT_SECONDS))
        except (TypeError, ValueError):
            return token, _DEFAULT_SECONDS


def basic(name: str, password: str) -> str:
    """The value of `Authorization` for HTTP Basic (RFC 7617, UTF-8)."""
    return f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"


def assertion(target: Target) -> str:
    """A signed statement of who we are, for one request to the token endpoint."""
    key = private_key(target)
    now = int(time.time())
    claims = {
        "iss": target.client_id,
        "sub": target.client_id,
        "aud": target.token_url,
        "iat": now,
        "exp": now + _ASSERTION_SECONDS,
        "jti": str(uuid4()),
    }
    header = {"alg": target.algorithm, "kid": key.kid, "typ": "JWT"}
    return jwt.encode(header, claims, key, algorithms=[target.algorithm])


def private_key(target: Target) -> RSAKey | ECKey:
    """The target's private key with its id; ConfigurationError when it is none."""
    assert target.secret is not None
    place = f"target {target.name}, key"
    kind: type[RSAKey] | type[ECKey] = RSAKey if target.algorithm == "RS384" else ECKey
    try:
        key = kind.import_key(target.secret.read())
    except (JoseError, ValueError, TypeError):
        raise ConfigurationError(
            f"not a private key for {target.algorithm} in PEM form", place=place
        ) from None
    if not key.is_private:
        raise ConfigurationError("this is a public key; the private one is needed", place=place)
    if isinstance(key, ECKey) and key.curve_name != "P-384":
        raise ConfigurationError("ES384 needs a key on the curve P-384", place=place)
    if isinstance(key, RSAKey) and key.raw_value.key_size < 2048:
        raise ConfigurationError("an RSA key needs 2048 bits or more", place=place)
    kid = target.key_id or key.thumbprint()
    return kind.import_key(key.as_dict(private=True), {"kid": kid})


def public_keys(targets: Iterable[Target]) -> dict[str, Any]:
    """The JSON Web Key Set to register with servers: the public half of each key, once."""
    keys: dict[str, dict[str, Any]] = {}
    for target in targets:
        if target.auth == "smart-backend":
            key = private_key(target)
            about = {"use": "sig", "alg": target.algorithm, "key_ops": ["verify"]}
            keys[str(key.kid)] = {**key.as_dict(private=False), **about}
    return {"keys": [keys[kid] for kid in sorted(keys)]}


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}

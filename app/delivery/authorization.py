"""How requests to a target are authorized, and the public keys that servers check us by.

OAuth 2.0 client credentials (RFC 6749, 4.4) and SMART Backend Services (SMART App Launch 2.2,
"Backend Services": a JWT signed with our private key, RFC 7523, at most five minutes valid and
never used twice). Tokens are kept in memory only.
"""

from __future__ import annotations

import time
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
from app.delivery.targets import Target
from app.errors import ConfigurationError, DeliveryError

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_SECONDS = 240  # SMART: at most five minutes
_EARLY_SECONDS = 30.0  # a token is renewed this long before it ends
_DEFAULT_SECONDS = 60.0  # of a token whose end is not said
_SCOPE = "system/*.cruds"


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
            return f"Bearer {target.secret.read()}"
        if target.auth == "basic":
            request = httpx.Request("GET", target.base_url)
            auth = httpx.BasicAuth(target.username or "", target.secret.read())
            return next(auth.auth_flow(request)).headers["Authorization"]
        with self._lock:
            if self._token is None or time.monotonic() >= self._until:
                self._token, seconds = self._ask(http)
                self._until = time.monotonic() + max(1.0, seconds - _EARLY_SECONDS)
            return f"Bearer {self._token}"

    def forget(self) -> bool:
        """Drop the token that a server did not take; whether another one may be asked for."""
        with self._lock:
            had, self._token = self._token, None
        return had is not None

    def _ask(self, http: httpx.Client) -> tuple[str, float]:
        target = self._target
        place = f"target {target.name}, token_url"
        assert target.token_url is not None
        form = {"grant_type": "client_credentials"}
        auth = httpx.Auth()  # adds nothing
        if target.auth == "smart-backend":
            form["scope"] = target.scope or _SCOPE
            form["client_assertion_type"] = _ASSERTION
            form["client_assertion"] = assertion(target)
        else:
            assert target.secret is not None
            assert target.client_id is not None
            if target.scope:
                form["scope"] = target.scope
            if target.client_auth == "post":
                form |= {"client_id": target.client_id, "client_secret": target.secret.read()}
            else:
                auth = httpx.BasicAuth(target.client_id, target.secret.read())
        response = http.post(
            target.token_url, data=form, headers={"Accept": "application/json"}, auth=auth
        )
        body = _object(response)
        token = body.get("access_token")
        if not response.is_success or not isinstance(token, str) or not token:
            reason = body.get("error")
            said = f" ({reason})" if isinstance(reason, str) and len(reason) < 80 else ""
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

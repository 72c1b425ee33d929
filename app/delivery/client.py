"""One request to a target, and what its answer means: taken, refused, or to be tried again."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from app import exact
from app.delivery.addresses import GuardedTransport
from app.delivery.answer import Answer, first_words
from app.delivery.authorization import Tokens
from app.delivery.errors import MayPass, NoAnswer, Refused
from app.delivery.response import read
from app.delivery.targets import Target
from app.errors import DeliveryError
from app.version import __version__

_FHIR_JSON = "application/fhir+json"
_MAY_PASS = {408, 409, 425, 429, 500, 502, 503, 504}
"""Statuses after which the same request may succeed: a race with somebody else (409), a busy or
restarting server. 500 is among them because servers give it for lost races, too."""


class Client:
    """A connection to a target. Only the target's own address is ever called, and its
    `token_url`. May be used by several threads."""

    def __init__(
        self,
        target: Target,
        *,
        transport: httpx.BaseTransport | None = None,
        tokens: Tokens | None = None,
    ) -> None:
        self.target = target
        self._place = f"target {target.name}"
        self._tokens = tokens or Tokens(target)
        timeout = httpx.Timeout(target.timeout_seconds, connect=_connect(target))
        base = urlsplit(target.base_url)
        options: dict[str, Any] = {
            "headers": {"User-Agent": f"case2fhir/{__version__}"},
            "timeout": timeout,
            "follow_redirects": False,
            "trust_env": False,
        }
        inner = transport or httpx.HTTPTransport(verify=_tls(target), trust_env=False)
        guarded = inner if transport else GuardedTransport(inner, base.hostname or "")
        self._http = httpx.Client(transport=guarded, **options)
        self._token_http = self._http
        if target.token_url and not transport:
            other = urlsplit(target.token_url).hostname or ""
            token_inner = httpx.HTTPTransport(verify=_tls(target), trust_env=False)
            self._token_http = httpx.Client(
                transport=GuardedTransport(token_inner, other), **options
            )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()
        self._token_http.close()

    def capability_statement(self) -> dict[str, Any]:
        """The server's /metadata."""
        answer = self.call("GET", "metadata")
        if not answer.ok or answer.body is None:
            raise DeliveryError(
                f"answers {answer.status} to /metadata; check base_url", place=self._place
            )
        return answer.body

    def call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to one request; `path` is relative to the base ("" for a transaction).

        Raises MayPass when the same request may be tried again (NoAnswer when nobody knows
        whether it was carried out), DeliveryError for redirects and tokens.
        """
        content = None if body is None else exact.dumps(body)
        answer = self._once(method, path, content, headers)
        if answer.status == 401 and self._tokens.forget():  # a token may end on the way
            answer = self._once(method, path, content, headers)
        if answer.status == 401:
            raise Refused("answers 401: check what auth says", place=self._place)
        return answer

    def _once(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str] | None
    ) -> Answer:
        sent = {"Accept": _FHIR_JSON, "Prefer": "return=minimal", **(headers or {})}
        if content is not None:
            sent["Content-Type"] = f"{_FHIR_JSON}; charset=utf-8"
        url = f"{self.target.base_url}/{path}" if path else self.target.base_url
        try:
            authorization = self._tokens.header(self._token_http)
            if authorization is not None:
                sent["Authorization"] = authorization
            response = read(
                self._http,
                self._http.build_request(method, url, content=content, headers=sent),
                seconds=self.target.timeout_seconds,
                place=self._place,
                secrets=self._tokens.secrets(authorization),
            )
        except httpx.TimeoutException:
            raise NoAnswer(
                f"no answer within {self.target.timeout_seconds:g} seconds", place=self._place
            ) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise NoAnswer(
                f"no connection ({type(error).__name__}); check base_url and the network",
                place=self._place,
            ) from None
        return self._understood(response)

    def _understood(self, response: httpx.Response) -> Answer:
        if response.is_redirect:
            host = urlsplit(response.headers.get("location", "")).hostname or "the same host"
            raise DeliveryError(
                f"answers {response.status_code} with a redirect to {host}, which is not "
                "followed; set base_url to the address that takes transactions",
                place=self._place,
            )
        body = _json(response)
        if response.status_code in _MAY_PASS:
            said = first_words(body)
            raise MayPass(
                f"answers {response.status_code}" + (f": {said}" if said else ""),
                place=self._place,
                after=retry_after(response.headers.get("retry-after")),
                status_code=response.status_code,
            )
        if response.is_success and response.content and body is None:
            raise NoAnswer(
                f"answers {response.status_code} without FHIR JSON; check base_url",
                place=self._place,
            )
        return Answer(response.status_code, body, response.headers)


def retry_after(value: str | None) -> float | None:
    """The seconds that a `Retry-After` asks to wait: a number, or a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value.strip())
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def wait_before(target: Target, failures: int, after: float | None) -> float:
    """Seconds to wait after so many failures in a row: doubling, or what the server asks for,
    and never longer than the target allows."""
    doubled = target.backoff_seconds * float(2 ** min(failures - 1, 30))
    return min(target.max_backoff_seconds, max(doubled, after or 0.0))


def _connect(target: Target) -> float:
    return min(target.connect_timeout_seconds, target.timeout_seconds)


def _tls(target: Target) -> ssl.SSLContext:
    if target.tls_verify is False:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        cafile = target.tls_verify if isinstance(target.tls_verify, str) else None
        context = ssl.create_default_context(cafile=cafile)
    context.minimum_version = (
        ssl.TLSVersion.TLSv1_3 if target.tls_minimum == "1.3" else ssl.TLSVersion.TLSv1_2
    )
    if target.tls_client is not None:
        context.load_cert_chain(*target.tls_client)
    return context


def _json(response: httpx.Response) -> dict[str, Any] | None:
    """The body as JSON whatever its content type says: servers get that wrong."""
    try:
        body = exact.loads(response.content) if response.content else None
    except (ValueError, orjson.JSONDecodeError):
        return None
    return body if isinstance(body, dict) else None

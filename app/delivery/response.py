"""Reading a server's response within limits, without what is secret."""

from __future__ import annotations

import time
from collections.abc import Iterable

import httpx

from app.delivery.errors import NoAnswer

MAX_BYTES = 100_000_000
"""Longest body that is read, unpacked: far more than a receipt or a CapabilityStatement has."""

_HIDDEN = "[secret]"
_SHORTEST = 8  # a shorter one could be a part of any word


def read(
    http: httpx.Client,
    request: httpx.Request,
    *,
    seconds: float,
    place: str,
    secrets: Iterable[str],
) -> httpx.Response:
    """The response to a request, its body whole.

    A server that sends byte after byte is given `seconds` for all of it. What the server says is
    kept and shown, so where it repeats one of our `secrets` that is made unreadable.
    """
    end = time.monotonic() + seconds
    response = http.send(request, stream=True, follow_redirects=False)
    try:
        body = bytearray()
        for part in response.iter_bytes():
            body += part
            if len(body) > MAX_BYTES:
                raise NoAnswer(f"the answer is longer than {MAX_BYTES:,} bytes", place=place)
            if time.monotonic() > end:
                raise NoAnswer(f"no whole answer within {seconds:g} seconds", place=place)
    finally:
        response.close()
    hidden = [s for s in secrets if len(s) >= _SHORTEST]
    content, headers = bytes(body), response.headers
    if hidden:
        for secret in hidden:
            content = content.replace(secret.encode(), _HIDDEN.encode())
        headers = httpx.Headers([(k, _without(v, hidden)) for k, v in headers.multi_items()])
    for unpacked in ("content-encoding", "content-length", "transfer-encoding"):
        headers.pop(unpacked, None)
    return httpx.Response(response.status_code, headers=headers, content=content, request=request)


def _without(value: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        value = value.replace(secret, _HIDDEN)
    return value

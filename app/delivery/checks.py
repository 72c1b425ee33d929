"""What a target's settings must be together: addresses, secrets, files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from app.delivery.addresses import refused

if TYPE_CHECKING:
    from app.delivery.targets import TargetEntry

_LOOPBACK = ("127.0.0.1", "localhost", "::1")

_SECRETS = {
    "bearer": ("token_env", "token_file"),
    "basic": ("password_env", "password_file"),
    "client-credentials": ("client_secret_env", "client_secret_file"),
    "smart-backend": ("key_env", "key_file"),
}
_BESIDES = {
    "username": ("basic",),
    "client_id": ("client-credentials", "smart-backend"),
    "token_url": ("client-credentials", "smart-backend"),
}
_ONLY_WITH = {"scope": ("client-credentials", "smart-backend"), "key_id": ("smart-backend",)}


def problems(entry: TargetEntry, folder: Path) -> Iterator[tuple[str, str]]:
    """What is wrong with a target: the setting and the reason."""
    for key in ("base_url", "token_url"):
        address = getattr(entry, key)
        problem = None if address is None else _url_problem(address, entry.auth != "none")
        if problem:
            yield key, problem
    yield from _secret_problems(entry)
    for key in ("tls_verify", "tls_client_certificate", "tls_client_key"):
        file = getattr(entry, key)
        if isinstance(file, str) and not (folder / file).is_file():
            yield key, "no such file"
    if (entry.tls_client_certificate is None) != (entry.tls_client_key is None):
        yield "tls_client_certificate", "needs tls_client_key, and that needs this"


def _url_problem(address: str, secret: bool) -> str | None:
    try:
        url = urlsplit(address)
        host, _ = url.hostname, url.port
        httpx.URL(address)
    except (ValueError, httpx.InvalidURL):
        return "not an address"
    if url.scheme not in ("http", "https") or not host:
        return "must begin with https:// (or http://) and name a host"
    if url.username is not None or url.password is not None:
        return "no user or password in the address; use auth"
    if url.query or url.fragment:
        return "no query or fragment in the address"
    if refused().name(host):
        return "this address is never called (link-local or a metadata service)"
    if secret and url.scheme == "http" and host not in _LOOPBACK:
        return "a secret is only sent over https"
    return None


def _secret_problems(entry: TargetEntry) -> Iterator[tuple[str, str]]:
    for auth, (variable, file) in _SECRETS.items():
        given = (getattr(entry, variable) is not None) + (getattr(entry, file) is not None)
        if auth != entry.auth and given:
            yield "auth", f'{variable} and {file} need auth = "{auth}"'
        if auth == entry.auth and given != 1:
            yield "auth", f"needs {variable} or {file}, one of them"
    for key, auths in _BESIDES.items():
        if (entry.auth in auths) != (getattr(entry, key) is not None):
            needed = " or ".join(f'"{a}"' for a in auths)
            yield "auth", f"{key} is needed with auth = {needed}, and only there"
    for key, auths in _ONLY_WITH.items():
        if getattr(entry, key) is not None and entry.auth not in auths:
            yield key, f"needs auth = {' or '.join(auths)}"

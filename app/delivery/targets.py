"""The FHIR servers that may be sent to, from the operator's TOML file.

    [targets.sandbox]
    base_url = "https://fhir.example.org/r4"
    fhir_version = "4.0"          # or "5.0"
    auth = "bearer"               # none (default), bearer or basic
    token_env = "SANDBOX_TOKEN"   # or token_file = "/run/secrets/token"
    # basic: username = "...", and password_env or password_file
    timeout_seconds = 30.0        # default: CASE2FHIR_DELIVERY_TIMEOUT_SECONDS
    tls_verify = true             # or the path of a file with the server's authority
    max_entries = 50              # most entries of one transaction; default: no limit

Secrets are never in the file: it names the environment variable or file that holds them.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from app.errors import ConfigurationError, NotFound
from app.settings import Settings, secret_from_environment

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")

_NonEmpty = Annotated[str, StringConstraints(min_length=1)]


class _Entry(BaseModel):
    """A table `[targets.NAME]` as written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    base_url: _NonEmpty
    fhir_version: Literal["4.0", "5.0"]
    auth: Literal["none", "bearer", "basic"] = "none"
    token_env: _NonEmpty | None = None
    token_file: _NonEmpty | None = None
    username: _NonEmpty | None = None
    password_env: _NonEmpty | None = None
    password_file: _NonEmpty | None = None
    timeout_seconds: Annotated[float, Field(gt=0, strict=False)] | None = None
    tls_verify: bool | str = True
    max_entries: Annotated[int, Field(ge=1)] | None = None


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is; it is read when it is needed and kept nowhere."""

    variable: str | None = None
    file: Path | None = None

    def read(self) -> str:
        """The secret; ConfigurationError when it is not there."""
        if self.variable is not None:
            value = secret_from_environment(self.variable)
            if not value:
                raise ConfigurationError("the environment variable is not set", place=self.variable)
            return value
        assert self.file is not None
        try:
            value = self.file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigurationError(
                f"the secret cannot be read: {error.strerror}", place=str(self.file)
            ) from None
        if not value:
            raise ConfigurationError("the file of the secret is empty", place=str(self.file))
        return value


@dataclass(frozen=True, slots=True)
class Target:
    """A FHIR server with all that is needed to send to it. `base_url` has no slash at its end."""

    name: str
    base_url: str
    fhir_version: str
    timeout_seconds: float
    auth: Literal["none", "bearer", "basic"] = "none"
    username: str | None = None
    secret: Secret | None = field(default=None, repr=False)
    tls_verify: bool | str = True
    max_entries: int | None = None


def load(settings: Settings) -> dict[str, Target]:
    """All targets by name; none when no file is configured.

    Raises ConfigurationError with file and line for what is wrong in it.
    """
    path = settings.targets_file
    if path is None:
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError("the targets file cannot be read", place=str(path)) from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"not valid TOML: {error}", place=str(path)) from None
    unknown = sorted(set(data) - {"targets"})
    if unknown:
        raise ConfigurationError(
            f"unknown table {unknown[0]!r}; only [targets.NAME] is known",
            place=_place(path, text, unknown[0]),
        )
    tables = data.get("targets", {})
    if not isinstance(tables, dict):
        raise ConfigurationError("write [targets.NAME]", place=_place(path, text, "targets"))
    return {name: _target(name, table, path, text, settings) for name, table in tables.items()}


def find(targets: dict[str, Target], name: str) -> Target:
    """The target of that name; NotFound says which there are."""
    if name in targets:
        return targets[name]
    if not targets:
        raise NotFound("no targets are configured; name a file in CASE2FHIR_TARGETS_FILE")
    raise NotFound(f"no such target; configured are: {', '.join(sorted(targets))}")


def _target(name: str, table: object, path: Path, text: str, settings: Settings) -> Target:
    if not _NAME.match(name):
        raise ConfigurationError(
            "a target's name is letters, digits, '.', '_' and '-'", place=_place(path, text, name)
        )
    if not isinstance(table, dict):
        raise ConfigurationError(f"write [targets.{name}]", place=_place(path, text, name))
    try:
        entry = _Entry.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = str(first["loc"][0])
        reason = "unknown setting" if first["type"] == "extra_forbidden" else first["msg"]
        raise ConfigurationError(f"{key}: {reason}", place=_place(path, text, name, key)) from None

    def refuse(key: str, reason: str) -> ConfigurationError:
        return ConfigurationError(f"{key}: {reason}", place=_place(path, text, name, key))

    problem = _url_problem(entry)
    if problem:
        raise refuse("base_url", problem)
    secret = _secret(entry, path.parent, refuse)
    if isinstance(entry.tls_verify, str) and not (path.parent / entry.tls_verify).is_file():
        raise refuse("tls_verify", "no such file")
    return Target(
        name=name,
        base_url=entry.base_url.rstrip("/"),
        fhir_version=entry.fhir_version,
        timeout_seconds=entry.timeout_seconds or settings.delivery_timeout_seconds,
        auth=entry.auth,
        username=entry.username,
        secret=secret,
        tls_verify=(
            str(path.parent / entry.tls_verify)
            if isinstance(entry.tls_verify, str)
            else entry.tls_verify
        ),
        max_entries=entry.max_entries,
    )


def _url_problem(entry: _Entry) -> str | None:
    try:
        url = urlsplit(entry.base_url)
        host, _ = url.hostname, url.port
    except ValueError:
        return "not an address"
    if url.scheme not in ("http", "https") or not host:
        return "must begin with https:// (or http://) and name a host"
    if url.username is not None or url.password is not None:
        return "no user or password in the address; use auth"
    if url.query or url.fragment:
        return "no query or fragment in the address"
    if entry.auth != "none" and url.scheme == "http" and host not in _LOOPBACK:
        return "a secret is only sent over https"
    return None


def _secret(entry: _Entry, folder: Path, refuse: object) -> Secret | None:
    assert callable(refuse)
    sources = {
        "bearer": (entry.token_env, entry.token_file),
        "basic": (entry.password_env, entry.password_file),
    }
    keys = {"bearer": "token", "basic": "password"}
    for auth, (variable, file) in sources.items():
        given = (variable is not None) + (file is not None)
        if auth != entry.auth and given:
            raise refuse("auth", f'{keys[auth]}_env and {keys[auth]}_file need auth = "{auth}"')
        if auth == entry.auth and given != 1:
            raise refuse("auth", f"needs {keys[auth]}_env or {keys[auth]}_file, one of them")
    if (entry.auth == "basic") != (entry.username is not None):
        raise refuse("auth", 'username is needed with auth = "basic", and only there')
    if entry.auth == "none":
        return None
    variable, file = sources[entry.auth]
    return Secret(variable=variable, file=None if file is None else folder / file)


def _place(path: Path, text: str, name: str, key: str | None = None) -> str:
    """File and line of a target's table, or of a key in it."""
    lines = text.splitlines()
    table = re.compile(rf"^\s*\[\s*(targets\s*\.\s*)?[\"']?{re.escape(name)}[\"']?\s*\]")
    start = next((i for i, line in enumerate(lines) if table.match(line)), None)
    if start is None:
        start = next((i for i, line in enumerate(lines) if name in line), 0)
    elif key is not None:
        for i in range(start + 1, len(lines)):
            if lines[i].lstrip().startswith("["):
                break
            if re.match(rf"^\s*[\"']?{re.escape(key)}[\"']?\s*=", lines[i]):
                start = i
                break
    return f"{path}:{start + 1}"

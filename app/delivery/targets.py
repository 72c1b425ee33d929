"""The FHIR servers that may be sent to: the operator's TOML file over the ready entries.

The grammar is in `TargetEntry`; every setting has its meaning beside it. Secrets are never in
the file: it names the environment variable (`..._env`) or the file (`..._file`) that holds them.
Only targets with `enabled = true` are used; it is the default for those of the operator.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from app.delivery.checks import problems
from app.delivery.secret import Secret
from app.errors import ConfigurationError, NotFound
from app.resources import builtin
from app.settings import Settings

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
_NonEmpty = Annotated[str, StringConstraints(min_length=1)]
_Seconds = Annotated[float, Field(gt=0, le=86_400, strict=False)]
_Count = Annotated[int, Field(ge=1)]
Auth = Literal["none", "bearer", "basic", "client-credentials", "smart-backend"]
FoundBy = Literal["conditional-update", "conditional-create", "search"]
"""How a resource is found whose id the server gives: by the update itself; by a search before it,
and made only if it is not there (If-None-Exist); by that search alone."""


class TargetEntry(BaseModel):
    """A table `[targets.NAME]` as written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    enabled: bool = True
    base_url: _NonEmpty  # where transactions are posted
    fhir_version: Literal["4.0", "5.0"]

    auth: Auth = "none"
    token_env: _NonEmpty | None = None  # bearer
    token_file: _NonEmpty | None = None
    username: _NonEmpty | None = None  # basic
    password_env: _NonEmpty | None = None
    password_file: _NonEmpty | None = None
    client_id: _NonEmpty | None = None  # client-credentials and smart-backend
    token_url: _NonEmpty | None = None
    scope: _NonEmpty | None = None  # default of smart-backend: system/*.cruds
    client_secret_env: _NonEmpty | None = None  # client-credentials
    client_secret_file: _NonEmpty | None = None
    client_auth: Literal["basic", "post"] = "basic"  # how the client secret is shown
    key_env: _NonEmpty | None = None  # smart-backend: a private key as PEM
    key_file: _NonEmpty | None = None
    key_id: _NonEmpty | None = None  # default: the key's RFC 7638 thumbprint
    algorithm: Literal["RS384", "ES384"] = "RS384"

    tls_verify: bool | str = True  # or the path of a file with the server's authority
    tls_minimum: Literal["1.2", "1.3"] = "1.2"
    tls_client_certificate: _NonEmpty | None = None  # PEM files, for servers that ask for them
    tls_client_key: _NonEmpty | None = None
    timeout_seconds: _Seconds | None = None  # default: CASE2FHIR_DELIVERY_TIMEOUT_SECONDS
    connect_timeout_seconds: _Seconds = 10.0

    concurrency: _Count = 1  # deliveries to this target at the same moment
    attempts: _Count = 10  # of a delivery, before it is given up
    backoff_seconds: _Seconds = 1.0  # wait after the first failed attempt; it doubles
    max_backoff_seconds: _Seconds = 600.0  # longest wait, also where the server asks for more

    send_as: Literal["auto", "transaction", "single"] = "auto"
    ids: Literal["auto", "ours", "server"] = "auto"  # who gives a resource its id
    found_by: FoundBy | Literal["auto"] = "auto"  # with ids of the server
    types: tuple[_NonEmpty, ...] | None = Field(default=None, strict=False)  # only these
    max_entries: _Count | None = None  # of one transaction
    max_conditional_entries: _Count | None = None  # of one in which any is conditional
    max_bytes: _Count | None = None  # of one request
    identifier_systems: dict[str, _NonEmpty] = {}  # type or "default" -> system of our ids
    withdraw: Literal["entered-in-error", "delete", "leave"] = "entered-in-error"
    verify: bool = False  # read everything back and compare, unless a delivery says otherwise


@dataclass(frozen=True, slots=True)
class Target:
    """A FHIR server with all that is needed to send to it. `base_url` has no slash at its end."""

    name: str
    base_url: str
    fhir_version: str
    timeout_seconds: float
    auth: Auth = "none"
    username: str | None = None
    secret: Secret | None = field(default=None, repr=False)
    client_id: str | None = None
    token_url: str | None = None
    scope: str | None = None
    client_auth: str = "basic"
    key_id: str | None = None
    algorithm: str = "RS384"
    tls_verify: bool | str = True
    tls_minimum: str = "1.2"
    tls_client: tuple[str, str] | None = None
    connect_timeout_seconds: float = 10.0
    concurrency: int = 1
    attempts: int = 10
    backoff_seconds: float = 1.0
    max_backoff_seconds: float = 600.0
    send_as: str = "auto"
    ids: str = "auto"
    found_by: FoundBy | Literal["auto"] = "auto"
    types: frozenset[str] | None = None
    max_entries: int | None = None
    max_conditional_entries: int | None = None
    max_bytes: int | None = None
    identifier_systems: tuple[tuple[str, str], ...] = ()
    withdraw: str = "entered-in-error"
    verify: bool = False
    enabled: bool = True


def load_all(settings: Settings) -> dict[str, Target]:
    """All targets by name, also those that are switched off.

    Raises ConfigurationError with file and line for what is wrong in the operator's file.
    """
    shipped = builtin() / "delivery" / "targets.toml"
    tables = {n: (t, shipped) for n, t in _tables(shipped).items()}
    if settings.targets_file is not None:
        for name, table in _tables(settings.targets_file).items():
            ready = tables[name][0] if name in tables else {}
            tables[name] = ({**ready, **table}, settings.targets_file)
    return {n: _target(n, table, path, settings) for n, (table, path) in tables.items()}


def load(settings: Settings) -> dict[str, Target]:
    """The targets that are switched on, by name."""
    return {n: t for n, t in load_all(settings).items() if t.enabled}


def find(targets: dict[str, Target], name: str) -> Target:
    """The target of that name; NotFound says which there are."""
    if name in targets:
        return targets[name]
    if not targets:
        raise NotFound("no targets are configured; name a file in CASE2FHIR_TARGETS_FILE")
    raise NotFound(f"no such target; configured are: {', '.join(sorted(targets))}")


def _tables(path: Path) -> dict[str, dict[str, Any]]:
    """The tables `[targets.NAME]` of a file, by name."""
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
            place=_place(path, unknown[0]),
        )
    tables = data.get("targets", {})
    if not isinstance(tables, dict):
        raise ConfigurationError("write [targets.NAME]", place=_place(path, "targets"))
    for name, table in tables.items():
        if not _NAME.match(name):
            raise ConfigurationError(
                "a target's name is letters, digits, '.', '_' and '-'", place=_place(path, name)
            )
        if not isinstance(table, dict):
            raise ConfigurationError(f"write [targets.{name}]", place=_place(path, name))
    return tables


def _target(name: str, table: dict[str, Any], path: Path, settings: Settings) -> Target:
    try:
        entry = TargetEntry.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = str(first["loc"][0])
        reason = "unknown setting" if first["type"] == "extra_forbidden" else first["msg"]
        raise ConfigurationError(f"{key}: {reason}", place=_place(path, name, key)) from None
    for key, reason in problems(entry, path.parent):
        raise ConfigurationError(f"{key}: {reason}", place=_place(path, name, key))

    def absolute(file: str) -> str:
        return str(path.parent / file)

    same = set(Target.__dataclass_fields__) & set(TargetEntry.model_fields)
    values = {key: getattr(entry, key) for key in same}
    values["base_url"] = entry.base_url.rstrip("/")
    values["timeout_seconds"] = entry.timeout_seconds or settings.delivery_timeout_seconds
    values["types"] = None if entry.types is None else frozenset(entry.types)
    values["identifier_systems"] = tuple(sorted(entry.identifier_systems.items()))
    if isinstance(entry.tls_verify, str):
        values["tls_verify"] = absolute(entry.tls_verify)
    if entry.tls_client_certificate and entry.tls_client_key:
        values["tls_client"] = (
            absolute(entry.tls_client_certificate),
            absolute(entry.tls_client_key),
        )
    return Target(name=name, secret=_secret(entry, path.parent), **values)


def _secret(entry: TargetEntry, folder: Path) -> Secret | None:
    sources = {
        "bearer": (entry.token_env, entry.token_file),
        "basic": (entry.password_env, entry.password_file),
        "client-credentials": (entry.client_secret_env, entry.client_secret_file),
        "smart-backend": (entry.key_env, entry.key_file),
    }
    if entry.auth == "none":
        return None
    variable, file = sources[entry.auth]
    return Secret(variable=variable, file=None if file is None else folder / file)


def _place(path: Path, name: str, key: str | None = None) -> str:
    """File and line of a target's table, or of a key in it."""
    lines = path.read_text(encoding="utf-8").splitlines()
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

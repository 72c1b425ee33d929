"""From the address that an operator writes to a database that is ready."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, NoSuchModuleError

from app.errors import ConfigurationError
from app.store.tables import SCHEMA_VERSION, about, metadata

BUSY_SECONDS = 30
"""How long a writer waits for another one before SQLite gives up."""

WRITE = {"write": True}
"""Execution option of a transaction that will write: it takes SQLite's write lock at once,
because a lock that is taken later can be refused without waiting."""


def open_engine(database_url: str) -> Engine:
    """The engine for a database URL, its tables made when they are missing.

    Raises ConfigurationError for an address that cannot be used and for a database that
    another version of the program made.
    """
    url = _driver_url(database_url)
    try:
        engine = create_engine(url, connect_args=_connect_args(url))
    except (NoSuchModuleError, ModuleNotFoundError):
        raise ConfigurationError(
            f"the driver for {url.get_backend_name()} is not installed",
            place="CASE2FHIR_DATABASE_URL",
        ) from None
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    try:
        _ready(engine)
    except DatabaseError:
        engine.dispose()
        raise ConfigurationError(
            "the database cannot be opened; check that its folder exists and may be written",
            place="CASE2FHIR_DATABASE_URL",
        ) from None
    return engine


def _driver_url(database_url: str) -> URL:
    try:
        url = make_url(database_url)
    except ArgumentError:
        raise ConfigurationError(
            "not a database address; write sqlite:///path or postgresql://user@host/name",
            place="CASE2FHIR_DATABASE_URL",
        ) from None
    match url.drivername:
        case "sqlite":
            if url.database in (None, "", ":memory:"):
                raise ConfigurationError(
                    "needs the path of a file: sqlite:///path", place="CASE2FHIR_DATABASE_URL"
                )
            return url.set(drivername="sqlite+pysqlite")
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise ConfigurationError(
                f"{other!r} is not supported; write sqlite:///path or postgresql://user@host/name",
                place="CASE2FHIR_DATABASE_URL",
            )


def _connect_args(url: URL) -> dict[str, Any]:
    if url.get_backend_name() != "sqlite":
        return {}
    folder = Path(str(url.database)).absolute().parent
    if not folder.is_dir():
        raise ConfigurationError(f"no folder {folder}", place="CASE2FHIR_DATABASE_URL")
    return {"timeout": BUSY_SECONDS}


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say, in _begin_sqlite
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _ready(engine: Engine) -> None:
    """Make the tables when there are none; refuse those of another version."""
    try:
        with engine.execution_options(**WRITE).begin() as connection:
            metadata.create_all(connection)
            found = connection.scalar(select(about.c.value).where(about.c.name == "schema"))
            if found is None:
                connection.execute(insert(about).values(name="schema", value=SCHEMA_VERSION))
                found = SCHEMA_VERSION
    except IntegrityError:  # another process was first
        with engine.connect() as connection:
            found = connection.scalar(select(about.c.value).where(about.c.name == "schema"))
    if found != SCHEMA_VERSION:
        engine.dispose()
        raise ConfigurationError(
            f"the database has schema version {found}, this program needs {SCHEMA_VERSION}; "
            "use the program that made it or another database",
            place="CASE2FHIR_DATABASE_URL",
        )


def erase_traces(engine: Engine) -> None:
    """Write the log of changes back into the file and empty it, so that nothing of what was
    deleted stays in it."""
    if engine.dialect.name != "sqlite":
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

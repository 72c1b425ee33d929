"""Options that several commands share."""

from __future__ import annotations

import os
import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.errors import InputError, NotFound


class FhirVersion(StrEnum):
    R4 = "4.0"
    R5 = "5.0"


class BundleType(StrEnum):
    COLLECTION = "collection"
    TRANSACTION = "transaction"
    DOCUMENT = "document"
    BATCH = "batch"


Version = Annotated[FhirVersion, typer.Option("--fhir-version", help="FHIR version.")]
Type = Annotated[
    BundleType | None,
    typer.Option("--type", help="Type of the bundle. [default: collection; with a profile: its]"),
]
Profile = Annotated[
    str | None,
    typer.Option("--profile", help="ips (a document), us-core, or one of your own; see mappings."),
]


def read_bytes(path: Path) -> bytes:
    """The content of a file; NotFound or InputError in words instead of an OSError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFound("there is no such file", place=str(path)) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", place=str(path)) from None


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: a reader never sees half of it."""
    temporary = ""
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            temporary = file.name
            file.write(data)
            mask = os.umask(0)
            os.umask(mask)
            os.fchmod(file.fileno(), 0o666 & ~mask)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise InputError(f"cannot be written: {error.strerror}", place=str(path)) from None


def put_out(data: bytes, to: Path | None) -> None:
    """Write to a file, or to the standard output."""
    if to is not None:
        write_bytes(to, data)
        return
    sys.stdout.buffer.write(data if data.endswith(b"\n") else data + b"\n")
    sys.stdout.buffer.flush()

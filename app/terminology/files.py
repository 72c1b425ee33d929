"""Reading the vocabulary's small TOML files from layered folders, strictly."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.errors import MappingError


def find(folders: Sequence[Path], name: str) -> Path | None:
    """The last of the folders that has the file, or None."""
    for folder in reversed(folders):
        path = folder / name
        if path.is_file():
            return path
    return None


def read_toml(folders: Sequence[Path], name: str) -> tuple[dict[str, Any], str]:
    """The content of a TOML file and its place for messages. Raises MappingError."""
    path = find(folders, name)
    if path is None:
        raise MappingError("the file is missing; install the mappings again", place=name)
    try:
        return tomllib.loads(path.read_text("utf-8")), str(path)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(f"not readable as TOML: {error}", place=str(path)) from error


def section(
    table: Mapping[str, Any],
    place: str,
    *,
    allowed: set[str],
    required: set[str] | None = None,
) -> None:
    """Refuse unknown and missing keys of a table."""
    unknown = sorted(set(table) - allowed)
    if unknown:
        key = unknown[0]
        raise MappingError(
            f"unknown key {key!r}; known: {', '.join(sorted(allowed))}", place=_line(place, key)
        )
    missing = sorted((required or set()) - set(table))
    if missing:
        raise MappingError(f"missing key {missing[0]!r}", place=place)


def _line(place: str, key: str) -> str:
    """The place with the number of the line on which the key is written."""
    lines = Path(place).read_text("utf-8").splitlines() if Path(place).is_file() else []
    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if stripped.startswith((key, f'"{key}"', f"[{key}")):
            return f"{place}:{number}"
    return place

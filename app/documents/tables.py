"""Reads the TOML tables of the documents step and refuses what is wrong in them, with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.errors import MappingError


def line_of(path: Path, words: str) -> str:
    """`file:line` of the first line that holds `words` (the file alone when none does)."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if words in line and not line.lstrip().startswith("#"):
            return f"{path}:{number}"
    return str(path)


def load_toml(path: Path) -> dict[str, Any]:
    """The table in a file; MappingError with its place when it is no TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        place = f"{path}:{found[1]}" if found else str(path)
        raise MappingError(f"This is not valid TOML: {error}.", place=place) from error
    except UnicodeDecodeError as error:
        raise MappingError("This file is not UTF-8; save it as UTF-8.", place=str(path)) from error


def check_keys(path: Path, table: dict[str, Any], allowed: Sequence[str]) -> None:
    """Refuse a key that nothing reads: it is a misspelling more often than not."""
    for key in table:
        if key not in allowed:
            raise MappingError(
                f"Unknown key '{key}'; the keys are {', '.join(allowed)}.",
                place=line_of(path, key),
            )


def words(path: Path, table: dict[str, Any], key: str) -> list[str]:
    """A list of wordings; MappingError when it is anything else."""
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise MappingError(f"'{key}' must be a list of wordings.", place=line_of(path, key))
    return value

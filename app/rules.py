"""Rule files: TOML in `mappings`, read strictly, with the user's folder laid over the built-in.

A rule file is described by a pydantic model with `extra="forbid"`. In an overlay, lists are
appended to the built-in lists, tables are merged key by key, and anything else is replaced.
A leading entry "!replace" in an overlay's list drops the built-in entries.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from app.errors import MappingError

REPLACE = "!replace"


class Rules(BaseModel):
    """Base of all rule models: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


RulesT = TypeVar("RulesT", bound=BaseModel)


def load_rules(layers: Sequence[Path], name: str, model: type[RulesT]) -> RulesT:
    """The rule file `name` ("narrative/outcomes.toml") of all layers, checked by `model`.

    Raises MappingError with file and line when a file is missing, broken or has a key that
    the model does not know.
    """
    merged: dict[str, Any] = {}
    found = False
    for folder in layers:
        path = folder / name
        if not path.is_file():
            continue
        found = True
        merged = _merge(merged, _parse(path))
        try:
            checked = model.model_validate(merged)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            line = _line_of(path, first["loc"])
            raise MappingError(f"{where}: {first['msg']}", place=f"{path}:{line}") from None
    if not found:
        raise MappingError("rule file is missing", place=str(layers[0] / name))
    return checked


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(f"not valid TOML: {error}", place=str(path)) from None


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[key] = _merge(old, value)
        elif isinstance(value, list) and value[:1] == [REPLACE]:
            merged[key] = value[1:]
        elif isinstance(old, list) and isinstance(value, list):
            merged[key] = old + value
        else:
            merged[key] = value
    return merged


def _line_of(path: Path, location: tuple[int | str, ...]) -> int:
    """The line on which the last named key of `location` stands, 1 when it is not found."""
    names = [part for part in location if isinstance(part, str)]
    lines = path.read_text(encoding="utf-8").splitlines()
    for name in reversed(names):
        pattern = re.compile(rf'^\s*(?:\[+.*\b{re.escape(name)}\b|"?{re.escape(name)}"?\s*=)')
        for number, line in enumerate(lines, start=1):
            if pattern.match(line):
                return number
    return 1

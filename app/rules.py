"""Rule files: TOML in `mappings`, read strictly, layer over layer.

A file of the user's folder extends the built-in file of the same name: its lists are put before
the built-in ones (so that its rules come first), its tables are merged key by key, its single
values replace them. With `replace = true` at its head it takes the place of the built-in file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from app.errors import MappingError


class Rules(BaseModel):
    """Base of all rule models: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


RulesT = TypeVar("RulesT", bound=BaseModel)


def load_rules(layers: Sequence[Path], name: str, model: type[RulesT]) -> RulesT:
    """The rule file `name` ("narrative/outcomes.toml") of all layers, checked by `model`.

    Raises MappingError with file and line when a file is missing, broken or has a key that
    the model does not know.
    """
    for path, merged in _merged(layers, name):
        try:
            checked = model.model_validate(merged)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            line = _line_of(path, first["loc"])
            raise MappingError(f"{where}: {first['msg']}", place=f"{path}:{line}") from None
    return checked


def read(layers: Sequence[Path], name: str) -> dict[str, Any]:
    """The merged tables of the file `name` in all layers.

    A row of a list of tables knows its `place`. Raises MappingError with file and line for a
    file that is not TOML or that is in no layer.
    """
    for _, merged in _merged(layers, name):
        table = merged
    return table


class Row(dict[str, Any]):
    """A table of a list of tables that knows where it stands."""

    def __init__(self, data: dict[str, Any], path: Path, text: str) -> None:
        super().__init__(data)
        self.place = place_of(path, text, _landmark(data))


def _merged(layers: Sequence[Path], name: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Each layer's file with what it makes of the layers before."""
    merged: dict[str, Any] = {}
    found = False
    for folder in layers:
        path = folder / name
        if not path.is_file():
            continue
        found = True
        table, text = _parse(path)
        if table.pop("replace", False):
            merged = {}
        _extend(merged, table, path, text)
        yield path, merged
    if not found:
        raise MappingError(
            "this rule file is in no mappings folder; reinstall the package", place=name
        )


def _parse(path: Path) -> tuple[dict[str, Any], str]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise MappingError(f"not UTF-8 from byte {error.start}", place=str(path)) from None
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        place = f"{path}:{line[1] if line else 1}"
        raise MappingError(f"not valid TOML: {error}", place=place) from error


def _extend(base: dict[str, Any], more: Mapping[str, Any], path: Path, text: str) -> None:
    for key, value in more.items():
        if isinstance(value, list):
            if not isinstance(base.setdefault(key, []), list):
                raise MappingError(f"'{key}' must not be a list", place=place_of(path, text, key))
            rows = [Row(r, path, text) if isinstance(r, dict) else r for r in value]
            base[key] = rows + base[key]
        elif isinstance(value, dict):
            if not isinstance(base.setdefault(key, {}), dict):
                raise MappingError(f"'{key}' must not be a table", place=place_of(path, text, key))
            _extend(base[key], value, path, text)
        else:
            base[key] = value


def place_of(path: Path, text: str, needle: str) -> str:
    """File and line where `needle` first stands."""
    at = text.find(needle)
    return f"{path}:{text.count(chr(10), 0, at) + 1 if at >= 0 else 1}"


def _landmark(row: Mapping[str, Any]) -> str:
    """The words by which a row is found again in its file."""
    for value in (row.get("name"), row.get("pattern"), row.get("phrases")):
        if isinstance(value, str):
            return value
        if isinstance(value, list) and value:
            return str(value[0])
    return next(iter(row), "")


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

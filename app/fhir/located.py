"""YAML and TOML that remember their lines, so that an error can name file and line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

from app.errors import MappingError

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LocatedMap(dict[str, Any]):
    """A YAML mapping; `place(key)` is file and line of a key."""

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self.own = f"{file}:{line}"
        self.places: dict[str, str] = {}

    def place(self, key: str | None = None) -> str:
        """File and line of a key, or of the mapping itself."""
        return self.places.get(key, self.own) if key else self.own

    def put(self, key: str, value: Any, place: str) -> None:
        """Set a key that stands at another place, as when mappings are laid over another."""
        self[key] = value
        self.places[key] = place

    def copy(self) -> LocatedMap:
        """A copy that may be changed without changing this one."""
        out = LocatedMap("", 0)
        out.own, out.places = self.own, dict(self.places)
        out.update(self)
        return out


class LocatedList(list[Any]):
    """A YAML sequence; `place(i)` is file and line of an item."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[str] = []

    def place(self, index: int) -> str:
        """File and line of an item."""
        return self.places[index]

    def put(self, value: Any, place: str) -> None:
        """Add an item that stands at a place."""
        self.append(value)
        self.places.append(place)


def read_yaml(path: Path) -> LocatedMap:
    """The mapping in a YAML file. Raises MappingError when it is no mapping or repeats a key."""
    try:
        node = yaml.compose(path.read_text("utf-8"), Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise MappingError("not readable as YAML; mend its syntax", place=place) from error
    if not isinstance(node, yaml.MappingNode):
        raise MappingError("a mapping file holds a mapping", place=f"{path}:1")
    value: LocatedMap = _value(node, str(path))
    return value


def _value(node: yaml.Node, file: str) -> Any:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        out = LocatedMap(file, line)
        for key_node, value_node in node.value:
            key = str(key_node.value)
            key_line = key_node.start_mark.line + 1
            if key in out:
                raise MappingError(f"{key} is given twice", place=f"{file}:{key_line}")
            out.put(key, _value(value_node, file), f"{file}:{key_line}")
        return out
    if isinstance(node, yaml.SequenceNode):
        items = LocatedList()
        for child in node.value:
            items.put(_value(child, file), f"{file}:{child.start_mark.line + 1}")
        return items
    if node.tag == "tag:yaml.org,2002:bool" and str(node.value).lower() in ("true", "false"):
        return str(node.value).lower() == "true"
    if node.tag == "tag:yaml.org,2002:int":
        return int(str(node.value))
    if node.tag == "tag:yaml.org,2002:null":
        raise MappingError("a value is missing", place=f"{file}:{line}")
    return str(node.value)


def read_toml(path: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """A TOML file and, for each key and table header in it, the line where it first stands."""
    text = path.read_text("utf-8")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        place = f"{path}:{found[1]}" if found else str(path)
        raise MappingError("not readable as TOML; mend its syntax", place=place) from error
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line)
        entry = re.match(r"\s*(\"[^\"]*\"|'[^']*'|[A-Za-z0-9_.<>=-]+)\s*=", line)
        for found in (header, entry):
            if found:
                lines.setdefault(found[1].strip("\"'"), number)
    return data, lines

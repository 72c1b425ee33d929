"""Patterns and phrases of the rule files of the narrative step, checked as they are read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from app import rules
from app.errors import MappingError

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_SPACE = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]| \??")
_PIECE = re.compile(r"[()\[\]|]|[^()\[\]|]+")
_CLOSING = {"(": ")", "[": "]"}


def read(layers: Sequence[Path], name: str) -> dict[str, Any]:
    """The merged tables of `narrative/<name>` in all layers; see `app.rules`."""
    return rules.read(layers, f"narrative/{name}")


def check(
    row: Mapping[str, Any],
    *,
    required: Mapping[str, type],
    optional: Mapping[str, type],
    name: str,
) -> None:
    """Refuse a row or table that lacks a key, has an unknown one or one of the wrong type."""
    place = getattr(row, "place", name)
    for key in required:
        if key not in row:
            raise MappingError(f"'{key}' is missing", place=place)
    for key, value in row.items():
        kind = required.get(key) or optional.get(key)
        if kind is None:
            known = ", ".join(sorted({*required, *optional}))
            raise MappingError(f"unknown key '{key}'; known are {known}", place=place)
        if not isinstance(value, kind):
            raise MappingError(f"'{key}' must be of type {kind.__name__}", place=place)


def one_of(row: Mapping[str, Any], key: str, allowed: Sequence[str], name: str) -> str:
    """The value of `key`, which must be one of `allowed`."""
    value = row[key]
    if value not in allowed:
        place = getattr(row, "place", name)
        raise MappingError(f"'{key}' must be one of {', '.join(allowed)}", place=place)
    return str(value)


def words(table: Mapping[str, Any], name: str) -> dict[str, str]:
    """Word lists by name, each as the regular expression of its alternatives.

    A list may use an earlier one as `{name}`.
    """
    done: dict[str, str] = {}
    for key, alternatives in table.items():
        if not isinstance(alternatives, list):
            raise MappingError(f"words.{key} must be a list", place=name)
        joined = "|".join(sorted(map(str, alternatives), key=len, reverse=True))
        done[key] = "(?:" + fill(joined, done, name) + ")"
    return done


def fill(pattern: str, lists: Mapping[str, str], place: str) -> str:
    """`pattern` with every `{name}` replaced by that word list."""

    def one(match: re.Match[str]) -> str:
        if match[1] not in lists:
            raise MappingError(f"no word list '{match[1]}'", place=place)
        return lists[match[1]]

    return _PLACEHOLDER.sub(one, pattern)


def regex(row: Mapping[str, Any], lists: Mapping[str, str], name: str) -> re.Pattern[str]:
    """The compiled `pattern` of a row; case does not count, white space stands for any amount."""
    place = getattr(row, "place", name)
    text = fill(str(row["pattern"]), lists, place).replace("\n", "")
    text = _SPACE.sub(_any_space, text)
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise MappingError(f"not a regular expression: {error}", place=place) from error


def _any_space(match: re.Match[str]) -> str:
    """White space as it is printed: any amount of it; inside `[...]` one character."""
    found = match[0]
    if found[0] == "[":
        return found.replace(" ", r"\s")
    if found[0] == "\\":
        return found
    return r"\s*" if found == " ?" else r"\s+"


def expand(phrase: str) -> list[str]:
    """All readings of a phrase with `(a|b)` for alternatives and `[a|b]` for optional words.

    A phrase whose brackets do not match stands for itself.
    """
    pieces = iter(_PIECE.findall(phrase))
    try:
        readings = _readings(pieces, "")
    except _Unmatched:
        readings = [phrase]
    return [" ".join(reading.split()) for reading in readings]


class _Unmatched(Exception):
    """A bracket has no partner."""


def _readings(pieces: Iterator[str], closing: str) -> list[str]:
    """The readings of what stands before `closing`, which is used up."""
    done: list[str] = []
    now = [""]
    for piece in pieces:
        if piece in _CLOSING:
            inner = _readings(pieces, _CLOSING[piece])
            now = [head + option for head in now for option in inner]
        elif piece == closing:
            return done + now + ([""] if closing == "]" else [])
        elif piece in (")", "]"):
            raise _Unmatched
        elif piece == "|" and closing:
            done, now = done + now, [""]
        else:
            now = [head + piece for head in now]
    if closing:
        raise _Unmatched
    return now

"""What a gate finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`severity` is error or warning; `path` names the element; no words of the report."""

    severity: str
    path: str
    message: str


def error(path: str, message: str) -> Finding:
    """Something that makes the bundle invalid."""
    return Finding("error", path, message)


def warning(path: str, message: str) -> Finding:
    """Something that a reader should know."""
    return Finding("warning", path, message)

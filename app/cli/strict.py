"""HL7's validation engine behind `check --strict`: a program of its own, asked once for all files.

The program is called with `4.0 FILE... 5.0 FILE...` and prints a line for each error and
warning: severity, file, location, message id, message, parted by tabs; then a line that begins
with `summary:`. `tests/integration/hl7-validator` builds it.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from app.errors import ConfigurationError

_SETTING = "CASE2FHIR_HL7_VALIDATOR"
_ERRORS = ("error", "fatal")


class Said(NamedTuple):
    """An error or warning of the engine."""

    severity: str
    file: str
    location: str
    message_id: str
    message: str

    @property
    def is_error(self) -> bool:
        """Whether the file is invalid for it."""
        return self.severity in _ERRORS


def validate(command: str | None, files: Sequence[tuple[Path, str]]) -> tuple[Said, ...]:
    """What the engine says against files, each with its FHIR version.

    `command` is a command line, or the path of a jar. ConfigurationError when it is not set or
    does not do its work.
    """
    if not command:
        raise ConfigurationError(
            "HL7's validator is not set up: set this to its jar or command"
            " (CONTRIBUTING says how to build it)",
            place=_SETTING,
        )
    program = ["java", "-jar", command] if command.endswith(".jar") else shlex.split(command)
    for version in sorted({version for _, version in files}):
        program += [version, *(str(path) for path, of in files if of == version)]
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command
            program, capture_output=True, check=False
        )
    except OSError as error:
        raise ConfigurationError(f"cannot be run: {error.strerror}", place=_SETTING) from None
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    if done.returncode not in (0, 1) or not any(line.startswith("summary:") for line in lines):
        raise ConfigurationError(
            f"stopped with exit code {done.returncode} and no summary", place=_SETTING
        )
    return tuple(read_lines(lines))


def read_lines(lines: Iterable[str]) -> Iterator[Said]:
    """What the lines of the engine say."""
    for line in lines:
        cells = line.split("\t")
        if len(cells) == len(Said._fields):
            yield Said(*cells)


def report(said: Sequence[Said]) -> Iterator[str]:
    """Lines to print: each error; the warnings by kind, with the first place of each."""
    for one in said:
        if one.is_error:
            yield f"{one.severity}: {one.location}: {one.message}"
    kinds: dict[str, list[Said]] = {}
    for one in said:
        if one.severity == "warning":
            kinds.setdefault(one.message_id, []).append(one)
    for found in kinds.values():
        first = found[0]
        more = f" (and {len(found) - 1} more of this kind)" if len(found) > 1 else ""
        yield f"warning: {first.location}: {first.message}{more}"

"""A code as the packs hold it."""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """A code of a code system, with the system's own display where it is known, and the
    system's version where the pack names it."""

    system: str
    code: str
    display: str | None = None
    version: str | None = None

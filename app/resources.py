"""Where the built-in mappings are, and how a user's folder is laid over them."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def builtin() -> Path:
    """The folder `mappings` as installed: beside `app` in a checkout and in the wheel."""
    return Path(str(files("mappings")))


def layers(overlay: Path | None) -> tuple[Path, ...]:
    """Built-in folder first, the user's folder (if any) after it."""
    return (builtin(),) if overlay is None else (builtin(), overlay)

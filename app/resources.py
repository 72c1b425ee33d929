"""Where the built-in mappings are, and how a user's folder is laid over them."""

from __future__ import annotations

import hashlib
import re
import tomllib
from contextlib import suppress
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from app.version import __version__


def builtin() -> Path:
    """The folder `mappings` as installed: beside `app` in a checkout and in the wheel."""
    return Path(str(files("mappings")))


def layers(overlay: Path | None) -> tuple[Path, ...]:
    """Built-in folder first, the user's folder (if any) after it."""
    return (builtin(),) if overlay is None else (builtin(), overlay)


def with_profile(folders: tuple[Path, ...], profile: str) -> tuple[Path, ...]:
    """The layers with those of a profile (`profiles/<name>` in each) laid over them."""
    inner = (folder / "profiles" / profile for folder in folders)
    return (*folders, *(folder for folder in inner if folder.is_dir()))


@lru_cache(maxsize=32)
def profile_type(profile: str, overlay: Path | None) -> str | None:
    """The type of bundle that a profile is for; None when it is for any, or is not there."""
    found = None
    for folder in layers(overlay) if re.fullmatch(r"[\w.-]+", profile) else ():
        path = folder / "profiles" / profile / "profile.toml"
        if path.is_file():
            with suppress(tomllib.TOMLDecodeError, UnicodeDecodeError):  # said where rules are read
                found = tomllib.loads(path.read_text("utf-8")).get("bundle_type", found)
    return found if isinstance(found, str) else None


def fingerprint(overlay: Path | None) -> str:
    """Changes when the program or any mapping file does; what was made before is then stale."""
    digest = hashlib.sha256(__version__.encode())
    for layer in layers(overlay):
        for path in sorted(p for p in layer.rglob("*") if p.is_file() and p.suffix != ".pyc"):
            about = path.stat()
            digest.update(f"{path.relative_to(layer)} {about.st_size} {about.st_mtime_ns}".encode())
    return digest.hexdigest()[:32]

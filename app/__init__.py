"""case2fhir: clinical case reports in, valid and coded FHIR bundles out.

`convert`, `Conversion` and `Converter` are loaded when they are first used, so that
`case2fhir --help` does not wait for the vocabulary code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.version import __version__

if TYPE_CHECKING:
    from app.pipeline import Conversion, Converter, convert

__all__ = ["Conversion", "Converter", "__version__", "convert"]


def __getattr__(name: str) -> Any:
    if name in ("Conversion", "Converter", "convert"):
        from app import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module 'app' has no attribute {name!r}")

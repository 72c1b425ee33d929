"""FHIR: a case becomes a checked bundle, by mapping rules that are data.

writer = load(overlay)
bundle, issues = writer.write(case, fhir_version="4.0", bundle_type="collection")
findings = check(bundle)
body = dumps(bundle)
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from app.exact import dumps
from app.fhir.gates import Finding, check, recognise
from app.fhir.writer import Writer

__all__ = ["Finding", "Writer", "check", "dumps", "load", "recognise"]


@lru_cache(maxsize=4)
def load(overlay: Path | None) -> Writer:
    """The writer of the built-in rules with the user's folder laid over them.

    Raises MappingError, with file and line, when a rule or table is wrong.
    """
    return Writer(overlay)

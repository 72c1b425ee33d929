"""Bundle to case: the way back. What a bundle by its nature does not hold is listed in the
README of the mappings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.case.model import Case
from app.contents import Contents
from app.errors import InputError
from app.fhir.concepts import load_tables
from app.fhir.definitions import FILES, definitions
from app.fhir.rules import raw_rules
from app.reading.document import document_of, read_document
from app.reading.facts import Facts, Unread, build
from app.reading.values import Quotes
from app.resources import layers

__all__ = ["Reading", "Unread", "read_case"]


@dataclass(frozen=True)
class Reading:
    """The case of a bundle, the FHIR version it was read as, and what gave no fact."""

    case: Case
    fhir_version: str
    unread: tuple[Unread, ...]


def read_case(
    bundles: Sequence[dict[str, Any]], *, fhir_version: str | None = None, overlay: Path | None
) -> Reading:
    """The case that one or several bundles (parts of one, pages of a search) tell.

    Without `fhir_version` the version is taken under whose rules less is left unexplained.
    `overlay` is the user's mapping folder. Raises InputError for what is no Bundle, and for
    bundles without the text of just one document.
    """
    if fhir_version not in (None, *FILES):
        raise InputError(f"FHIR version is one of {', '.join(FILES)}", place="fhirVersion")
    several = len(bundles) > 1
    contents = Contents(
        [(f"Bundle[{n}]" if several else "Bundle", b) for n, b in enumerate(bundles)]
    )
    entry, text = document_of(contents)
    document = read_document(contents, entry, text)
    folders = layers(overlay)
    tables = load_tables(folders)
    tried: list[tuple[Facts, str, dict[str, Any]]] = []
    for version in FILES if fhir_version is None else (fhir_version,):
        known = definitions(version)
        facts = Facts(contents, known, tables, raw_rules(folders, known), Quotes(text))
        tried.append((facts, version, facts.read()))
    facts, version, found = min(tried, key=lambda t: (len(t[0].unread), t[0].unexplained))
    case, lacking = build(document, found)
    return Reading(case, version, (*facts.unread, *lacking))

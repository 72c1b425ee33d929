"""Gold sets: what a careful reader found in reports, in the formats in which it is written down."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.errors import InputError, NotFound
from app.text import Span


class Kind(StrEnum):
    """The formats of gold sets."""

    FACTS = "facts"
    BRAT = "brat"
    NEGEX = "negex"
    HPO = "hpo"


@dataclass(frozen=True)
class Fact:
    """A thing that a report names. `again` says that another fact of the gold is the same one;
    an `optional` one may be left out or said."""

    kind: str
    spans: tuple[Span, ...]
    status: str = "present"
    values: tuple[Span, ...] = ()
    sites: tuple[Span, ...] = ()
    doses: tuple[Span, ...] = ()
    modality: str | None = None
    patient: str | None = None
    optional: bool = False
    again: bool = False


@dataclass(frozen=True)
class Gold:
    """A report and what is true of it; None where the gold set does not say.

    `outside` are the places that do not speak of the patient, `terms` HPO terms by code.
    """

    name: str
    text: str
    facts: tuple[Fact, ...] = ()
    age: tuple[float, str] | None = None
    sex: str | None = None
    outside: tuple[Span, ...] | None = None
    consent: bool | None = None
    patients: tuple[str, ...] = ()
    terms: dict[str, str] | None = None


def kind_of(place: Path) -> Kind:
    """The format of the gold set at a place, by the files that are there."""
    if not place.exists():
        raise NotFound("there is no such folder", place=str(place))
    if place.suffix == ".tsv" or (place.is_dir() and any(place.glob("*.tsv"))):
        return Kind.NEGEX
    if (place / "gold.json").is_file():
        return Kind.HPO
    if any(place.glob("*.ann")):
        return Kind.BRAT
    if any(place.glob("*.json")):
        return Kind.FACTS
    raise InputError(
        "no gold set is recognised; it needs .ann files, .json files beside a folder 'text', "
        "gold.json or a .tsv table",
        place=str(place),
    )


def read(place: Path, kind: Kind) -> list[Gold]:
    """The reports of a gold set in the order of their names.

    Raises NotFound where a file is missing, MalformedDocument for one that is broken.
    """
    from app.evaluation import brat, facts, tables

    readers = {
        Kind.FACTS: facts.read,
        Kind.BRAT: brat.read,
        Kind.NEGEX: tables.read_negex,
        Kind.HPO: tables.read_hpo,
    }
    found = readers[kind](place)
    if not found:
        raise NotFound(f"no gold set of the kind '{kind}' is there", place=str(place))
    return found


def read_text(path: Path) -> str:
    """The text of a report, its line ends as they are."""
    try:
        return path.read_bytes().decode("utf-8", errors="replace")
    except FileNotFoundError:
        raise NotFound("there is no such file", place=str(path)) from None

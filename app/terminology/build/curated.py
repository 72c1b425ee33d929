"""The hand-made tables `curated/*.tsv`: phrase, domain, system, code, display, source.

Several rows with one phrase and domain are the codes of one thing in several systems.
A table may have a last column `unit` (UCUM): its codes hold for results in that unit.
A phrase in capitals of up to five letters is an abbreviation: it counts only as printed.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.errors import MappingError
from app.terminology.build.writer import Concept, Source, Term
from app.terminology.code import Code
from app.terminology.domains import Domain
from app.terminology.files import read_toml

COLUMNS = ["phrase", "domain", "system", "code", "display", "source"]
UNIT = "unit"
_LONGEST_ABBREVIATION = 5


def build(folders: Sequence[Path]) -> Source:
    """The pack of all tables in `vocabulary/curated` of the folders, later ones replacing.

    Raises MappingError with file and line for a row that is not as it should be.
    """
    tables: dict[str, Path] = {}
    for folder in folders:
        for path in sorted((folder / "vocabulary" / "curated").glob("*.tsv")):
            tables[path.name] = path
    systems, _ = read_toml(folders, "vocabulary/systems.toml")
    groups: dict[tuple[str, str, Domain], dict[tuple[str, str], Code]] = defaultdict(dict)
    for name in sorted(tables):
        for phrase, unit, domain, coding in read(tables[name], systems):
            groups[phrase, unit, domain].setdefault((coding.system, coding.code), coding)
    terms: dict[tuple[tuple[Code, ...], Domain], list[Term]] = defaultdict(list)
    for (phrase, unit, domain), codings in groups.items():
        terms[tuple(codings.values()), domain].append(_term(phrase, unit))
    concepts = [
        Concept(codings, frozenset({domain}), tuple(own))
        for (codings, domain), own in terms.items()
    ]
    return Source(
        name="curated",
        title="Curated tables of case2fhir",
        source="mappings/vocabulary/curated/*.tsv; each row names its own source",
        version="see the tables",
        licence="each row under the licence of its code system, see NOTICE",
        attribution="Codes of SNOMED CT, LOINC, RxNorm, DICOM and others as named in each row.",
        priority=10,
        concepts=concepts,
    )


def read(path: Path, systems: Mapping[str, str]) -> list[tuple[str, str, Domain, Code]]:
    """The rows of a table: phrase, unit (or ""), domain, code. `systems` has the addresses
    of short names. Blank lines and lines beginning with # are passed over."""
    out = []
    lines = path.read_text("utf-8").splitlines()
    header: list[str] | None = None
    for number, line in enumerate(lines, start=1):
        place = f"{path}:{number}"
        if not line.strip() or line.startswith("#"):
            continue
        row = next(csv.reader([line], delimiter="\t", quoting=csv.QUOTE_NONE))
        if header is None:
            header = row
            if header not in (COLUMNS, [*COLUMNS, UNIT]):
                raise MappingError(f"the columns must be {', '.join(COLUMNS)}", place=place)
            continue
        if len(row) != len(header):
            raise MappingError(f"{len(row)} columns, not {len(header)}", place=place)
        phrase, domain, system, code, display, source, *unit = (cell.strip() for cell in row)
        if domain not in set(Domain):
            raise MappingError(
                f"unknown domain {domain!r}; known: {', '.join(sorted(Domain))}", place=place
            )
        if not (phrase and system and code and source and all(unit)):
            raise MappingError("only display may be empty", place=place)
        address = systems.get(system, system)
        if "://" not in address and not address.startswith("urn:"):
            raise MappingError(f"unknown system {system!r}; see systems.toml", place=place)
        found = Code(address, code, display or None)
        out.append((phrase, unit[0] if unit else "", Domain(domain), found))
    return out


def _term(phrase: str, unit: str = "") -> Term:
    short = phrase.isalpha() and phrase.isupper() and len(phrase) <= _LONGEST_ABBREVIATION
    return Term(phrase, abbreviation=short and not unit, unit=unit)

"""The Global Patient Set of SNOMED International, as HL7's terminology package publishes it.

The set is free to use and to pass on (CC BY 4.0). It has one name a concept, the fully specified
one; what its tag means, which names are left out and by which other names SNOMED CT calls a
concept is in `sources/gps.toml`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import MappingError
from app.terminology.build.writer import Concept, Source, Term
from app.terminology.code import Code
from app.terminology.domains import Domain
from app.terminology.files import read_toml, section
from app.terminology.pack import TermKind
from app.terminology.systems import SNOMED

FILE = "ValueSet-snomed-intl-gps.json"
_TAG = re.compile(r"^(.*\S) \(([^()]+)\)$")


@dataclass(frozen=True)
class _Rules:
    tags: dict[str, Domain]
    imaging: re.Pattern[str]
    tests: re.Pattern[str]
    never: re.Pattern[str]
    names: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]


def names(path: Path) -> tuple[dict[str, str], frozenset[str]]:
    """SNOMED CT's own name (without its tag) of every code of the set, and the codes that are
    neither a disorder nor a finding."""
    own, other = {}, set()
    for code, display in _concepts(path)[1]:
        match = _TAG.match(display)
        own[code] = match[1] if match else display
        if match is None or match[2] not in ("disorder", "finding"):
            other.add(code)
    return own, frozenset(other)


def build(path: Path, folders: Sequence[Path]) -> Source:
    """The pack of the value set. Raises MappingError for a wrong `sources/gps.toml`."""
    rules = _rules(folders)
    version, codes = _concepts(path)
    concepts = []
    for code, display in codes:
        match = _TAG.match(display)
        if match is None or match[2] not in rules.tags or rules.never.search(match[1]):
            continue
        domains = {rules.tags[match[2]]}
        if Domain.PROCEDURE in domains and rules.imaging.search(match[1]):
            domains.add(Domain.IMAGING)
        if Domain.PROCEDURE in domains and rules.tests.search(match[1]):
            domains.add(Domain.TEST)
        coding = Code(system=SNOMED, code=code, display=match[1])
        concepts.append(Concept((coding,), frozenset(domains), tuple(_terms(match[1], rules))))
    return Source(
        name="snomed-gps",
        title="SNOMED International Global Patient Set",
        source="value set snomed-intl-gps of HL7 Terminology (package hl7.terminology.r4)",
        version=version,
        licence="Creative Commons Attribution 4.0 International; SNOMED International's terms for "
        "the Global Patient Set",
        attribution="This material includes the SNOMED CT Global Patient Set, under CC BY 4.0. "
        "SNOMED CT was originally created by The College of American Pathologists.",
        priority=25,
        concepts=concepts,
        versions={SNOMED: version} if version.startswith(SNOMED) else {},
        notes=("Disorders, findings, procedures, body structures and products; no synonyms.",),
    )


def _concepts(path: Path) -> tuple[str, list[tuple[str, str]]]:
    """The version of SNOMED CT and the set's codes with their names, sorted by code."""
    data: dict[str, Any] = json.loads(path.read_text("utf-8"))
    include = data["compose"]["include"][0]
    codes = sorted((c["code"], c["display"]) for c in include["concept"])
    return str(include.get("version", data.get("version", ""))), codes


def _terms(name: str, rules: _Rules) -> Iterator[Term]:
    yield Term(name)
    for pattern, forms in rules.names:
        if match := pattern.match(name):
            for form in forms:
                yield Term(form.format(**match.groupdict()), TermKind.DERIVED)


def _rules(folders: Sequence[Path]) -> _Rules:
    data, place = read_toml(folders, "vocabulary/sources/gps.toml")
    known = {"tags", "imaging", "tests", "never", "names"}
    section(data, place, allowed=known, required=known)
    for name in ("imaging", "tests"):
        section(data[name], place, allowed={"pattern"}, required={"pattern"})
    section(data["never"], place, allowed={"patterns"}, required={"patterns"})
    for row in data["names"]:
        section(row, place, allowed={"pattern", "names"}, required={"pattern", "names"})
    try:
        return _Rules(
            tags={tag: Domain(domain) for tag, domain in data["tags"].items()},
            imaging=re.compile(data["imaging"]["pattern"], re.IGNORECASE),
            tests=re.compile(data["tests"]["pattern"], re.IGNORECASE),
            never=re.compile("|".join(f"(?:{p})" for p in data["never"]["patterns"])),
            names=tuple((re.compile(r["pattern"]), tuple(r["names"])) for r in data["names"]),
        )
    except (ValueError, re.error) as error:
        raise MappingError(f"not a domain or pattern: {error}", place=place) from error

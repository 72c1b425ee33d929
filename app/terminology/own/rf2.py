"""A SNOMED CT release in RF2: the Snapshot files Concept, Description, Relationship and Language.

The display of a concept is its preferred term, its domain comes from the tag of its fully
specified name, and imaging from the hierarchy: `sources/snomed.toml`.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import InputError, MappingError
from app.terminology.build.hpo import is_abbreviation
from app.terminology.build.writer import Term
from app.terminology.code import Code
from app.terminology.domains import Domain
from app.terminology.files import read_toml, section
from app.terminology.own.archive import Archive
from app.terminology.own.stream import StreamWriter
from app.terminology.pack import TermKind
from app.terminology.systems import SNOMED

CONCEPT = r"x?sct2_Concept_Snapshot_(\w+)_(\d{8})\.txt"
_DESCRIPTION = r"x?sct2_Description_Snapshot-en_\w+\.txt"
_RELATIONSHIP = r"x?sct2_Relationship_Snapshot_\w+\.txt"
_LANGUAGE = r"x?der2_cRefset_LanguageSnapshot-en_\w+\.txt"

_HEADS = {
    _DESCRIPTION: "id effectiveTime active moduleId conceptId languageCode typeId term"
    " caseSignificanceId",
    CONCEPT: "id effectiveTime active moduleId definitionStatusId",
    _RELATIONSHIP: "id effectiveTime active moduleId sourceId destinationId relationshipGroup"
    " typeId characteristicTypeId modifierId",
    _LANGUAGE: "id effectiveTime active moduleId refsetId referencedComponentId acceptabilityId",
}
_FULL_NAME = "900000000000003001"
_SYNONYM = "900000000000013009"
_PREFERRED = "900000000000548007"
_IS_A = "116680003"
_TAG = re.compile(r"^(.*\S) \(([^()]+)\)$")


@dataclass(frozen=True)
class Rules:
    """sources/snomed.toml."""

    tags: Mapping[str, Domain]
    imaging: Sequence[str]
    refsets: Sequence[str]
    never: re.Pattern[str]
    editions: Mapping[str, str]


def load_rules(folders: Sequence[Path]) -> Rules:
    """The rules of the mapping folders. Raises MappingError."""
    data, place = read_toml(folders, "vocabulary/sources/snomed.toml")
    known = {"tags", "imaging", "language", "never", "editions"}
    section(data, place, allowed=known, required=known)
    section(data["imaging"], place, allowed={"below"}, required={"below"})
    section(data["language"], place, allowed={"refsets"}, required={"refsets"})
    section(data["never"], place, allowed={"patterns"}, required={"patterns"})
    try:
        return Rules(
            tags={tag: Domain(domain) for tag, domain in data["tags"].items()},
            imaging=data["imaging"]["below"],
            refsets=data["language"]["refsets"],
            never=re.compile("|".join(f"(?:{p})" for p in data["never"]["patterns"])),
            editions=data["editions"],
        )
    except (ValueError, re.error) as error:
        raise MappingError(f"not a domain or pattern: {error}", place=place) from error


class Release:
    """The files of a release, opened; `version` is its address where the edition is known."""

    def __init__(self, archive: Archive, rules: Rules) -> None:
        self._archive = archive
        self._rules = rules
        self._names = {
            CONCEPT: archive.find(CONCEPT, "Concept Snapshot"),
            _DESCRIPTION: archive.find(_DESCRIPTION, "English Description Snapshot"),
            _RELATIONSHIP: archive.find(_RELATIONSHIP, "Relationship Snapshot"),
            _LANGUAGE: archive.find(_LANGUAGE, "English Language Snapshot"),
        }
        match = re.search(CONCEPT, self._names[CONCEPT])
        edition, self.date = (match[1], match[2]) if match else ("", "")
        module = rules.editions.get(edition)
        self.version = f"{SNOMED}/{module}/version/{self.date}" if module else None
        for pattern in self._names:  # wrong columns are said before the long part
            next(self._rows(pattern), None)

    def _rows(self, pattern: str) -> Iterator[list[str]]:
        """The active rows of a file. InputError for wrong columns, with the line."""
        name = self._names[pattern]
        head = _HEADS[pattern].split()
        for number, line in self._archive.lines(name):
            cells = line.split("\t")
            if number == 1 and cells != head:
                raise InputError(
                    f"the columns must be {', '.join(head)}", place=self._archive.place(name, 1)
                )
            if len(cells) != len(head):
                raise InputError(
                    f"{len(cells)} columns, not {len(head)}",
                    place=self._archive.place(name, number),
                )
            if cells[2] == "1":
                yield cells

    def _number(self, cell: str, pattern: str) -> int:
        if not cell.isdecimal():
            place = self._archive.place(self._names[pattern], 1)
            raise InputError("an identifier is no number", place=place)
        return int(cell)

    def write(self, writer: StreamWriter) -> None:
        """Give all concepts with a domain, and their terms, to the writer."""
        active = {self._number(cells[0], CONCEPT) for cells in self._rows(CONCEPT)}
        full, preferred = self._display(active)
        imaging = self._imaging()
        numbers: dict[int, int] = {}
        for concept in sorted(full):
            name, tag = full[concept]
            domains = {self._rules.tags[tag]}
            if Domain.PROCEDURE in domains and concept in imaging:
                domains.add(Domain.IMAGING)
            display = preferred.get(concept, name)
            code = Code(SNOMED, str(concept), display)
            numbers[concept] = writer.concept(code, frozenset(domains))
            writer.term(numbers[concept], Term(name))
            if display != name:
                writer.term(numbers[concept], _term(display, TermKind.NAME))
        for cells in self._rows(_DESCRIPTION):
            number = numbers.get(int(cells[4]))
            if number is None or cells[6] != _SYNONYM or self._rules.never.search(cells[7]):
                continue
            if cells[7] not in (full[int(cells[4])][0], preferred.get(int(cells[4]))):
                writer.term(number, _term(cells[7], TermKind.SYNONYM))

    def _display(self, active: set[int]) -> tuple[dict[int, tuple[str, str]], dict[int, str]]:
        """Full name and tag of each active concept with a domain; its preferred term."""
        chosen = self._preferred_ids()
        full: dict[int, tuple[str, str]] = {}
        preferred: dict[int, str] = {}
        for cells in self._rows(_DESCRIPTION):
            concept = self._number(cells[4], _DESCRIPTION)
            if concept not in active:
                continue
            if cells[6] == _FULL_NAME:
                match = _TAG.match(cells[7])
                if match and match[2] in self._rules.tags:
                    full[concept] = match[1], match[2]
            elif cells[6] == _SYNONYM and _holds(chosen, self._number(cells[0], _DESCRIPTION)):
                preferred[concept] = cells[7]
        return full, {c: term for c, term in preferred.items() if c in full}

    def _preferred_ids(self) -> array[int]:
        """Ids of the descriptions that the first of the language sets prefers, sorted."""
        found: dict[str, array[int]] = defaultdict(lambda: array("Q"))
        for cells in self._rows(_LANGUAGE):
            if cells[4] in self._rules.refsets and cells[6] == _PREFERRED:
                found[cells[4]].append(self._number(cells[5], _LANGUAGE))
        first = next((found[r] for r in self._rules.refsets if r in found), array("Q"))
        return array("Q", sorted(first))

    def _imaging(self) -> frozenset[int]:
        """The concepts below those that mean imaging."""
        below: dict[int, array[int]] = defaultdict(lambda: array("Q"))
        for cells in self._rows(_RELATIONSHIP):
            if cells[7] == _IS_A:
                source, target = (self._number(c, _RELATIONSHIP) for c in cells[4:6])
                below[target].append(source)
        found: set[int] = set()
        left = [int(root) for root in self._rules.imaging]
        while left:
            concept = left.pop()
            if concept not in found:
                found.add(concept)
                left.extend(below.get(concept, ()))
        return frozenset(found)


def _term(text: str, kind: TermKind) -> Term:
    short = is_abbreviation(text)
    return Term(text, TermKind.LOOSE if short else kind, abbreviation=short)


def _holds(numbers: array[int], wanted: int) -> bool:
    at = bisect_left(numbers, wanted)
    return at < len(numbers) and numbers[at] == wanted

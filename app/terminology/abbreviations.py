"""Abbreviations that mean one thing in case reports, where the document does not define them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import MappingError
from app.terminology.domains import Domain
from app.terminology.files import find

FILE = "vocabulary/language/abbreviations.tsv"
_PART = re.compile(r"[^\W\d_]{2,6}")


@dataclass(frozen=True)
class Abbreviations:
    """Long forms by domain and abbreviation as printed."""

    long: Mapping[Domain, Mapping[str, str]]

    def spelt(self, phrase: str, domain: Domain) -> str:
        """The phrase with the domain's abbreviations in their long form."""
        known = self.long.get(domain)
        if not known:
            return phrase
        return _PART.sub(lambda part: known.get(part[0], part[0]), phrase)


def load_abbreviations(folders: Sequence[Path]) -> Abbreviations:
    """The table `language/abbreviations.tsv`: abbreviation, domains (space between), long form.

    Raises MappingError with file and line for a row that is not as it should be.
    """
    path = find(folders, FILE)
    if path is None:
        raise MappingError("the file is missing; install the mappings again", place=FILE)
    long: dict[Domain, dict[str, str]] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        place = f"{path}:{number}"
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != 3 or not all(cells) or not _PART.fullmatch(cells[0]):
            raise MappingError("a row is abbreviation, domains, long form", place=place)
        for name in cells[1].split():
            if name not in set(Domain):
                raise MappingError(f"unknown domain {name!r}", place=place)
            if long.setdefault(Domain(name), {}).setdefault(cells[0], cells[2]) != cells[2]:
                raise MappingError(f"{cells[0]} has two long forms", place=place)
    return Abbreviations(long)

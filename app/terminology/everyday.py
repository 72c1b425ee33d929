"""Everyday words that a vocabulary holds in some special sense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import MappingError
from app.terminology.domains import ACCEPTED, Domain
from app.terminology.files import find
from app.terminology.normalise import Normaliser

FILE = "vocabulary/language/everyday.tsv"


@dataclass(frozen=True)
class Everyday:
    """Words that give no codes by themselves, except in the domains they belong to."""

    words: Mapping[str, frozenset[Domain]]

    def allows(self, word: str, domain: Domain) -> bool:
        """Whether the word alone may give codes when asked for this domain."""
        return word not in self.words or bool(self.words[word] & ACCEPTED[domain])

    def kept(self, word: str, domains: frozenset[Domain]) -> frozenset[Domain]:
        """Those of the domains in which the word alone is a term in running text."""
        return domains & self.words[word] if word in self.words else domains


def load_everyday(folders: Sequence[Path], normaliser: Normaliser) -> Everyday:
    """The words of everyday.tsv: word, domains that keep it (space between, or empty)."""
    path = find(folders, FILE)
    if path is None:
        raise MappingError("the file is missing; install the mappings again", place=FILE)
    words: dict[str, frozenset[Domain]] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        word, _, kept = line.partition("\t")
        names = kept.split()
        unknown = [name for name in names if name not in set(Domain)]
        if unknown:
            raise MappingError(f"unknown domain {unknown[0]!r}", place=f"{path}:{number}")
        for text in word.split(","):
            words[normaliser.word(text.strip())] = frozenset(Domain(name) for name in names)
    words.pop("", None)
    return Everyday(words)

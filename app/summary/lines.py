"""A line of the summary, and how words are put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.case.model import AnyFact, Assertion, Evidence, Phrase, Site

_NEGATIVE = frozenset({"no", "not", "never", "without", "denied", "denies", "non", "none"})
"""Words with which a name says itself that something is not there ("did not smoke")."""


@dataclass(frozen=True, slots=True)
class Line:
    """A statement in words and where the report says it. `cells` are the columns of a table;
    `under` are lines that belong to this one."""

    text: str
    places: tuple[Evidence, ...] = ()
    cells: tuple[str, ...] = ()
    under: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a title; `columns` are the headings of a table."""

    title: str
    lines: tuple[Line, ...]
    columns: tuple[str, ...] = ()


@dataclass
class Words:
    """A statement that grows: what is in the name already is not said again."""

    text: str
    said: set[str] = field(default_factory=set)

    def add(self, words: str | None, before: str = ", ", label: str = "") -> Words:
        """Add words, unless they stand there already."""
        if words and words.casefold() not in self.text.casefold():
            self.text += f"{before}{label}{words}"
        return self


def place_of(fact: AnyFact) -> tuple[Evidence, ...]:
    """Where a fact is named."""
    return fact.name_evidence[:1] or fact.evidence[:1]


def places(fact: AnyFact, *phrases: Phrase | None) -> tuple[Evidence, ...]:
    """Where a fact and other words of its line stand, in the order of the text."""
    found = {*place_of(fact), *(e for p in phrases if p is not None for e in p.evidence[:1])}
    return tuple(sorted(found, key=lambda e: (e.start, e.end)))


def sites(found: Iterable[Site], name: str = "") -> str:
    """Body sites in words, but for those that the name has."""
    told = name.casefold()
    return " and ".join(dict.fromkeys(s.text for s in found if s.text.casefold() not in told))


def asserted(name: str, assertion: Assertion) -> str:
    """A thing that is there, is not there, or may be there."""
    if assertion is Assertion.ABSENT:
        return name if _NEGATIVE & set(name.casefold().split()) else f"no {name}"
    return f"possible {name}" if assertion is Assertion.POSSIBLE else name


def first_place(line: Line) -> int:
    """Where in the text a line begins; lines are told in this order."""
    return min((p.start for p in line.places), default=0)

"""Counts of what was found and what was said, by row."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of one row; None where there is nothing to divide by."""

    gold: int
    recall: float | None
    said: int
    precision: float | None
    f1: float | None


@dataclass(frozen=True, slots=True)
class Rate:
    """How often one kind of error was made, of how many chances."""

    errors: int
    of: int

    @property
    def rate(self) -> float | None:
        return self.errors / self.of if self.of else None


class Tally:
    """Counts of all documents, and which misses and inventions each has."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._errors: Counter[tuple[str, str]] = Counter()
        self.notes: dict[str, list[str]] = defaultdict(list)

    def gold(self, row: str, found: object, document: str = "", note: str = "") -> None:
        """Something that the gold set has: was it found?"""
        self._counts[row, "gold"] += 1
        self._counts[row, "found"] += bool(found)
        if note and not found:
            self.notes[document].append(f"missed   {row}: {note}")

    def said(self, row: str, right: object, document: str = "", note: str = "") -> None:
        """Something that a bundle says: is it in the gold set?"""
        self._counts[row, "said"] += 1
        self._counts[row, "right"] += bool(right)
        if note and not right:
            self.notes[document].append(f"invented {row}: {note}")

    def error(self, kind: str, made: object) -> None:
        """A chance to make an error of a kind: was it made?"""
        self._errors[kind, "of"] += 1
        self._errors[kind, "made"] += bool(made)

    def rows(self) -> dict[str, Row]:
        """All rows by name."""
        return {name: self._row(name) for name in sorted({name for name, _ in self._counts})}

    def rates(self) -> dict[str, Rate]:
        """The rates of all kinds of error by name."""
        kinds = sorted({kind for kind, _ in self._errors})
        return {k: Rate(self._errors[k, "made"], self._errors[k, "of"]) for k in kinds}

    def _row(self, name: str) -> Row:
        gold, found, said, right = (
            self._counts[name, column] for column in ("gold", "found", "said", "right")
        )
        recall = found / gold if gold else None
        precision = right / said if said else None
        f1 = None
        if precision and recall:
            f1 = 2 * precision * recall / (precision + recall)
        elif gold and said:
            f1 = 0.0
        return Row(gold, recall, said, precision, f1)

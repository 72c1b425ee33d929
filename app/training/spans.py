"""Judging found spans against annotated ones: strict and lenient, per label and over all.

Strict: same span, same label. Lenient: same label and an overlap of at least half of the
shorter span. `heads` are the labels that become facts, disease and symptom taken as one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.text import Span

Labelled = tuple[Span, str]

OVERALL = "overall"
HEADS = "heads"
HEAD_LABELS: Mapping[str, str] = {
    "Sign_symptom": "problem",
    "Disease_disorder": "problem",
    "Diagnostic_procedure": "test",
    "Therapeutic_procedure": "procedure",
    "Medication": "medication",
    "Family_history": "family",
}


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one row; `f1` of nothing found and nothing to find is 0."""

    gold: int
    said: int
    found: int
    right: int

    @property
    def recall(self) -> float:
        return self.found / self.gold if self.gold else 0.0

    @property
    def precision(self) -> float:
        return self.right / self.said if self.said else 0.0

    @property
    def f1(self) -> float:
        total = self.recall + self.precision
        return 2 * self.recall * self.precision / total if total else 0.0


def agree(a: Span, b: Span) -> bool:
    """Whether the overlap is at least half of the shorter of the two."""
    shared = min(a.end, b.end) - max(a.start, b.start)
    return shared > 0 and 2 * shared >= min(a.length, b.length)


class Tally:
    """Adds up reports; `scores` gives (strict, lenient) by row."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def add(self, gold: Iterable[Labelled], said: Iterable[Labelled]) -> None:
        """One report. The same span and label twice counts once."""
        gold, said = sorted(set(gold)), sorted(set(said))
        self._add(gold, said, per_label=True)
        self._add(_heads(gold), _heads(said), per_label=False)

    def _add(self, gold: list[Labelled], said: list[Labelled], *, per_label: bool) -> None:
        for mode in ("strict", "lenient"):
            for items, others, total, hit in (
                (gold, said, "gold", "found"),
                (said, gold, "said", "right"),
            ):
                for span, label in items:
                    ok = _met(span, label, others, strict=mode == "strict")
                    for row in (label, OVERALL) if per_label else (HEADS, f"head {label}"):
                        self._counts[mode, row, total] += 1
                        self._counts[mode, row, hit] += ok

    def scores(self) -> dict[str, tuple[Score, Score]]:
        """Rows in the order of their names."""
        return {
            row: (self._score("strict", row), self._score("lenient", row))
            for row in sorted({row for _, row, _ in self._counts})
        }

    def _score(self, mode: str, row: str) -> Score:
        return Score(*(self._counts[mode, row, c] for c in ("gold", "said", "found", "right")))


def _heads(items: Sequence[Labelled]) -> list[Labelled]:
    return sorted({(s, HEAD_LABELS[name]) for s, name in items if name in HEAD_LABELS})


def _met(span: Span, label: str, others: Sequence[Labelled], *, strict: bool) -> bool:
    if strict:
        return (span, label) in others
    return any(name == label and agree(span, other) for other, name in others)


def table(scores: Mapping[str, tuple[Score, Score]]) -> str:
    """The scores as a table in Markdown."""
    lines = [
        "| label | annotated | strict P | strict R | strict F1 "
        "| lenient P | lenient R | lenient F1 |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row, pair in scores.items():
        cells = [f"{x:.3f}" for s in pair for x in (s.precision, s.recall, s.f1)]
        lines.append(f"| {row} | {pair[0].gold} | " + " | ".join(cells) + " |")
    return "\n".join(lines)

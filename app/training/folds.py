"""Which reports a model of the cross-validation must not have seen."""

from __future__ import annotations

from collections.abc import Sequence

FOLDS = 5


def assign(ids: Sequence[str], folds: int = FOLDS) -> dict[str, int]:
    """Fold of each report: its place among the sorted ids, modulo the number of folds."""
    return {name: i % folds for i, name in enumerate(sorted(ids))}

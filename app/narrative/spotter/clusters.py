"""Word clusters: which words are used alike, learnt from unlabelled case texts.

A cluster file is gzipped UTF-8: comment lines (`# `) that say where it comes from, then one
line per word: the word in lower case, a tab, its clusters separated by spaces, coarse to
fine. Every line has the same number of clusters.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from app.errors import VocabularyError


class Clusters:
    """Clusters of words. `of` takes a word in lower case with digits as `0`."""

    def __init__(self, table: dict[str, tuple[str, ...]], depth: int) -> None:
        self._table = table
        self._unknown = ("-",) * depth

    def of(self, word: str) -> tuple[str, ...]:
        """Coarse to fine; "-" at each place for a word that is in no cluster."""
        return self._table.get(word, self._unknown)

    def __len__(self) -> int:
        return len(self._table)


NONE = Clusters({}, 0)


def read(path: Path) -> Clusters:
    """Raises VocabularyError with the place when the file cannot be used."""
    table: dict[str, tuple[str, ...]] = {}
    depth = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows = [line.rstrip("\n") for line in lines]
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise VocabularyError("the word clusters cannot be read", place=str(path)) from error
    for number, row in enumerate(rows, 1):
        if row.startswith("# "):
            continue
        word, _, clusters = row.partition("\t")
        ids = tuple(clusters.split())
        depth = depth or len(ids)
        if not word or not ids or len(ids) != depth:
            raise VocabularyError("malformed line of word clusters", place=f"{path}:{number}")
        table[word] = ids
    return Clusters(table, depth)

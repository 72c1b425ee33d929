"""What words are used as: the labels that a first spotter gave them in unlabelled texts.

A usage file is gzipped UTF-8: comment lines (`# `) that say where it comes from, then one
line per word: the word in lower case with digits as 0, a tab, its labels separated by
spaces, the most frequent first. The last character of each is its share: 1 from a tenth, 2
from three tenths, 3 from six tenths, 4 from nine tenths of the word's occurrences.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from app.errors import VocabularyError

_UNKNOWN = ("-",)

MOST = 3
"""Labels of a word at most."""


class Usage:
    """Labels of words with their shares."""

    def __init__(self, table: dict[str, tuple[str, ...]]) -> None:
        self._table = table

    def of(self, word: str) -> tuple[str, ...]:
        """Labels with shares, the most frequent first; "-" for a word that is not known."""
        return self._table.get(word, _UNKNOWN)

    def foremost(self, word: str) -> str:
        """The most frequent label of a word, or "-"."""
        label = self._table.get(word, _UNKNOWN)[0]
        return label.rstrip("1234")

    def __len__(self) -> int:
        return len(self._table)


NONE = Usage({})


def read(path: Path) -> Usage:
    """Raises VocabularyError with the place when the file cannot be used."""
    table: dict[str, tuple[str, ...]] = {}
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows = [line.rstrip("\n") for line in lines]
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise VocabularyError("the usage of words cannot be read", place=str(path)) from error
    for number, row in enumerate(rows, 1):
        if row.startswith("# "):
            continue
        word, _, labels = row.partition("\t")
        said = labels.split()
        if not word or not 0 < len(said) <= MOST or any(label[-1] not in "1234" for label in said):
            raise VocabularyError("malformed line of word usage", place=f"{path}:{number}")
        table[word] = tuple(said)
    return Usage(table)

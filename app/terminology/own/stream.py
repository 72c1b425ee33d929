"""Writes a pack whose terms come one after the other, in memory that does not grow with them.

The keys of terms are sorted in runs on disk, then merged. The files are those of
`app.terminology.pack`; they take their names only when all is written.
"""

from __future__ import annotations

import heapq
import struct
import sys
from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

import marisa_trie

from app.terminology.build.writer import Source, Term, write_info
from app.terminology.code import Code
from app.terminology.domains import Domain
from app.terminology.keys import Keys
from app.terminology.pack import HEADER, KIND_BITS, MAGIC

_RUN = 400_000  # rows that are sorted in memory


class StreamWriter:
    """Takes concepts and their terms, then writes the pack. Use it in a `with` statement."""

    def __init__(self, keys: Keys, system: str, domains: Sequence[Domain], folder: Path) -> None:
        self._keys = keys
        self._system = system
        self._domains = sorted(set(domains))
        self._folder = folder
        self._rows: list[str] = []
        self._runs: list[Path] = []
        self._masks: list[int] = []
        self._offsets = array("I", [0])
        self._terms = 0

    def __enter__(self) -> StreamWriter:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._temporary = TemporaryDirectory(dir=self._folder, prefix=".new-")
        self._work = Path(self._temporary.name)
        self._blobs = (self._work / "blobs").open("wb")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._blobs.close()
        self._temporary.cleanup()

    def concept(self, code: Code, domains: frozenset[Domain]) -> int:
        """Add a concept; its number, for its terms."""
        text = f"0\t{code.code}\t{_cell(code.display or '')}".encode()
        self._blobs.write(text)
        self._offsets.append(self._offsets[-1] + len(text))
        mask = sum(1 << bit for bit, d in enumerate(self._domains) if d in domains)
        self._masks.append(mask << KIND_BITS)
        return len(self._masks) - 1

    def term(self, concept: int, term: Term) -> None:
        """Add a term of a concept."""
        self._terms += 1
        for key in self._keys.of_term(term.text, abbreviation=term.abbreviation, unit=term.unit):
            self._rows.append(f"{key}\t{concept:010d}\t{int(term.kind)}\n")
        if len(self._rows) >= _RUN:
            self._sort()

    def _sort(self) -> None:
        self._rows.sort()
        path = self._work / f"run-{len(self._runs)}"
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(self._rows)
        self._runs.append(path)
        self._rows = []

    def _merged(self) -> Iterator[tuple[str, list[tuple[int, int]]]]:
        """Each key with its concepts and the best kind of term that leads to each."""
        with ExitStack() as stack:
            files = [
                stack.enter_context(p.open(encoding="utf-8", newline="\n")) for p in self._runs
            ]
            rows = (line[:-1].split("\t") for line in heapq.merge(*files))
            for key, group in groupby(rows, key=lambda row: row[0]):
                best: dict[int, int] = {}
                for _, concept, kind in group:
                    number = int(concept)
                    best[number] = min(int(kind), best.get(number, 99))
                yield key, sorted(best.items())

    def finish(self, about: Source) -> dict[str, int]:
        """Write the pack that `about` describes and return its counts."""
        self._sort()
        self._blobs.flush()
        trie = marisa_trie.Trie(key for key, _ in self._merged())
        first = array("I", bytes(4 * (len(trie) + 1)))
        for key, concepts in self._merged():
            first[trie.key_id(key) + 1] = len(concepts)
        for at in range(1, len(first)):
            first[at] += first[at - 1]
        entries = array("I", bytes(8 * first[-1]))
        for key, concepts in self._merged():
            at = 2 * first[trie.key_id(key)]
            for concept, kind in concepts:
                entries[at] = concept
                entries[at + 1] = kind | self._masks[concept]
                at += 2
        new = self._work / f"{about.name}.table"
        with new.open("wb") as file:
            file.write(HEADER.pack(MAGIC, len(trie), len(entries) // 2, len(self._masks)))
            for numbers in (first, entries, self._offsets):
                file.write(_little(numbers))
            with (self._work / "blobs").open("rb") as blobs:
                while chunk := blobs.read(1 << 20):
                    file.write(chunk)
        trie.save(str(new.with_suffix(".trie")))
        counts = {"concepts": len(self._masks), "terms": self._terms, "keys": len(trie)}
        write_info(about, [self._system], self._domains, counts, self._work)
        for ending in (".table", ".trie", ".toml"):
            new.with_suffix(ending).replace(self._folder / f"{about.name}{ending}")
        return counts


def _little(numbers: array[int]) -> Any:
    """The numbers as the table holds them: 32 bits, little-endian."""
    if numbers.itemsize != 4:
        return struct.pack(f"<{len(numbers)}I", *numbers)
    if sys.byteorder == "big":
        numbers = array("I", numbers)
        numbers.byteswap()
    return memoryview(numbers)


def _cell(text: str) -> str:
    return " ".join(text.split())

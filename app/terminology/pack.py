"""A compiled pack of terms: how it lies on disk, and how it is read.

A pack `NAME` is three files: `NAME.trie` (marisa-trie, memory-mapped), `NAME.table`
(terms to concepts, memory-mapped) and `NAME.toml` (where it came from, its licence, its
counts, the sizes and checksums of the other two). Leave the three out and the vocabulary
works with fewer codes.

Keys of the trie end in a space, so that a key which is a prefix of a text ends at a word:
    `low back pain `      the words in order
    `~back low pain `     the words without order, adjectives as nouns
    `=PE `                an abbreviation, as printed
    `@mmol/L creatinine ` the words, for a result in this unit

The table, all numbers unsigned 32-bit little-endian:
    magic, keys, entries, concepts
    first entry of key 0, 1, ... and the end
    entries: concept, flags
    first byte of concept 0, 1, ... and the end, then the concepts as UTF-8:
    one line a coding, `index of the system TAB code TAB display`
"""

from __future__ import annotations

import mmap
import struct
import tomllib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple

import marisa_trie

from app.errors import VocabularyError
from app.terminology.code import Code
from app.terminology.domains import Domain

MAGIC = b"C2FV0001"
HEADER = struct.Struct("<8sIII")
PAIR = struct.Struct("<II")
OWN = 5  # the priority of the user's packs: before the built-in ones
REBUILD = "build the packs again with `python -m app.terminology.build`, or remove its files"
KIND_BITS = 4


class TermKind(IntEnum):
    """How firmly a term names its concept; only the first three give codes."""

    NAME = 0
    SYNONYM = 1
    DERIVED = 2
    LOOSE = 3


class Entry(NamedTuple):
    """One meaning of a key."""

    concept: int
    kind: TermKind
    domains: frozenset[Domain]


@dataclass(frozen=True)
class PackInfo:
    """The pack's TOML: what it is made of."""

    name: str
    title: str
    source: str
    version: str
    licence: str
    attribution: str
    rebuild: str
    priority: int
    systems: tuple[str, ...]
    domains: tuple[Domain, ...]
    counts: Mapping[str, int]
    files: Mapping[str, Mapping[str, int]]
    versions: Mapping[str, str]


class Pack:
    """One pack, read-only and memory-mapped; safe to share."""

    def __init__(self, folder: Path, name: str) -> None:
        """Map the pack's files. Raises VocabularyError when one is missing or damaged."""
        self.info = _read_info(folder / f"{name}.toml", name)
        for file, size in self.info.files.items():
            _check(folder / file, size)
        trie_path, table_path = folder / f"{name}.trie", folder / f"{name}.table"
        try:
            self.trie = marisa_trie.Trie().mmap(str(trie_path))
            with table_path.open("rb") as file_handle:
                self._table = mmap.mmap(file_handle.fileno(), 0, access=mmap.ACCESS_READ)
            magic, self._keys, self._entries, self._concepts = HEADER.unpack_from(self._table)
        except (OSError, ValueError, RuntimeError, struct.error) as error:
            raise VocabularyError(f"cannot be read; {REBUILD}", place=str(trie_path)) from error
        if magic != MAGIC or self._keys != len(self.trie):
            raise VocabularyError(
                f"made by another release of case2fhir; {REBUILD}", place=str(table_path)
            )
        self._first = HEADER.size
        self._entry = self._first + 4 * (self._keys + 1)
        self._offset = self._entry + 8 * self._entries
        self._blob = self._offset + 4 * (self._concepts + 1)
        self._masks: dict[int, frozenset[Domain]] = {}

    def entries(self, key: str) -> tuple[Entry, ...]:
        """All meanings of a key (with its final space); empty when it is not there."""
        if key not in self.trie:
            return ()
        at = self.trie.key_id(key)
        first, last = PAIR.unpack_from(self._table, self._first + 4 * at)
        return tuple(self._read_entry(n) for n in range(first, last))

    def _read_entry(self, number: int) -> Entry:
        concept, flags = PAIR.unpack_from(self._table, self._entry + 8 * number)
        mask = flags >> KIND_BITS
        domains = self._masks.get(mask)
        if domains is None:
            names = self.info.domains
            domains = frozenset(d for bit, d in enumerate(names) if mask >> bit & 1)
            self._masks[mask] = domains
        return Entry(concept, TermKind(flags & (1 << KIND_BITS) - 1), domains)

    def codings(self, concept: int) -> tuple[Code, ...]:
        """The codings of a concept, as the pack has them."""
        first, last = PAIR.unpack_from(self._table, self._offset + 4 * concept)
        text = self._table[self._blob + first : self._blob + last].decode("utf-8")
        out = []
        for line in text.split("\n") if text else ():
            number, code, display = line.split("\t")
            system = self.info.systems[int(number)]
            out.append(Code(system, code, display or None, self.info.versions.get(system)))
        return tuple(out)


def best_codes(
    pack: Pack, entries: Sequence[Entry], floor: TermKind
) -> dict[str, tuple[TermKind, tuple[Code, ...]]]:
    """For each system the codes of the best meaning; none where two are equally good."""
    ranked: dict[str, dict[tuple[Code, ...], TermKind]] = {}
    for entry in entries:
        kind = max(entry.kind, floor)
        codes = pack.codings(entry.concept)
        for system in {code.system for code in codes}:
            same = tuple(code for code in codes if code.system == system)
            kinds = ranked.setdefault(system, {})
            kinds[same] = min(kind, kinds.get(same, kind))
    out = {}
    for system, kinds in ranked.items():
        top = min(kinds.values())
        best = sorted(codes for codes, kind in kinds.items() if kind == top)
        meanings = {tuple(code.code for code in codes) for codes in best}
        out[system] = top, best[0] if len(meanings) == 1 else ()
    return out


def names(folder: Path) -> list[str]:
    """The packs in a folder, by name."""
    return sorted(path.stem for path in folder.glob("*.toml")) if folder.is_dir() else []


def _read_info(path: Path, name: str) -> PackInfo:
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        return PackInfo(
            name=name,
            title=data["title"],
            source=data["source"],
            version=data["version"],
            licence=data["licence"],
            attribution=data["attribution"],
            rebuild=data["rebuild"],
            priority=data["priority"],
            systems=tuple(data["systems"]),
            domains=tuple(Domain(d) for d in data["domains"]),
            counts=data["counts"],
            files=data["files"],
            versions=data.get("versions", {}),
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, ValueError) as error:
        raise VocabularyError(f"cannot be read; {REBUILD}", place=str(path)) from error


def checksum(path: Path) -> int:
    """The CRC-32 of a file."""
    found = 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            found = zlib.crc32(chunk, found)
    return found


def _check(path: Path, wanted: Mapping[str, int]) -> None:
    """Refuse a file that is missing, cut short or changed."""
    try:
        same = path.stat().st_size == wanted.get("bytes") and checksum(path) == wanted.get("crc32")
    except OSError as error:
        raise VocabularyError(f"cannot be read; {REBUILD}", place=str(path)) from error
    if not same:
        raise VocabularyError(f"is damaged; {REBUILD}", place=str(path))

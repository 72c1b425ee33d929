"""Concepts and their terms into the files of a pack, byte for byte the same each time."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import marisa_trie

from app.terminology.code import Code
from app.terminology.domains import Domain
from app.terminology.keys import Keys
from app.terminology.pack import HEADER, KIND_BITS, MAGIC, PAIR, TermKind, checksum


@dataclass(frozen=True)
class Term:
    """Words that name a concept. An abbreviation counts only as it is printed; a term with
    a unit (UCUM) only for a result in that unit."""

    text: str
    kind: TermKind = TermKind.NAME
    abbreviation: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Concept:
    """What a source says of one thing."""

    codings: tuple[Code, ...]
    domains: frozenset[Domain]
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Source:
    """A pack before it is written: its concepts and what the TOML says of it.

    `priority`: when two packs give different codes of one system for the same words, the
    pack with the lower number decides. `versions`: of code systems, as a Coding names them.
    """

    name: str
    title: str
    source: str
    version: str
    licence: str
    attribution: str
    priority: int
    concepts: Sequence[Concept]
    notes: Sequence[str] = field(default_factory=tuple)
    rebuild: str = "python -m app.terminology.build --out mappings/vocabulary/packs"
    versions: Mapping[str, str] = field(default_factory=dict)


def write(source: Source, keys: Keys, folder: Path) -> dict[str, int]:
    """Write a pack's three files and return its counts."""
    systems = sorted({c.system for concept in source.concepts for c in concept.codings})
    domains = sorted({d for concept in source.concepts for d in concept.domains})
    blobs, meanings = _meanings(source.concepts, keys, systems, domains)
    trie = marisa_trie.Trie(sorted(meanings))
    by_id = sorted((trie.key_id(key), key) for key in meanings)
    entries: list[tuple[int, int]] = []
    first: list[int] = []
    for _, key in by_id:
        first.append(len(entries))
        entries.extend(sorted(meanings[key]))
    first.append(len(entries))
    offsets = [0]
    for blob in blobs:
        offsets.append(offsets[-1] + len(blob))
    table = b"".join(
        (
            HEADER.pack(MAGIC, len(first) - 1, len(entries), len(blobs)),
            struct.pack(f"<{len(first)}I", *first),
            *(PAIR.pack(*entry) for entry in entries),
            struct.pack(f"<{len(offsets)}I", *offsets),
            *blobs,
        )
    )
    folder.mkdir(parents=True, exist_ok=True)
    # A running process has the old files mapped into its memory: they are replaced whole, since
    # bytes that change or vanish under it would end it.
    new_table, new_trie = folder / f"{source.name}.table.new", folder / f"{source.name}.trie.new"
    new_table.write_bytes(table)
    trie.save(str(new_trie))
    for new in (new_table, new_trie):
        new.replace(new.with_suffix(""))
    counts = {
        "concepts": len(source.concepts),
        "terms": sum(len(c.terms) for c in source.concepts),
        "keys": len(meanings),
    }
    write_info(source, systems, domains, counts, folder)
    return counts


def _meanings(
    concepts: Iterable[Concept], keys: Keys, systems: list[str], domains: list[Domain]
) -> tuple[list[bytes], dict[str, set[tuple[int, int]]]]:
    """Each concept's bytes, and for each key the concepts that it may mean."""
    number: dict[bytes, int] = {}
    best: dict[str, dict[tuple[int, int], int]] = defaultdict(dict)
    for concept in concepts:
        lines = [f"{systems.index(c.system)}\t{c.code}\t{c.display or ''}" for c in concept.codings]
        at = number.setdefault("\n".join(lines).encode("utf-8"), len(number))
        mask = sum(1 << bit for bit, d in enumerate(domains) if d in concept.domains)
        for term in concept.terms:
            for key in keys.of_term(term.text, abbreviation=term.abbreviation, unit=term.unit):
                kinds = best[key]
                kind = int(term.kind)
                kinds[at, mask] = min(kind, kinds.get((at, mask), kind))
    meanings = {
        key: {(at, kind | mask << KIND_BITS) for (at, mask), kind in kinds.items()}
        for key, kinds in best.items()
    }
    return list(number), meanings


def write_info(
    source: Source,
    systems: list[str],
    domains: list[Domain],
    counts: dict[str, int],
    folder: Path,
) -> None:
    """Write the pack's TOML beside its other two files, whose sizes and checksums it has."""
    lines = [f"# {note}" for note in source.notes]
    for name in ("title", "source", "version", "licence", "attribution", "rebuild"):
        lines.append(f"{name} = {_quote(getattr(source, name))}")
    lines.append(f"priority = {source.priority}")
    lines.append(f"systems = [{', '.join(_quote(s) for s in systems)}]")
    lines.append(f"domains = [{', '.join(_quote(d) for d in domains)}]")
    if source.versions:
        lines += ["", "[versions]"]
        lines += [f"{_quote(s)} = {_quote(v)}" for s, v in sorted(source.versions.items())]
    lines += ["", "[counts]", *(f"{name} = {n}" for name, n in counts.items())]
    for ending in ("table", "trie"):
        path = folder / f"{source.name}.{ending}"
        lines += ["", f'[files."{path.name}"]']
        lines += [f"bytes = {path.stat().st_size}", f"crc32 = {checksum(path)}"]
    (folder / f"{source.name}.toml").write_text("\n".join(lines) + "\n", "utf-8", newline="\n")


def _quote(text: str) -> str:
    text = "".join(c if c.isprintable() else " " for c in text)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

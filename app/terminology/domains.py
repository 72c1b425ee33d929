"""Domains: what kind of thing a phrase is asked for, or a term names."""

from __future__ import annotations

from enum import StrEnum


class Domain(StrEnum):
    """The kinds of thing that the vocabulary tells apart.

    The names are those of the column `domain` of the curated tables.
    """

    DISEASE = "disease"
    FINDING = "finding"
    MORPHOLOGY = "morphology"
    ANATOMY = "anatomy"
    TEST = "test"
    IMAGING = "imaging"
    MODALITY = "modality"
    PROCEDURE = "procedure"
    DRUG = "drug"
    ROUTE = "route"
    SPECIMEN = "specimen"
    ORGANISM = "organism"
    DEVICE = "device"
    RELATIVE = "relative"
    QUALIFIER = "qualifier"


# A symptom in one report is a diagnosis in the next, and HPO does not tell them apart:
# asked for one, the terms of the other are taken too.
ACCEPTED: dict[Domain, frozenset[Domain]] = {
    **{domain: frozenset({domain}) for domain in Domain},
    Domain.DISEASE: frozenset({Domain.DISEASE, Domain.FINDING}),
    Domain.FINDING: frozenset({Domain.DISEASE, Domain.FINDING}),
}

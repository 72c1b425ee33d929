"""Phrase to codes, unit to UCUM. The data are in `mappings/vocabulary`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from app import resources
from app.terminology import vocabulary
from app.terminology.code import Code
from app.terminology.domains import Domain
from app.terminology.found import Hit, Match
from app.terminology.normalise import Normaliser, load_normaliser
from app.terminology.reduce import Fit
from app.terminology.units import ucum
from app.terminology.vocabulary import Vocabulary

__all__ = ["Code", "Domain", "Fit", "Hit", "Match", "Vocabulary", "load", "normalise", "ucum"]


def load(overlay: Path | None = None) -> Vocabulary:
    """The built-in vocabulary with the user's folder (if any) laid over it.

    Raises MappingError for a wrong language file, VocabularyError for a damaged pack.
    """
    return vocabulary.load(resources.layers(overlay))


@lru_cache(maxsize=1)
def _normaliser() -> Normaliser:
    return load_normaliser(resources.layers(None))


def normalise(phrase: str) -> list[str]:
    """The words of a phrase in one spelling, by the built-in rules: singular, American,
    without accents, articles and signs."""
    return _normaliser().phrase(phrase)

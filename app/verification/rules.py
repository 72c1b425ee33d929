"""Which resources and elements must point at their words (`mappings/fhir/evidence.toml`)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from app.resources import layers
from app.rules import Rules, load_rules


class Written(Rules):
    """What mapping rules write by themselves: words, values that need no words of their own, and
    codes that stand for words."""

    texts: tuple[str, ...]
    types: tuple[str, ...]
    codes: tuple[str, ...]


class EvidenceRules(Rules):
    """By resource type: the elements with its name, and those with words of their own."""

    resources: dict[str, tuple[str, ...]]
    elements: dict[str, tuple[str, ...]]
    written: Written


@lru_cache(maxsize=4)
def evidence_rules(overlay: Path | None) -> EvidenceRules:
    """The rules, those of the user's folder laid over them."""
    return load_rules(layers(overlay), "fhir/evidence.toml", EvidenceRules)

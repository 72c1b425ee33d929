"""The vocabulary as shipped, and the same without the curated tables."""

from __future__ import annotations

import pytest

from app import resources, terminology
from app.terminology import Vocabulary
from app.terminology.everyday import load_everyday
from app.terminology.keys import load_keys
from app.terminology.pack import Pack, names

PACKS = resources.builtin() / "vocabulary" / "packs"


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return terminology.load(None)


@pytest.fixture(scope="session")
def sources_only() -> Vocabulary:
    """Without the packs "curated" and "snomed-gps", which have tests of their own."""
    folders = resources.layers(None)
    keys = load_keys(folders)
    packs = [Pack(PACKS, name) for name in names(PACKS) if name not in ("curated", "snomed-gps")]
    return Vocabulary(keys, load_everyday(folders, keys.normaliser), packs)

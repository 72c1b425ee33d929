from __future__ import annotations

from pathlib import Path

import pytest

from app import pipeline
from app.settings import get_settings
from tests.stand_in import StandIn


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, settings of its own and the stand-in for the conversion."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CASE2FHIR_DATABASE_URL", f"sqlite:///{tmp_path / 'cases.db'}")
    monkeypatch.delenv("CASE2FHIR_TARGETS_FILE", raising=False)
    monkeypatch.setattr(pipeline, "default_converter", StandIn)
    get_settings.cache_clear()

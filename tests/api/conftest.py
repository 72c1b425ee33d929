from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import Client

from app.api import create_app
from app.settings import Settings
from tests.serving import running
from tests.stand_in import stand_in

TARGETS = """
[targets.nowhere]
base_url = "http://127.0.0.1:9/fhir"
fhir_version = "4.0"
timeout_seconds = 2
attempts = 2
backoff_seconds = 0.1
"""


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = tmp_path_factory.mktemp("service")
    (folder / "targets.toml").write_text(TARGETS)
    return Settings(
        _env_file=None,
        database_url=f"sqlite:///{folder / 'cases.db'}",
        targets_file=folder / "targets.toml",
        workers=2,
        max_document_bytes=50_000,
        convert_timeout_seconds=5,
    )


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[Client]:
    """A running service with the stand-in for the conversion."""
    with running(create_app(settings, factory=stand_in)) as client:
        yield client

from __future__ import annotations

import json
from typing import Any

import pytest

from app import fhir
from app.fhir import Writer
from tests.fhir.rich import rich

VERSIONS = ("4.0", "5.0")
TYPES = ("collection", "transaction", "batch", "document")


@pytest.fixture(scope="session")
def writer() -> Writer:
    return fhir.load(None)


@pytest.fixture(scope="session")
def rich_json(writer: Writer) -> dict[tuple[str, str], str]:
    """The rich case as JSON, by FHIR version and bundle type."""
    return {
        (v, t): fhir.dumps(writer.write(rich(), fhir_version=v, bundle_type=t)[0]).decode()
        for v in VERSIONS
        for t in TYPES
    }


@pytest.fixture
def r4(rich_json: dict[tuple[str, str], str]) -> dict[str, Any]:
    """A fresh R4 collection, to be damaged."""
    found: dict[str, Any] = json.loads(rich_json["4.0", "collection"])
    return found

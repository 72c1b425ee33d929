"""The shared material (annotated reports, validators), used by tests only where it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "shared"

needs_shared = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="annotated reports are not part of the repository"
)

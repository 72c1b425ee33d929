"""Kills, lost answers, two services on one outbox: nothing is lost, nothing is there twice.

A bounded run; `python -m tests.integration.endure` does the long one (200 kills, 100 cases).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.endure import endure


@pytest.mark.parametrize("ids", ["ours", "server"])
def test_nothing_is_lost_and_nothing_is_there_twice(tmp_path: Path, ids: str) -> None:
    found = endure(tmp_path, points=6, cases=8, medplum=True, ids=ids, seed=3)
    assert (found.lost, found.duplicates, found.not_delivered) == (0, 0, 0)
    assert found.deliveries >= found.cases
    for name in ("one.log", "two.log"):
        assert "Traceback" not in (tmp_path / name).read_text()

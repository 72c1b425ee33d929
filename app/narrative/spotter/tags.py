"""Labelled runs of tokens as one tag per token (B-x begins, I-x continues, O is outside)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

OUTSIDE = "O"


class Run(NamedTuple):
    """Tokens `start` up to, not including, `end` that carry `label`."""

    start: int
    end: int
    label: str


def encode(count: int, runs: Sequence[Run]) -> list[str]:
    """Tags of `count` tokens. The runs do not overlap."""
    tags = [OUTSIDE] * count
    for run in runs:
        for i in range(run.start, run.end):
            tags[i] = f"{'B' if i == run.start else 'I'}-{run.label}"
    return tags


def decode(tags: Sequence[str]) -> list[Run]:
    """Runs of tags, in order. An I without its B begins a run."""
    runs: list[Run] = []
    start, label = 0, ""
    for i, tag in enumerate([*tags, OUTSIDE]):
        place, _, name = tag.partition("-")
        if label and not (place == "I" and name == label):
            runs.append(Run(start, i, label))
            label = ""
        if place != OUTSIDE and not label:
            start, label = i, name
    return runs

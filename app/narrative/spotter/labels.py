"""The labels of the spotter, as data: what each becomes and which one wins an overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.narrative.mentions import MentionKind
from app.rules import Rules, load_rules

FILE = "models/labels.toml"


class LabelRule(Rules):
    """One table of `mappings/models/labels.toml`, which explains the keys."""

    kind: MentionKind
    rank: int
    also: tuple[str, ...] = ()


class LabelFile(Rules):
    """The whole file."""

    label: dict[str, LabelRule]


@dataclass(frozen=True, slots=True)
class Label:
    """A label that the model predicts, or a type of the corpus that is learnt as it."""

    name: str
    kind: MentionKind
    rank: int


@dataclass(frozen=True)
class Labels:
    """`by_name` holds the labels; `learnt_as` takes a type of the corpus to its label."""

    by_name: dict[str, Label]
    learnt_as: dict[str, Label]


def load(layers: Sequence[Path]) -> Labels:
    """The label table of all layers. Raises MappingError with file and line."""
    rules = load_rules(layers, FILE, LabelFile).label
    by_name = {name: Label(name, rule.kind, rule.rank) for name, rule in rules.items()}
    also = {other: by_name[name] for name, rule in rules.items() for other in rule.also}
    return Labels(by_name, also | by_name)

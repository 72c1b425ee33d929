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
    head: str = ""
    also: tuple[str, ...] = ()


class LabelFile(Rules):
    """The whole file."""

    label: dict[str, LabelRule]


@dataclass(frozen=True, slots=True)
class Label:
    """A label that the model predicts, or a type of the corpus that is learnt as it.

    `head` is what the model of heads calls it, "" when it is no head.
    """

    name: str
    kind: MentionKind
    rank: int
    head: str = ""


@dataclass(frozen=True)
class Labels:
    """`by_name` holds the labels; `learnt_as` takes a type of the corpus to its label;
    `of_head` takes a label of the model of heads to those that it may stand for."""

    by_name: dict[str, Label]
    learnt_as: dict[str, Label]
    of_head: dict[str, tuple[str, ...]]


def load(layers: Sequence[Path]) -> Labels:
    """The label table of all layers. Raises MappingError with file and line."""
    rules = load_rules(layers, FILE, LabelFile).label
    by_name = {n: Label(n, rule.kind, rule.rank, rule.head) for n, rule in rules.items()}
    also = {other: by_name[name] for name, rule in rules.items() for other in rule.also}
    of_head: dict[str, tuple[str, ...]] = {}
    for label in by_name.values():
        if label.head:
            of_head[label.head] = (*of_head.get(label.head, ()), label.name)
    return Labels(by_name, also | by_name, of_head)

"""Annotated reports and texts as sentences of tokens, with their tags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.narrative.mentions import Token
from app.narrative.spotter import tags
from app.narrative.spotter.labels import Labels
from app.narrative.spotter.tags import OUTSIDE, Run
from app.training.brat import Report
from app.training.samples import Sample, samples, sentences_of

Sentences = Sequence[Sequence[Token]]


@dataclass(frozen=True)
class Tagged:
    """A report: its sentences, and for each the tags of all labels and those of heads alone."""

    sentences: Sentences
    every: list[list[str]]
    heads: list[list[str]]


def tagged(report: Report, labels: Labels) -> Tagged:
    """A report as it is learnt."""
    found = [s for s in samples(report, labels) if s.sentence.tokens]
    return Tagged(
        [s.sentence.tokens for s in found],
        [tags.encode(len(s.sentence.tokens), s.runs) for s in found],
        [tags.encode(len(s.sentence.tokens), _heads(s, labels)) for s in found],
    )


def _heads(sample: Sample, labels: Labels) -> list[Run]:
    return [
        Run(run.start, run.end, head)
        for run in sample.runs
        if (head := labels.by_name[run.label].head)
    ]


def plain(text: str) -> Sentences:
    """A text without annotations."""
    return [s.tokens for s in sentences_of(text) if s.tokens]


@dataclass(frozen=True)
class Tags:
    """All tags that can be said, in one order for teachers and network."""

    every: tuple[str, ...]
    heads: tuple[str, ...]


def all_tags(labels: Labels) -> Tags:
    """Two for each label, and the one for no label."""
    heads = {label.head for label in labels.by_name.values() if label.head}
    return Tags(_both(labels.by_name), _both(heads))


def _both(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted([OUTSIDE, *(f"{place}-{name}" for name in names for place in "BI")]))

"""Annotated reports as sentences with the runs of tokens to be learnt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.narrative.mentions import Sentence
from app.narrative.sentences import split_block
from app.narrative.spotter.labels import Labels
from app.narrative.spotter.tags import Run
from app.text import Block, BlockKind, Span
from app.training.brat import Entity, Report


@dataclass(frozen=True, slots=True)
class Sample:
    """A sentence and what is to be found in it."""

    report: str
    sentence: Sentence
    runs: tuple[Run, ...]


def sentences_of(text: str) -> list[Sentence]:
    """The sentences of a bare text, cut as at conversion."""
    return split_block(text, Block(BlockKind.UNKNOWN, Span(0, len(text))))


def chosen(entities: Sequence[Entity], labels: Labels) -> list[tuple[Span, str]]:
    """Annotations without overlap: lower rank first, then the longer, then the earlier.

    A discontinuous annotation is learnt as the stretch from its first to its last part, as
    it is judged, when nothing chosen before lies in between.
    """
    wanted = [(e.span, labels.learnt_as[e.type]) for e in entities if e.type in labels.learnt_as]
    wanted.sort(key=lambda x: (x[1].rank, -x[0].length, x[0], x[1].name))
    taken: list[tuple[Span, str]] = []
    for span, label in wanted:
        if span.length and not any(span.overlaps(other) for other, _ in taken):
            taken.append((span, label.name))
    return sorted(taken)


def samples(report: Report, labels: Labels) -> list[Sample]:
    """The sentences of a report; an annotation that crosses sentences is cut at their edge."""
    spans = chosen(report.entities, labels)
    found = []
    for sentence in sentences_of(report.text):
        runs: list[Run] = []
        done = 0
        for span, label in spans:
            if not span.overlaps(sentence.span):
                continue
            inside = [i for i, t in enumerate(sentence.tokens) if t.span.overlaps(span)]
            if inside and inside[0] >= done:
                done = inside[-1] + 1
                runs.append(Run(inside[0], done, label))
        found.append(Sample(report.id, sentence, tuple(runs)))
    return found

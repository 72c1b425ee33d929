"""The spotter's figures, cross-validated: each report read by a model that has not seen it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.narrative import spotter
from app.narrative.spotter import labels as label_table
from app.narrative.spotter.labels import Labels
from app.training import brat, folds, spans
from app.training.brat import Report
from app.training.samples import sentences_of


def gold(report: Report, labels: Labels) -> list[spans.Labelled]:
    """All annotations of learnt types, the overlapping ones too."""
    return [
        (e.span, labels.learnt_as[e.type].name)
        for e in report.entities
        if e.type in labels.learnt_as
    ]


def said(found: spotter.Spotter, text: str) -> list[spans.Labelled]:
    """What a spotter finds in a bare text."""
    return [(m.span, m.label) for m in found.spot(sentences_of(text))]


def tally(
    corpus: Path, models: Path, layers: Sequence[Path], vocabulary: Any | None
) -> spans.Tally:
    """`models` is what `python -m app.training folds` wrote."""
    labels = label_table.load(layers)
    reports = brat.read(corpus)
    where = folds.assign([r.id for r in reports])
    total = spans.Tally()
    for fold in range(folds.FOLDS):
        found = spotter.load(layers, vocabulary, model=models / f"model-{fold}")
        for report in reports:
            if where[report.id] == fold:
                total.add(gold(report, labels), said(found, report.text))
    return total


def cross_validated(
    corpus: Path, models: Path, layers: Sequence[Path], vocabulary: Any | None
) -> str:
    """The table of all labels, in Markdown."""
    return spans.table(tally(corpus, models, layers, vocabulary).scores())

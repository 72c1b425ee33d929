"""Training: annotated reports in, a model folder out. One process, a fixed order, minutes."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pycrfsuite

from app import resources
from app.narrative.spotter import clusters, manifest, tags
from app.narrative.spotter import labels as label_table
from app.narrative.spotter.features import VERSION, Extractor
from app.narrative.spotter.labels import Labels
from app.training import brat, folds, settings
from app.training.brat import Report
from app.training.samples import Sample, samples

MODEL = "spotter.crfsuite.gz"
CLUSTERS = "clusters.tsv.gz"


def learn(found: Iterable[Sample], extractor: Extractor, out: Path) -> None:
    """Trains on sentences and writes the model. The same sentences give the same bytes:
    the optimiser (L-BFGS) starts from zero and draws nothing at random."""
    trainer = pycrfsuite.Trainer(settings.ALGORITHM, verbose=False)
    trainer.set_params(settings.PARAMETERS)
    for sample in found:
        tokens = sample.sentence.tokens
        if tokens:
            trainer.append(extractor.sentence(tokens), tags.encode(len(tokens), sample.runs))
    with TemporaryDirectory() as scratch:
        raw = Path(scratch) / "model"
        trainer.train(str(raw))
        out.write_bytes(gzip.compress(raw.read_bytes(), 9, mtime=0))


def _write(
    reports: Sequence[Report], labels: Labels, out: Path, vocabulary: Any | None, source: Path
) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    data = (source / CLUSTERS).read_bytes()
    if source.resolve() != out.resolve():
        (out / CLUSTERS).write_bytes(data)
    extractor = Extractor(clusters.read(source / CLUSTERS), vocabulary)
    learn((s for r in reports for s in samples(r, labels)), extractor, out / MODEL)
    made = manifest.Manifest(
        features=VERSION,
        model=MODEL,
        clusters=CLUSTERS,
        vocabulary=vocabulary is not None,
        doubt=settings.DOUBT,
    )
    manifest.write(out, made)
    return out


def train(
    corpus: Path,
    out: Path,
    seed: int = 0,
    *,
    vocabulary: Any | None = None,
    layers: Sequence[Path] | None = None,
) -> Path:
    """Trains on every report of `corpus` and writes a model folder; returns it.

    The order of the reports is the order of their ids, turned by `seed`: another seed gives
    a slightly different model, the same seed the same bytes. Word clusters and labels are
    those of `layers` (the built-in ones when not given). Raises NotFound, MalformedDocument.
    """
    use = layers or resources.layers(None)
    reports = brat.read(corpus)
    turn = seed % len(reports)
    return _write(
        reports[turn:] + reports[:turn], label_table.load(use), out, vocabulary, models(use)
    )


def train_fold(
    corpus: Path,
    fold: int,
    out: Path,
    *,
    vocabulary: Any | None = None,
    layers: Sequence[Path] | None = None,
) -> Path:
    """As `train`, without the reports of one fold: a model that has not seen them."""
    use = layers or resources.layers(None)
    reports = brat.read(corpus)
    where = folds.assign([r.id for r in reports])
    rest = [r for r in reports if where[r.id] != fold]
    return _write(rest, label_table.load(use), out, vocabulary, models(use))


def models(layers: Sequence[Path]) -> Path:
    """The models folder of the last layer that has word clusters."""
    for layer in reversed(layers):
        if (layer / manifest.FOLDER / CLUSTERS).is_file():
            return layer / manifest.FOLDER
    return layers[0] / manifest.FOLDER

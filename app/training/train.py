"""Training: annotated reports in, a model folder out. One process, a fixed order, minutes."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pycrfsuite

from app import resources
from app.errors import NotFound
from app.narrative.spotter import clusters, manifest, tags, usage
from app.narrative.spotter import labels as label_table
from app.narrative.spotter.features import VERSION, Extractor, Features
from app.narrative.spotter.fields import Tagger
from app.narrative.spotter.labels import Labels
from app.narrative.spotter.tags import Run
from app.training import brat, folds, settings, unlabelled
from app.training.brat import Report
from app.training.samples import samples

MODEL = "spotter.crfsuite.gz"
HEADS = "heads.crfsuite.gz"
CLUSTERS = "clusters.tsv.gz"
USAGE = "usage.tsv.gz"


@dataclass(frozen=True)
class Learnt:
    """A sentence to learn from: the features of its tokens, all labels, and the heads alone."""

    features: list[Features]
    every: list[str]
    heads: list[str]


def prepare(reports: Sequence[Report], labels: Labels, extractor: Extractor) -> list[Learnt]:
    """The sentences of the reports.

    A feature of too few reports is left out: it tells these reports from others, not what is
    named in them.
    """
    found: list[Learnt] = []
    seen: Counter[str] = Counter()
    for report in reports:
        rows = [
            _learnt(s.sentence.tokens, s.runs, labels, extractor)
            for s in samples(report, labels)
            if s.sentence.tokens
        ]
        seen.update({f for row in rows for token in row.features for f in token})
        found += rows
    least = min(settings.LEAST_REPORTS, len(reports))
    kept = {f for f, n in seen.items() if n >= least}
    return [
        Learnt([[f for f in token if f in kept] for token in row.features], row.every, row.heads)
        for row in found
    ]


def _learnt(
    tokens: Sequence[Any], runs: Sequence[Run], labels: Labels, extractor: Extractor
) -> Learnt:
    heads = [
        Run(run.start, run.end, head) for run in runs if (head := labels.by_name[run.label].head)
    ]
    return Learnt(
        extractor.sentence(tokens), tags.encode(len(tokens), runs), tags.encode(len(tokens), heads)
    )


def fit(sentences: Iterable[tuple[list[Features], list[str]]], out: Path) -> None:
    """Trains and writes one model. The same sentences give the same bytes: the optimiser
    (L-BFGS) starts from zero and draws nothing at random."""
    trainer = pycrfsuite.Trainer(settings.ALGORITHM, verbose=False)
    trainer.set_params(settings.PARAMETERS)
    for features, said in sentences:
        trainer.append(features, said)
    with TemporaryDirectory() as scratch:
        raw = Path(scratch) / "model"
        trainer.train(str(raw))
        out.write_bytes(gzip.compress(raw.read_bytes(), 9, mtime=0))


@dataclass(frozen=True)
class Trainer:
    """Trains random fields, with what this needs beside the reports. `texts` are those without
    annotations."""

    labels: Labels
    clusters: Path
    vocabulary: Any | None
    texts: Path | None

    def write(self, parts: Sequence[tuple[Sequence[Report], Path]]) -> None:
        """Writes a model folder for each part: the reports to learn from, and the folder."""
        data = self.clusters.read_bytes()
        for _, out in parts:
            out.mkdir(parents=True, exist_ok=True)
            (out / CLUSTERS).write_bytes(data)
        if self.texts is not None:
            self._write_usages(parts, self.texts)
        for reports, out in parts:
            used = usage.read(out / USAGE) if self.texts is not None else usage.NONE
            learnt = prepare(reports, self.labels, self._extractor(used))
            fit(((row.features, row.every) for row in learnt), out / MODEL)
            fit(((row.features, row.heads) for row in learnt), out / HEADS)
            fields = manifest.FieldsParts(
                features=VERSION,
                every=MODEL,
                heads=HEADS,
                clusters=CLUSTERS,
                usage=USAGE if self.texts is not None else "",
            )
            known = self.vocabulary is not None
            manifest.write(out, manifest.Manifest(vocabulary=known, fields=fields))

    def _write_usages(self, parts: Sequence[tuple[Sequence[Report], Path]], texts: Path) -> None:
        """What words are used as where a first spotter, of the same reports alone, reads."""
        extractor = self._extractor(usage.NONE)
        taggers: list[Tagger] = []
        with TemporaryDirectory() as scratch:
            path = Path(scratch) / MODEL
            for reports, _ in parts:
                learnt = prepare(reports, self.labels, extractor)
                fit(((row.features, row.every) for row in learnt), path)
                taggers.append(Tagger(path))
        found = unlabelled.usages(texts, taggers, extractor)
        for (_, out), words in zip(parts, found, strict=True):
            unlabelled.write(words, out / USAGE)

    def _extractor(self, known: usage.Usage) -> Extractor:
        return Extractor(clusters.read(self.clusters), self.vocabulary, known)


def train(
    corpus: Path,
    out: Path,
    seed: int = 0,
    *,
    vocabulary: Any | None = None,
    layers: Sequence[Path] | None = None,
    texts: Path | None = None,
    network: bool = False,
) -> Path:
    """Trains on every report of `corpus` and writes a model folder; returns it.

    The order of the reports is the order of their ids, turned by `seed`: another seed gives
    a slightly different model, the same seed the same bytes. Word clusters and labels are
    those of `layers` (the built-in ones when not given). `texts`, a gzipped JSON-lines file
    of texts without annotations, tells what words are used as; with `network` a network learns
    from these texts too, with random fields and a sentence encoder as its teachers (needs the
    extra 'distil'). Raises NotFound, MalformedDocument.
    """
    reports = brat.read(corpus)
    turn = seed % len(reports)
    _write(_trainer(vocabulary, layers, texts), [(reports[turn:] + reports[:turn], out)], network)
    return out


def train_folds(
    corpus: Path,
    out: Path,
    *,
    vocabulary: Any | None = None,
    layers: Sequence[Path] | None = None,
    texts: Path | None = None,
    network: bool = False,
) -> list[Path]:
    """As `train`, once without the reports of each fold, into `model-0` to `model-4` of `out`:
    neither these models nor those that label `texts` for them have seen the fold."""
    reports = brat.read(corpus)
    where = folds.assign([r.id for r in reports])
    parts = [
        ([r for r in reports if where[r.id] != fold], out / f"model-{fold}")
        for fold in range(folds.FOLDS)
    ]
    _write(_trainer(vocabulary, layers, texts), parts, network)
    return [folder for _, folder in parts]


def _write(trainer: Trainer, parts: Sequence[tuple[Sequence[Report], Path]], network: bool) -> None:
    if network:
        try:
            from app.training.distil import teach
        except ModuleNotFoundError as error:
            raise NotFound(
                f"{error.name} is not installed; a network is trained with the extra 'distil'"
            ) from None
        teach.write(trainer, parts)
    else:
        trainer.write(parts)


def _trainer(vocabulary: Any | None, layers: Sequence[Path] | None, texts: Path | None) -> Trainer:
    use = layers or resources.layers(None)
    return Trainer(label_table.load(use), models(use) / CLUSTERS, vocabulary, texts)


def models(layers: Sequence[Path]) -> Path:
    """The models folder of the last layer that has word clusters."""
    for layer in reversed(layers):
        if (layer / manifest.FOLDER / CLUSTERS).is_file():
            return layer / manifest.FOLDER
    return layers[0] / manifest.FOLDER

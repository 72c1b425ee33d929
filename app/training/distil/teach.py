"""From annotated reports and texts to a network: teachers, what they say, the network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pycrfsuite

from app.narrative.spotter import fields, manifest
from app.training import unlabelled
from app.training.brat import Report
from app.training.distil import student, tuning
from app.training.distil.corpus import Sentences, Tagged, Tags, all_tags, plain, tagged
from app.training.train import Trainer

NETWORK = "network.npz"


def write(trainer: Trainer, parts: Sequence[tuple[Sequence[Report], Path]]) -> None:
    """Writes a model folder with a network for each part: the reports to learn from, and the
    folder. Neither the network nor its teachers see other reports than these. The trainer has
    texts."""
    assert trainer.texts is not None
    texts = [text for t in unlabelled.texts(trainer.texts) if (text := plain(t))]
    said = all_tags(trainer.labels)
    for reports, out in parts:
        out.mkdir(parents=True, exist_ok=True)
        learnt = [tagged(report, trainer.labels) for report in reports]
        every, heads = _mean(
            _fields(trainer, reports, texts, said),
            tuning.chances(tuning.tuned(learnt, said), texts),
        )
        known = student.inventory([*texts, *(t.sentences for t in learnt)], trainer.vocabulary)
        lessons = [*_of_texts(texts, every, heads), *(_of_report(t, said) for t in learnt)]
        student.learn(lessons, known, said, trainer.vocabulary, out / NETWORK)
        made = manifest.Manifest(
            vocabulary=trainer.vocabulary is not None,
            network=manifest.NetworkParts(file=NETWORK),
        )
        manifest.write(out, made)


def _fields(
    trainer: Trainer, reports: Sequence[Report], texts: Sequence[Sentences], said: Tags
) -> tuple[Any, Any]:
    """What a pair of random fields says of the tokens of the texts."""
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        trainer.write([(reports, folder)])
        made = manifest.read(folder).fields
        assert made is not None
        pair = fields.load(folder, made, trainer.labels, trainer.vocabulary)
        rows: tuple[list[Any], list[Any]] = [], []
        for sentences in texts:
            for tokens in sentences:
                seen = pycrfsuite.ItemSequence(pair.extractor.sentence(tokens))
                for row, tagger, names in (
                    (rows[0], pair.every, said.every),
                    (rows[1], pair.heads, said.heads),
                ):
                    row.append(np.array(tagger.chances(seen, len(tokens), names), np.float16))
    return np.concatenate(rows[0]), np.concatenate(rows[1])


def _mean(one: tuple[Any, Any], other: tuple[Any, Any]) -> tuple[Any, Any]:
    every, heads = ((a.astype(np.float32) + b) / 2 for a, b in zip(one, other, strict=True))
    return every / every.sum(-1, keepdims=True), heads / heads.sum(-1, keepdims=True)


def _of_texts(texts: Sequence[Sentences], every: Any, heads: Any) -> list[student.Lesson]:
    lessons = []
    begin = 0
    for sentences in texts:
        end = begin + sum(map(len, sentences))
        lessons.append(student.Lesson(sentences, every[begin:end], heads[begin:end], False))
        begin = end
    return lessons


def _of_report(report: Tagged, said: Tags) -> student.Lesson:
    """An annotated report: the annotated tag is certain."""
    return student.Lesson(
        report.sentences,
        np.concatenate([_certain(tags, said.every) for tags in report.every]),
        np.concatenate([_certain(tags, said.heads) for tags in report.heads]),
        True,
    )


def _certain(tags: Sequence[str], said: Sequence[str]) -> Any:
    found = np.zeros((len(tags), len(said)), np.float16)
    found[np.arange(len(tags)), [said.index(tag) for tag in tags]] = 1
    return found

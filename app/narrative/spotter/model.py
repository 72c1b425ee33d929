"""The spotter: sentences in, mentions out, by two linear-chain conditional random fields.

One predicts all labels. The other predicts heads alone (a problem, not whether it is a symptom
or a disease) and draws their borders better; where the two differ, its heads stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from app.errors import VocabularyError
from app.narrative.mentions import Mention, Sentence, Token
from app.narrative.spotter import clusters, crf, manifest, tags, usage
from app.narrative.spotter import labels as label_table
from app.narrative.spotter.features import VERSION, Extractor
from app.narrative.spotter.labels import Labels
from app.narrative.spotter.scores import Scorer
from app.narrative.spotter.tags import Run
from app.text import Span

_AT_A_TIME = 64
"""Sentences whose tags are searched together: more take more memory and are no faster."""


class Spotter:
    """Finds mentions. Safe to share between threads: the scorer is used by one at a time."""

    def __init__(
        self, every: crf.Model, heads: crf.Model, labels: Labels, extractor: Extractor
    ) -> None:
        self._every = every
        self._heads = heads
        self._labels = labels
        self._scorer = Scorer(*crf.joined([every, heads]), extractor)
        self._lock = Lock()

    def spot(self, sentences: Sequence[Sentence]) -> list[Mention]:
        """Mentions in the order of the text; assertion is left at its default.

        `label` is the model's label.
        """
        found: list[Mention] = []
        for index, runs in enumerate(self.runs([s.tokens for s in sentences])):
            tokens = sentences[index].tokens
            for run in runs:
                label = self._labels.by_name.get(run.label)
                if label is not None:
                    span = Span(tokens[run.start].span.start, tokens[run.end - 1].span.end)
                    found.append(Mention(label.kind, span, index, label=run.label))
        return found

    def runs(self, sentences: Sequence[Sequence[Token]]) -> Iterator[list[Run]]:
        """For each sentence's tokens the labelled runs, in order; none overlap."""
        for start in range(0, len(sentences), _AT_A_TIME):
            some = sentences[start : start + _AT_A_TIME]
            tagged = self._tagged([tokens for tokens in some if tokens])
            for tokens in some:
                yield united(*next(tagged), self._labels) if tokens else []

    def _tagged(
        self, sentences: Sequence[Sequence[Token]]
    ) -> Iterator[tuple[list[Run], list[Run]]]:
        """The runs of both models; no sentence is empty."""
        if not sentences:
            return
        with self._lock:
            scores, starts = self._scorer.scores(sentences)
        sizes = np.array([len(tokens) for tokens in sentences])
        of_every = len(self._every.tags)
        every = crf.best_tags(scores[:, :of_every], starts, sizes, self._every.follows).tolist()
        heads = crf.best_tags(scores[:, of_every:], starts, sizes, self._heads.follows).tolist()
        for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
            place = slice(start, start + size)
            yield (
                tags.decode([self._every.tags[tag] for tag in every[place]]),
                tags.decode([self._heads.tags[tag] for tag in heads[place]]),
            )


def united(every: Sequence[Run], heads: Sequence[Run], labels: Labels) -> list[Run]:
    """The heads, each with the label that the other model gives a run that it touches if it may
    stand for that label, else the first one that it may; and what does not touch them."""
    out: list[Run] = []
    for head in heads:
        may_be = labels.of_head.get(head.label, ())
        said = [run.label for run in every if _touch(run, head) and run.label in may_be]
        if may_be:
            out.append(Run(head.start, head.end, said[0] if said else may_be[0]))
    out += [run for run in every if not any(_touch(run, head) for head in out)]
    return sorted(out)


def _touch(a: Run, b: Run) -> bool:
    return a.start < b.end and b.start < a.end


def load(layers: Sequence[Path], vocabulary: Any | None, *, model: Path | None = None) -> Spotter:
    """The spotter of the last layer that holds one, or that of the folder `model`.

    `vocabulary` gives features when the model was trained with it. Raises VocabularyError
    or MappingError when a file is missing, broken or of another version.
    """
    folder = model or manifest.folder_of(layers)
    made = manifest.read(folder)
    place = str(folder / manifest.FILE)
    if made.features != VERSION:
        raise VocabularyError(
            f"trained for features {made.features}, this release makes {VERSION}; train it anew",
            place=place,
        )
    if made.vocabulary and vocabulary is None:
        raise VocabularyError("trained with a vocabulary, none is given", place=place)
    extractor = Extractor(
        clusters.read(folder / made.clusters),
        vocabulary if made.vocabulary else None,
        usage.read(folder / made.usage) if made.usage else usage.NONE,
    )
    return Spotter(
        crf.read(folder / made.model),
        crf.read(folder / made.heads),
        label_table.load(layers),
        extractor,
    )

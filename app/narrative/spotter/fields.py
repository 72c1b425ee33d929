"""Two linear-chain conditional random fields that label tokens.

One predicts all labels. The other predicts heads alone (a problem, not whether it is a symptom
or a disease) and draws their borders better; where the two differ, its heads stand. They learn
from annotated reports alone, in minutes; the network that is shipped learnt from them.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import pycrfsuite

from app.errors import VocabularyError
from app.narrative.mentions import Token
from app.narrative.spotter import clusters, tags, usage
from app.narrative.spotter.features import VERSION, Extractor
from app.narrative.spotter.labels import Labels
from app.narrative.spotter.manifest import FILE, FieldsParts
from app.narrative.spotter.tags import Run


class Tagger:
    """A model as it was trained, open for use."""

    def __init__(self, path: Path) -> None:
        """Raises VocabularyError when the file is not a gzipped model."""
        self._tagger = pycrfsuite.Tagger()
        try:
            # the tagger reads from these bytes, which must live as long as it does
            self._data = gzip.decompress(path.read_bytes())
            self._tagger.open_inmemory(self._data)
        except (OSError, EOFError, zlib.error, ValueError) as error:
            raise VocabularyError("the trained model cannot be read", place=str(path)) from error

    def tag(self, sentence: Any) -> list[str]:
        """The most likely tags of a `pycrfsuite.ItemSequence`."""
        self._tagger.set(sentence)
        return list(self._tagger.tag())

    def chances(self, sentence: Any, count: int, said: Sequence[str]) -> list[list[float]]:
        """For each of the `count` tokens the probability of each tag of `said`."""
        self._tagger.set(sentence)
        known = set(self._tagger.labels())
        self._tagger.tag()
        columns = [
            [self._tagger.marginal(tag, i) for i in range(count)] if tag in known else [0.0] * count
            for tag in said
        ]
        return [list(row) for row in zip(*columns, strict=True)]


class Fields:
    """The pair. Safe to share between threads: the taggers are used by one at a time."""

    def __init__(self, every: Tagger, heads: Tagger, labels: Labels, extractor: Extractor) -> None:
        self.every = every
        self.heads = heads
        self.extractor = extractor
        self._labels = labels
        self._lock = Lock()

    def runs(self, sentences: Sequence[Sequence[Token]]) -> list[list[Run]]:
        """Labelled runs of each sentence's tokens, in order; none overlap."""
        return [self._runs(tokens) if tokens else [] for tokens in sentences]

    def _runs(self, tokens: Sequence[Token]) -> list[Run]:
        sentence = pycrfsuite.ItemSequence(self.extractor.sentence(tokens))
        with self._lock:
            every = tags.decode(self.every.tag(sentence))
            heads = tags.decode(self.heads.tag(sentence))
        return united(every, heads, self._labels)


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


def load(folder: Path, parts: FieldsParts, labels: Labels, vocabulary: Any | None) -> Fields:
    """Raises VocabularyError when a file is missing, broken or of another version."""
    if parts.features != VERSION:
        raise VocabularyError(
            f"trained for features {parts.features}, this release makes {VERSION}; train it anew",
            place=str(folder / FILE),
        )
    extractor = Extractor(
        clusters.read(folder / parts.clusters),
        vocabulary,
        usage.read(folder / parts.usage) if parts.usage else usage.NONE,
    )
    return Fields(Tagger(folder / parts.every), Tagger(folder / parts.heads), labels, extractor)

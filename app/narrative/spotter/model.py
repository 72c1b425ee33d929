"""The spotter: sentences in, mentions out, by two linear-chain conditional random fields.

One predicts all labels. The other predicts heads alone (a problem, not whether it is a symptom
or a disease) and draws their borders better; where the two differ, its heads stand.
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
from app.narrative.mentions import Mention, Sentence, Token
from app.narrative.spotter import clusters, manifest, tags, usage
from app.narrative.spotter import labels as label_table
from app.narrative.spotter.features import VERSION, Extractor
from app.narrative.spotter.labels import Labels
from app.narrative.spotter.tags import Run
from app.text import Span


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


class Spotter:
    """Finds mentions. Safe to share between threads: the taggers are used by one at a time."""

    def __init__(self, every: Tagger, heads: Tagger, labels: Labels, extractor: Extractor) -> None:
        self._every = every
        self._heads = heads
        self._labels = labels
        self._extractor = extractor
        self._lock = Lock()

    def spot(self, sentences: Sequence[Sentence]) -> list[Mention]:
        """Mentions in the order of the text; assertion is left at its default.

        `label` is the model's label.
        """
        found: list[Mention] = []
        for index, sentence in enumerate(sentences):
            tokens = sentence.tokens
            for run in self.runs(tokens):
                label = self._labels.by_name.get(run.label)
                if label is not None:
                    span = Span(tokens[run.start].span.start, tokens[run.end - 1].span.end)
                    found.append(Mention(label.kind, span, index, label=run.label))
        return found

    def runs(self, tokens: Sequence[Token]) -> list[Run]:
        """Labelled runs of one sentence's tokens, in order; none overlap."""
        if not tokens:
            return []
        sentence = pycrfsuite.ItemSequence(self._extractor.sentence(tokens))
        with self._lock:
            every = tags.decode(self._every.tag(sentence))
            heads = tags.decode(self._heads.tag(sentence))
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
        Tagger(folder / made.model),
        Tagger(folder / made.heads),
        label_table.load(layers),
        extractor,
    )

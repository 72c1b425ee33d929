"""The spotter: sentences in, mentions out, by a linear-chain conditional random field."""

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
from app.narrative.spotter import clusters, manifest, tags
from app.narrative.spotter import labels as label_table
from app.narrative.spotter.features import VERSION, Extractor
from app.narrative.spotter.labels import Labels
from app.text import Span


class Spotter:
    """Finds mentions. Safe to share between threads: the tagger is used by one at a time."""

    def __init__(
        self, tagger: Any, data: bytes, labels: Labels, extractor: Extractor, *, doubt: float = 0.0
    ) -> None:
        self._tagger = tagger
        self._data = data
        self._labels = labels
        self._extractor = extractor
        self._doubt = doubt
        self._known = frozenset(tagger.labels())
        self._inside = sorted(tag for tag in self._known if tag != tags.OUTSIDE)
        self._lock = Lock()

    def spot(self, sentences: Sequence[Sentence]) -> list[Mention]:
        """Mentions in the order of the text; assertion is left at its default.

        `label` is the model's label, `score` the least marginal probability among the
        mention's tokens (0 to 1).
        """
        found: list[Mention] = []
        for index, sentence in enumerate(sentences):
            tokens = sentence.tokens
            for run, score in self.runs(tokens):
                label = self._labels.by_name.get(run.label)
                if label is not None:
                    span = Span(tokens[run.start].span.start, tokens[run.end - 1].span.end)
                    found.append(Mention(label.kind, span, index, label=run.label, score=score))
        return found

    def runs(self, tokens: Sequence[Token]) -> list[tuple[tags.Run, float]]:
        """Labelled runs of one sentence's tokens, each with its score."""
        if not tokens:
            return []
        features = self._extractor.sentence(tokens)
        with self._lock:
            self._tagger.set(pycrfsuite.ItemSequence(features))
            chosen = list(self._tagger.tag())
            if self._doubt:
                self._reconsider(chosen)
            return [(run, self._score(run, chosen)) for run in tags.decode(chosen)]

    def _reconsider(self, chosen: list[str]) -> None:
        """Gives its best label to a token whose "nothing" is doubtful."""
        if tags.OUTSIDE not in self._known:
            return
        for i, tag in enumerate(chosen):
            if tag != tags.OUTSIDE or self._tagger.marginal(tags.OUTSIDE, i) >= self._doubt:
                continue
            chosen[i] = max(self._inside, key=lambda tag: self._tagger.marginal(tag, i))

    def _score(self, run: tags.Run, chosen: Sequence[str]) -> float:
        least = min(self._tagger.marginal(chosen[i], i) for i in range(run.start, run.end))
        return round(float(least), 4)


def open_tagger(path: Path) -> tuple[Any, bytes]:
    """A tagger, and the bytes that it reads from and that must live as long as it does.

    Raises VocabularyError when the file is not a gzipped model.
    """
    tagger = pycrfsuite.Tagger()
    try:
        data = gzip.decompress(path.read_bytes())
        tagger.open_inmemory(data)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise VocabularyError("the trained model cannot be read", place=str(path)) from error
    return tagger, data


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
        clusters.read(folder / made.clusters), vocabulary if made.vocabulary else None
    )
    tagger, data = open_tagger(folder / made.model)
    return Spotter(tagger, data, label_table.load(layers), extractor, doubt=made.doubt)

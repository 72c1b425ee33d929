"""The spotter: sentences in, mentions out, by a trained model of one kind or the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from app.errors import VocabularyError
from app.narrative.mentions import Mention, Sentence, Token
from app.narrative.spotter import labels as label_table
from app.narrative.spotter import manifest
from app.narrative.spotter.labels import Labels
from app.narrative.spotter.tags import Run
from app.text import Span


class Labeller(Protocol):
    """A trained model."""

    def runs(self, sentences: Sequence[Sequence[Token]]) -> list[list[Run]]:
        """Labelled runs of each sentence's tokens, in order; none overlap."""
        ...


class Spotter:
    """Finds mentions. Safe to share between threads."""

    def __init__(self, labeller: Labeller, labels: Labels) -> None:
        self.labeller = labeller
        self._labels = labels

    def spot(self, sentences: Sequence[Sentence]) -> list[Mention]:
        """Mentions in the order of the text; assertion is left at its default.

        `label` is the model's label.
        """
        found: list[Mention] = []
        every = self.labeller.runs([sentence.tokens for sentence in sentences])
        for index, (sentence, runs) in enumerate(zip(sentences, every, strict=True)):
            tokens = sentence.tokens
            for run in runs:
                label = self._labels.by_name.get(run.label)
                if label is not None:
                    span = Span(tokens[run.start].span.start, tokens[run.end - 1].span.end)
                    found.append(Mention(label.kind, span, index, label=run.label))
        return found


def load(layers: Sequence[Path], vocabulary: Any | None, *, model: Path | None = None) -> Spotter:
    """The spotter of the last layer that holds one, or that of the folder `model`.

    `vocabulary` is used when the model was trained with it. Raises VocabularyError or
    MappingError when a file is missing, broken or of another version.
    """
    folder = model or manifest.folder_of(layers)
    made = manifest.read(folder)
    if made.vocabulary and vocabulary is None:
        raise VocabularyError(
            "trained with a vocabulary, none is given", place=str(folder / manifest.FILE)
        )
    labels = label_table.load(layers)
    return Spotter(_labeller(folder, made, labels, vocabulary if made.vocabulary else None), labels)


def _labeller(
    folder: Path, made: manifest.Manifest, labels: Labels, vocabulary: Any | None
) -> Labeller:
    # imported on need: the libraries below either kind take a good part of a cold start
    if made.network is not None:
        from app.narrative.spotter import network

        return network.read(folder / made.network.file, vocabulary)
    assert made.fields is not None
    from app.narrative.spotter import fields

    return fields.load(folder, made.fields, labels, vocabulary)

"""What a first spotter says of texts that nobody annotated: what their words are used as.

The texts are a gzipped JSON-lines file with `text` in each line. The spotter that labels them
was trained on annotated reports, so that a model of the cross-validation learns nothing from
reports that it must not have seen.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pycrfsuite

from app.narrative.spotter.features import Extractor, normal
from app.narrative.spotter.usage import MOST
from app.training import settings
from app.training.samples import sentences_of

Usage = Mapping[str, tuple[str, ...]]

ORIGIN = (
    "# Labels of words in case texts of E3C layer 3 (CC BY), given by a spotter trained on "
    "MACCROBAT2020 (CC BY); see README.md."
)
_SHARES = ((0.9, "4"), (0.6, "3"), (0.3, "2"), (0.1, "1"))


class Tagger:
    """A model as it was trained, open for use."""

    def __init__(self, path: Path) -> None:
        self._tagger = pycrfsuite.Tagger()
        # the tagger reads from these bytes, which must live as long as it does
        self._data = gzip.decompress(path.read_bytes())
        self._tagger.open_inmemory(self._data)

    def tag(self, sentence: Any) -> list[str]:
        """The most likely tags of a `pycrfsuite.ItemSequence`."""
        self._tagger.set(sentence)
        return list(self._tagger.tag())


def texts(path: Path) -> Iterator[str]:
    """The texts of a gzipped JSON-lines file, in its order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield str(json.loads(line)["text"])


def usages(path: Path, taggers: Sequence[Tagger], extractor: Extractor) -> list[Usage]:
    """For each tagger, every frequent word of the texts with the labels that it gives the word,
    as `app.narrative.spotter.usage` has them; the words in order."""
    counts: list[defaultdict[str, Counter[str]]] = [defaultdict(Counter) for _ in taggers]
    for text in texts(path):
        for sentence in sentences_of(text):
            if not sentence.tokens:
                continue
            words = [normal(token.text) for token in sentence.tokens]
            features = pycrfsuite.ItemSequence(extractor.sentence(sentence.tokens))
            for tagger, count in zip(taggers, counts, strict=True):
                for word, tag in zip(words, tagger.tag(features), strict=True):
                    count[word][tag[2:] or tag] += 1
    return [_usage(count) for count in counts]


def _usage(counts: Mapping[str, Counter[str]]) -> Usage:
    return {
        word: labels
        for word, seen in sorted(counts.items())
        if seen.total() >= settings.USAGE_LEAST and (labels := _shares(seen))
    }


def _shares(seen: Counter[str]) -> tuple[str, ...]:
    """The most frequent labels of a word, each with its share."""
    ranked = sorted(seen.items(), key=lambda item: (-item[1], item[0]))[:MOST]
    total = seen.total()
    return tuple(name + share for name, n in ranked if (share := _share(n / total)))


def _share(part: float) -> str:
    return next((name for least, name in _SHARES if part >= least), "")


def write(found: Usage, out: Path) -> None:
    """The file that `app.narrative.spotter.usage.read` reads."""
    rows = [ORIGIN, *(f"{word}\t{' '.join(labels)}" for word, labels in found.items())]
    out.write_bytes(gzip.compress(("\n".join(rows) + "\n").encode(), 9, mtime=0))

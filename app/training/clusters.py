"""Word clusters from unlabelled case texts: word2vec vectors, grouped by k-means.

Needs the extra `clusters` (gensim, scikit-learn), which nothing else uses: the result is a
small file that is shipped with the model and read by `app.narrative.spotter.clusters`.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from app.errors import ConfigurationError
from app.narrative.spotter.features import normal
from app.training.samples import sentences_of
from app.training.unlabelled import texts as texts_of

SIZES = (64, 256, 1024)
DIMENSIONS = 64
WINDOW = 3
LEAST = 3
SEED = 1
ORIGIN = (
    "# Clusters of words that are used alike, from case texts of E3C layer 3 and "
    "MACCROBAT2020 (CC BY); see README.md."
)


def texts(unlabelled: Path, corpus: Path) -> Iterator[str]:
    """The texts of a gzipped JSON-lines file (`text` of each line), then of a corpus folder."""
    yield from texts_of(unlabelled)
    for path in sorted(corpus.glob("*.txt")):
        yield path.read_text(encoding="utf-8")


def words_of(unlabelled: Path, corpus: Path) -> list[list[str]]:
    """Sentences of normalised words."""
    return [
        [normal(token.text) for token in sentence.tokens]
        for text in texts(unlabelled, corpus)
        for sentence in sentences_of(text)
        if sentence.tokens
    ]


def _tool(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise ConfigurationError(f"{name} is missing: pip install '.[clusters]'") from error


def cluster(sentences: Sequence[Sequence[str]], sizes: Sequence[int] = SIZES) -> dict[str, str]:
    """Each frequent word with its clusters, coarse to fine. One thread and a fixed seed: the
    same sentences give the same clusters on one kind of machine."""
    vectors = (
        _tool("gensim.models")
        .Word2Vec(
            sentences,
            vector_size=DIMENSIONS,
            window=WINDOW,
            min_count=LEAST,
            sg=1,
            negative=10,
            epochs=12,
            sample=1e-4,
            workers=1,
            seed=SEED,
        )
        .wv
    )
    directions = vectors.get_normed_vectors()
    k_means = _tool("sklearn.cluster").KMeans
    columns = [
        k_means(size, n_init=1, max_iter=30, random_state=SEED).fit(directions).labels_
        for size in sizes
    ]
    return {
        word: " ".join(str(column[i]) for column in columns)
        for i, word in enumerate(vectors.index_to_key)
    }


def write(table: dict[str, str], out: Path) -> None:
    """The file that `app.narrative.spotter.clusters.read` reads; words in order."""
    rows = [ORIGIN, *(f"{word}\t{table[word]}" for word in sorted(table))]
    out.write_bytes(gzip.compress(("\n".join(rows) + "\n").encode(), 9, mtime=0))

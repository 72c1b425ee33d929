"""The taggers read here and by CRFsuite itself: the same weights, the same tags."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pycrfsuite
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import resources, terminology
from app.errors import VocabularyError
from app.narrative import spotter
from app.narrative.mentions import Token
from app.narrative.spotter import crf, manifest
from app.narrative.spotter.features import Extractor
from app.narrative.tokens import tokenize
from tests.narrative.spotter.marked import SENTENCES, unmark

FOLDER = manifest.folder_of(resources.layers(None))
NAMES = ("spotter.crfsuite.gz", "heads.crfsuite.gz")


@pytest.fixture(scope="module")
def shipped() -> spotter.Spotter:
    return spotter.load(resources.layers(None), terminology.load(None))


@pytest.fixture(scope="module")
def taggers() -> Iterator[list[pycrfsuite.Tagger]]:
    # a tagger reads from its bytes as long as it lives
    kept = [gzip.decompress((FOLDER / name).read_bytes()) for name in NAMES]
    made = []
    for data in kept:
        tagger = pycrfsuite.Tagger()
        tagger.open_inmemory(data)
        made.append(tagger)
    yield made  # noqa: PT022 - a return would let go of the bytes


def tags_of(found: spotter.Spotter, sentences: Sequence[Sequence[Token]]) -> list[list[list[str]]]:
    """For both models the tags of each sentence."""
    scores, starts = found._scorer.scores(sentences)
    sizes = np.array([len(s) for s in sentences])
    out, column = [], 0
    for model in (found._every, found._heads):
        own = scores[:, column : column + len(model.tags)]
        best = crf.best_tags(own, starts, sizes, model.follows)
        out.append(
            [[model.tags[t] for t in best[a : a + n]] for a, n in zip(starts, sizes, strict=True)]
        )
        column += len(model.tags)
    return out


def said_by(tagger: pycrfsuite.Tagger, extractor: Extractor, tokens: Sequence[Token]) -> list[str]:
    tagger.set(pycrfsuite.ItemSequence(extractor.sentence(tokens)))
    return list(tagger.tag())


@pytest.mark.parametrize("name", NAMES)
def test_the_weights_are_those_of_the_file(name: str, taggers: list[pycrfsuite.Tagger]) -> None:
    tagger = taggers[NAMES.index(name)]
    info = tagger.info()
    model = crf.read(FOLDER / name)
    assert list(model.tags) == tagger.labels()
    assert set(model.features) == set(info.attributes)
    rows = zip(model.feature.tolist(), model.tag.tolist(), model.weight.tolist(), strict=True)
    found = {(model.features[f], model.tags[t]): w for f, t, w in rows}
    assert found == pytest.approx(info.state_features, abs=1e-5)
    for (a, b), weight in info.transitions.items():
        assert model.follows[model.tags.index(a), model.tags.index(b)] == pytest.approx(
            weight, abs=1e-5
        )


def test_the_tags_are_those_of_crfsuite(
    shipped: spotter.Spotter, taggers: list[pycrfsuite.Tagger]
) -> None:
    sentences = [tokenize(unmark(marked)[0]) for marked in SENTENCES]
    sentences = [s for s in sentences if s]
    for tagger, found in zip(taggers, tags_of(shipped, sentences), strict=True):
        assert found == [said_by(tagger, shipped._scorer._extractor, s) for s in sentences]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(
                [
                    "No",
                    "fever",
                    "(",
                    "CT",
                    ",",
                    "12.5",
                    "mg",
                    "of",
                    "liver-biopsy",
                    ")",
                    "unheard",
                    "Ägypten",
                    ".",
                ]
            ),
            min_size=1,
            max_size=12,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_any_words_in_any_company(
    shipped: spotter.Spotter, taggers: list[pycrfsuite.Tagger], said: list[list[str]]
) -> None:
    sentences = [tokenize(" ".join(words)) for words in said]
    for tagger, found in zip(taggers, tags_of(shipped, sentences), strict=True):
        assert found == [said_by(tagger, shipped._scorer._extractor, s) for s in sentences]


def test_a_small_model_of_its_own(tmp_path: Path) -> None:
    trainer = pycrfsuite.Trainer(verbose=False)
    trainer.append([["a", "é"], ["b"], ["a"]], ["B-X", "I-X", "O"])
    trainer.append([["c"], ["a"]], ["O", "B-X"])
    trainer.train(str(tmp_path / "raw"))
    path = tmp_path / "model.gz"
    path.write_bytes(gzip.compress((tmp_path / "raw").read_bytes()))
    model = crf.read(path)
    assert set(model.tags) == {"B-X", "I-X", "O"}
    assert set(model.features) == {"a", "b", "c", "é"}


@pytest.mark.parametrize("cut", [10, 60, 4000], ids=["header", "weights", "strings"])
def test_a_file_that_was_cut_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "m.gz"
    path.write_bytes(gzip.compress(gzip.decompress((FOLDER / NAMES[1]).read_bytes())[:cut]))
    with pytest.raises(VocabularyError, match="cannot be read"):
        crf.read(path)

"""Trained linear-chain conditional random fields: their weights, and the best tags by them.

The files are those of CRFsuite, as training writes them, gzipped. They are read here and not by
CRFsuite's own tagger, since that looks every feature string of every token up in the file, while
here a string becomes a number once (`scores`) and the rest is sums of arrays.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import VocabularyError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

# The file's parts (crf1d_model.c and cqdb.c of CRFsuite 0.12): a header, the weights, and two
# tables of strings with their numbers; a weight is that of a feature of a token for a tag, or of
# a tag after a tag.
_HEADER = struct.Struct("<4sI4s9I")
_CHUNK = struct.Struct("<4sII")
_STRINGS = struct.Struct("<4s5I")
_WEIGHT = np.dtype([("kind", "<u4"), ("from", "<u4"), ("to", "<u4"), ("weight", "<f8")])
_OF_TAG, _OF_TAGS = 0, 1
_RECORD = 8  # bytes before each string: its number and its length


@dataclass(frozen=True)
class Model:
    """`features` are the known feature strings; the weight `weight[i]` is that of feature
    `feature[i]` for the tag `tag[i]`, `follows[a, b]` that of tag b after tag a."""

    tags: tuple[str, ...]
    features: list[str]
    feature: Ints
    tag: Ints
    weight: Floats
    follows: Floats


def read(path: Path) -> Model:
    """Raises VocabularyError when the file is not a gzipped model."""
    try:
        return _parse(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError, zlib.error, ValueError, IndexError, struct.error) as error:
        raise VocabularyError("the trained model cannot be read", place=str(path)) from error


def _parse(data: bytes) -> Model:
    magic, _, kind, version, _, tag_count, _, weights_at, tags_at, features_at, _, _ = (
        _HEADER.unpack_from(data)
    )
    if (magic, kind, version) != (b"lCRF", b"FOMC", 100):
        raise ValueError("no model of CRFsuite")
    chunk, _, count = _CHUNK.unpack_from(data, weights_at)
    if chunk != b"FEAT":
        raise ValueError("no weights")
    rows = np.frombuffer(data, _WEIGHT, count, weights_at + _CHUNK.size)
    tags, features = _strings(data, tags_at), _strings(data, features_at)
    follows = np.zeros((tag_count, tag_count))
    between = rows[rows["kind"] == _OF_TAGS]
    follows[between["from"], between["to"]] = between["weight"]
    of_tag = rows[rows["kind"] == _OF_TAG]
    return Model(
        tuple(tags),
        features,
        of_tag["from"].astype(np.intp),
        of_tag["to"].astype(np.intp),
        of_tag["weight"].astype(np.float64),
        follows,
    )


def _strings(data: bytes, start: int) -> list[str]:
    """The strings of a table, in the order of their numbers."""
    chunk, _, _, _, count, numbers_at = _STRINGS.unpack_from(data, start)
    if chunk != b"CQDB":
        raise ValueError("no table of strings")
    places = np.frombuffer(data, "<u4", count, start + numbers_at).astype(np.intp)
    if not count:
        return []
    order = np.argsort(places, kind="stable")
    first, last = int(places[order[0]]), int(places[order[-1]])
    end = last + _RECORD + struct.unpack_from("<I", data, start + last + 4)[0]
    block = np.frombuffer(data, np.uint8, end - first, start + first)
    kept = np.ones(end - first, dtype=bool)
    for byte in range(_RECORD):
        kept[places - first + byte] = False
    found = block[kept].tobytes().decode("utf-8").split("\0")[:-1]
    if len(found) != count:
        raise ValueError("a table of strings is damaged")
    out = [""] * count
    for number, string in zip(order.tolist(), found, strict=True):
        out[number] = string
    return out


def best_tags(scores: Floats, starts: Ints, lengths: Ints, follows: Floats) -> Ints:
    """The most likely tags (Viterbi) of sentences, none of them empty, all at a time.

    Sentence k has the rows `starts[k]` to `starts[k] + lengths[k]` of `scores`, one for each
    token, with a score for each tag; so has it of the result, which is undefined elsewhere.
    Of equally good tags it is the first.
    """
    order = np.argsort(-lengths, kind="stable")  # the longest first: those still open lead
    first, sizes = starts[order], lengths[order]
    longest = int(sizes[0])
    # one array for all steps: a new one each time takes longer than the sums in it
    ways = np.empty((len(starts), *follows.shape))
    still = np.searchsorted(-sizes, -np.arange(longest), side="left").tolist()
    best = np.empty_like(scores)
    best[first] = now = scores[first]
    for at in range(1, longest):
        rows = first[: still[at]] + at
        here = np.add(now[: still[at], :, None], follows, out=ways[: still[at]])
        now = here.max(axis=1)
        now += scores[rows]
        best[rows] = now
    # backwards, from the best last tag, only the way that led to it is looked at
    out = np.zeros(len(scores), dtype=np.intp)
    tags = best[first + sizes - 1].argmax(axis=1)
    into = np.ascontiguousarray(follows.T)
    for at in range(longest - 1, 0, -1):
        rows = first[: still[at]] + at
        out[rows] = tags[: still[at]]
        tags[: still[at]] = (best[rows - 1] + into[tags[: still[at]]]).argmax(axis=1)
    out[first] = tags
    return out


def joined(models: Sequence[Model]) -> tuple[dict[str, int], Floats]:
    """The features of all models with their row in a table of weights, whose columns are the
    tags of the first model, then those of the next; row 0 is that of no feature."""
    features = dict.fromkeys(f for model in models for f in model.features)
    known = dict(zip(features, range(1, len(features) + 1), strict=True))
    table = np.zeros((len(known) + 1, sum(len(m.tags) for m in models)))
    column = 0
    for model in models:
        rows = np.fromiter(map(known.__getitem__, model.features), np.intp, len(model.features))
        table[rows[model.feature], column + model.tag] = model.weight
        column += len(model.tags)
    return known, table

"""A small convolutional network that labels tokens, run with NumPy.

Forms of a word and vocabulary terms become a vector for each token; a few convolutions, each
with what it was given added to what it makes, let a token see its neighbours; a linear layer
gives the labels. The file is NumPy's `.npz` without pickled objects.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from app.errors import VocabularyError
from app.narrative.mentions import Token
from app.narrative.spotter import tags
from app.narrative.spotter.inputs import FLAGS, FORMS, VERSION, Inputs, Inventory
from app.narrative.spotter.tags import Run

Floats = npt.NDArray[Any]  # of single precision

# Tokens that are read in one go: enough that the loop costs nothing, few enough for the cache
# of a processor. A sentence is never cut unless it is longer by itself.
_CHUNK = 384
_EPSILON = 1e-5  # of the normalisation, as in the training


class Network:
    """A trained network. It changes nothing, so threads may share it."""

    def __init__(
        self,
        inventory: Inventory,
        said: Sequence[str],
        parts: dict[str, Floats],
        vocabulary: Any | None = None,
    ) -> None:
        """`said` are the tags in the order of the outputs; `parts` the arrays by name."""
        self._inventory = inventory
        self._vocabulary = vocabulary
        self._tags = tuple(said)
        self._forms = [parts[f"form {i}"] for i in range(len(FORMS))]
        self._terms = parts["terms"]
        self._flags = parts["flags"]
        self._join, self._join_bias = parts["join"], parts["join bias"]
        self._first = parts["first norm"]
        self._blocks = [
            (int(d), parts[f"norm {i}"], parts[f"block {i}"], parts[f"block {i} bias"])
            for i, d in enumerate(parts["dilations"])
        ]
        self._last = parts["last norm"]
        self._out, self._out_bias = parts["out"], parts["out bias"]
        self._path = _Path(self._tags)
        self._threads = ThreadpoolController()

    def runs(self, sentences: Sequence[Sequence[Token]]) -> list[list[Run]]:
        """Labelled runs of each sentence's tokens, in order; none overlap."""
        found: list[list[Run]] = []
        for chunk in _chunks(sentences):
            inputs = self._inventory.inputs(chunk, self._vocabulary)
            # Arrays this small are multiplied fastest by one thread, and each core has a worker.
            with self._threads.limit(limits=1, user_api="blas"):
                scores = self.scores(inputs)[inputs.real]
            begin = 0
            for tokens in chunk:
                end = begin + len(tokens)
                found.append(tags.decode(self._path.best(scores[begin:end])))
                begin = end
        return found

    def scores(self, inputs: Inputs) -> Floats:
        """A row for each place, a column for each tag: the higher the likelier."""
        columns = [table[inputs.forms[:, i]] for i, table in enumerate(self._forms)]
        x = np.concatenate(columns, axis=1) @ self._join + self._join_bias
        x += self._flags[inputs.flags]
        np.add.at(x, inputs.term_rows, self._terms[inputs.terms])
        x = _normalised(x, self._first)
        for dilation, norm, weights, bias in self._blocks:
            x += _gelu(_convolved(_normalised(x, norm), dilation, weights) + bias)
        scores: Floats = _normalised(x, self._last) @ self._out + self._out_bias
        return scores


def _chunks(sentences: Sequence[Sequence[Token]]) -> Iterator[list[Sequence[Token]]]:
    chunk: list[Sequence[Token]] = []
    size = 0
    for tokens in sentences:
        if chunk and size + len(tokens) > _CHUNK:
            yield chunk
            chunk, size = [], 0
        chunk.append(tokens)
        size += len(tokens)
    if chunk:
        yield chunk


def _normalised(x: Floats, norm: Floats) -> Floats:
    """Each row with mean 0 and variance 1, then scaled and moved."""
    centred = x - x.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + _EPSILON)
    out: Floats = centred / spread * norm[0] + norm[1]
    return out


def _convolved(x: Floats, dilation: int, weights: Floats) -> Floats:
    """Each row with those `dilation` before and behind it; zeros beyond the ends."""
    wide = np.zeros((len(x) + 2 * dilation, x.shape[1]), np.float32)
    wide[dilation : dilation + len(x)] = x
    seen = np.concatenate([wide[k * dilation : k * dilation + len(x)] for k in range(3)], axis=1)
    out: Floats = seen @ weights
    return out


def _gelu(x: Floats) -> Floats:
    """The Gaussian error linear unit in its usual approximation by tanh (Hendrycks, Gimpel)."""
    inner = x * (0.7978845608 + 0.0356774081 * np.square(x))
    out: Floats = 0.5 * x * (1.0 + np.tanh(inner))
    return out


class _Path:
    """The likeliest sequence of tags in which no I stands without its B or I before it."""

    def __init__(self, said: tuple[str, ...]) -> None:
        self._said = said
        number = {tag: i for i, tag in enumerate(said)}
        self._inside = np.array([i for i, t in enumerate(said) if t[0] == "I"], np.intp)
        self._begin = np.array([number["B" + said[i][1:]] for i in self._inside], np.intp)
        self._free = np.array([i for i, t in enumerate(said) if t[0] != "I"], np.intp)
        self._needs = dict(zip(self._inside.tolist(), self._begin.tolist(), strict=True))

    def best(self, scores: Floats) -> list[str]:
        """The tags of the rows of one sentence."""
        if not len(scores):
            return []
        # The best tag of each token by itself is the answer when it is a possible one; mostly.
        alone = scores.argmax(axis=1).tolist()
        path = alone if self._possible(alone) else self._searched(scores)
        return [self._said[i] for i in path]

    def _possible(self, path: list[int]) -> bool:
        before = -1
        for tag in path:
            begin = self._needs.get(tag)
            if begin is not None and before not in (begin, tag):
                return False
            before = tag
        return True

    def _searched(self, scores: Floats) -> list[int]:
        """Viterbi: a B or O may follow anything, an I its own B or I alone. The scores of a row
        are turned into logarithms of probabilities first."""
        highest = scores.max(axis=1, keepdims=True)
        rows = scores - highest - np.log(np.exp(scores - highest).sum(axis=1, keepdims=True))
        reached = rows[0].copy()
        reached[self._inside] = -np.inf
        back = np.zeros(rows.shape, np.intp)
        for i in range(1, len(rows)):
            top = int(reached.argmax())
            from_begin, from_inside = reached[self._begin], reached[self._inside]
            begun = from_begin >= from_inside
            back[i, self._free] = top
            back[i, self._inside] = np.where(begun, self._begin, self._inside)
            step = rows[i].copy()
            step[self._free] += reached[top]
            step[self._inside] += np.where(begun, from_begin, from_inside)
            reached = step
        path = [int(reached.argmax())]
        for i in range(len(rows) - 1, 0, -1):
            path.append(int(back[i, path[-1]]))
        return path[::-1]


def read(path: Path, vocabulary: Any | None = None) -> Network:
    """Raises VocabularyError with the place when the file is not a network of this release."""
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            about = json.loads(bytes(file["about"]))
            parts = {n: file[n].astype(np.float32) for n in file.files if n != "about"}
        if about["version"] != VERSION:
            raise VocabularyError(
                f"made for inputs {about['version']}, this release makes {VERSION}; train it anew",
                place=str(path),
            )
        inventory = Inventory(about["forms"], about["terms"])
        network = Network(inventory, about["tags"], parts, vocabulary)
        _check(network)
    except (OSError, EOFError, ValueError, KeyError, IndexError, zipfile.BadZipFile) as error:
        raise VocabularyError("the trained network cannot be read", place=str(path)) from error
    return network


def _check(network: Network) -> None:
    """Reads nothing once, so that parts that do not fit are found now; ValueError if so."""
    numbers = np.array([[len(t) - 1 for t in network._forms]], np.int32)
    some = np.zeros(1, np.int32)
    scores = network.scores(Inputs(numbers, some + FLAGS - 1, some, some, np.ones(1, np.bool_)))
    if scores.shape != (1, len(network._tags)):
        raise ValueError("the outputs are not the tags")


def write(path: Path, inventory: Inventory, said: Sequence[str], parts: dict[str, Floats]) -> None:
    """Writes a network in half precision, always the same bytes for the same network."""
    about = {
        "version": VERSION,
        "forms": inventory.known,
        "terms": inventory.terms,
        "tags": list(said),
    }
    data = np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), np.uint8)
    arrays: dict[str, npt.NDArray[Any]] = {
        "about": data,
        **{n: a.astype(np.float16) for n, a in sorted(parts.items())},
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            with file.open(member, "w") as out:
                np.lib.format.write_array(out, array, allow_pickle=False)

"""The network by itself: inputs, arithmetic, the likeliest possible path, its file."""

from __future__ import annotations

import json
import zipfile
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import VocabularyError
from app.narrative.spotter import inputs, network
from app.narrative.spotter.inputs import FORMS, UNKNOWN, Inventory
from app.narrative.spotter.network import _Path
from app.narrative.tokens import tokenize

TAGS = ("B-a", "B-b", "I-a", "I-b", "O")
WORDS = ["cough", "fever"]
WIDTH, SIZE = 6, 2


def inventory() -> Inventory:
    known = [sorted({inputs.forms(word)[i] for word in WORDS}) for i in range(len(FORMS))]
    return Inventory(known, ["B-disease"])


def parts(seed: int = 0) -> dict[str, Any]:
    """A network of two blocks with weights drawn at random."""
    rng = np.random.default_rng(seed)

    def some(*shape: int) -> Any:
        return rng.normal(0, 0.5, shape).astype(np.float32)

    made = {f"form {i}": some(len(column) + 2, SIZE) for i, column in enumerate(inventory().known)}
    made |= {"terms": some(3, WIDTH), "flags": some(8, WIDTH)}
    made |= {"join": some(len(FORMS) * SIZE, WIDTH), "join bias": some(WIDTH)}
    made |= {"first norm": some(2, WIDTH), "last norm": some(2, WIDTH)}
    made |= {"dilations": np.array([1, 2], np.float32)}
    for i in range(2):
        made |= {f"norm {i}": some(2, WIDTH), f"block {i}": some(3 * WIDTH, WIDTH)}
        made |= {f"block {i} bias": some(WIDTH)}
    return made | {"out": some(WIDTH, len(TAGS)), "out bias": some(len(TAGS))}


def test_forms_of_a_word() -> None:
    said = dict(zip(FORMS, inputs.forms("Hepatitis12"), strict=True))
    assert said["word"] == "hepatitis00"
    assert (said["prefix 3"], said["suffix 4"]) == ("hep", "is00")
    assert said["shape"] == "Xx0"
    assert dict(zip(FORMS, inputs.forms("CT"), strict=True))["prefix 3"] == ""


def test_where_tokens_stand() -> None:
    assert inputs.flags(tokenize("pain (mild) now")) == [0, 1, 3, 2, 0]


def test_sentences_are_put_one_after_the_other() -> None:
    made = inventory().inputs([tokenize("fever and cough"), tokenize("cough")], None)
    assert made.real.tolist() == [True, True, True, False, True, False]
    words = made.forms[:, 0].tolist()
    assert words[0] != words[2] == words[4]
    assert words[1] == UNKNOWN
    assert words[3] == words[5] == inputs.NOTHING


def test_a_token_sees_its_neighbours_and_no_further() -> None:
    """Blocks of dilation 1 and 2 reach three tokens to either side."""
    made = network.Network(inventory(), TAGS, parts())
    one = inventory().inputs([tokenize("x x x x cough x x x x")], None)
    other = inventory().inputs([tokenize("x x x x fever x x x x")], None)
    moved = np.abs(made.scores(one) - made.scores(other)).max(axis=1) > 1e-6
    assert moved.tolist()[:9] == [False, True, True, True, True, True, True, True, False]


def test_long_documents_are_read_in_parts_of_whole_sentences() -> None:
    made = network.Network(inventory(), TAGS, parts())
    sentences = [tokenize("fever and cough and fever") for _ in range(200)]
    found = made.runs(sentences)
    assert len(found) == 200
    per_chunk = network._CHUNK // 5
    assert found[1] == found[per_chunk + 1]  # well inside a part, neighbours are alike


def test_no_sentence_and_empty_sentences() -> None:
    made = network.Network(inventory(), TAGS, parts())
    assert made.runs([]) == []
    assert made.runs([(), tokenize("fever"), ()])[::2] == [[], []]


@given(
    st.lists(
        st.lists(st.floats(-6, 6, width=32), min_size=len(TAGS), max_size=len(TAGS)),
        min_size=1,
        max_size=4,
    )
)
def test_the_path_is_the_likeliest_possible_one(rows: list[list[float]]) -> None:
    scores = np.array(rows, np.float64)
    chances = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))

    def worth(path: tuple[int, ...]) -> float:
        return float(sum(chances[i, tag] for i, tag in enumerate(path)))

    def possible(path: tuple[int, ...]) -> bool:
        named = ["O", *(TAGS[i] for i in path)]
        return all(
            here[0] != "I" or before in (here, "B" + here[1:]) for before, here in pairwise(named)
        )

    best = max(worth(p) for p in product(range(len(TAGS)), repeat=len(rows)) if possible(p))
    said = tuple(TAGS.index(tag) for tag in _Path(TAGS).best(scores))
    assert possible(said)
    assert worth(said) == pytest.approx(best, abs=1e-6)


def test_a_network_comes_back_as_written_and_twice_the_same(tmp_path: Path) -> None:
    for name in ("one", "two"):
        network.write(tmp_path / name, inventory(), TAGS, parts())
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    back = network.read(tmp_path / "one")
    text = inventory().inputs([tokenize("fever and cough")], None)
    wanted = network.Network(inventory(), TAGS, parts()).scores(text)
    assert np.allclose(back.scores(text), wanted, atol=0.05)  # half precision


def _without(name: str, path: Path) -> None:
    made = parts()
    del made[name]
    network.write(path, inventory(), TAGS, made)


def _of_another_version(path: Path) -> None:
    network.write(path, inventory(), TAGS, parts())
    with np.load(path) as file:
        held = {name: file[name] for name in file.files}
    about = json.loads(bytes(held["about"])) | {"version": 0}
    held["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    with path.open("wb") as out:
        np.savez(out, **held)


def _of_other_size(path: Path) -> None:
    network.write(path, inventory(), TAGS, parts() | {"out": np.zeros((WIDTH, 3), np.float32)})


def _pickled(path: Path) -> None:
    with path.open("wb") as out:
        np.savez(out, about=np.array([{"version": 1}], object), allow_pickle=True)


def _cut(path: Path) -> None:
    network.write(path, inventory(), TAGS, parts())
    path.write_bytes(path.read_bytes()[:-200])


def _empty_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w"):
        pass


@pytest.mark.parametrize(
    "spoil",
    [
        lambda p: p.write_bytes(b""),
        lambda p: p.write_bytes(b"not a network"),
        lambda p: _without("join", p),
        _of_another_version,
        _of_other_size,
        _pickled,
        _cut,
        _empty_zip,
        lambda p: None,
    ],
)
def test_what_is_no_network_is_refused_with_its_place(tmp_path: Path, spoil: Any) -> None:
    path = tmp_path / "network.npz"
    spoil(path)
    with pytest.raises(VocabularyError) as caught:
        network.read(path)
    assert str(path) in str(caught.value)

"""Tags, features, labels, clusters and manifest by themselves."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import resources
from app.errors import MappingError, VocabularyError
from app.narrative import spotter
from app.narrative.mentions import HEADS, MentionKind, Token
from app.narrative.spotter import clusters, features, labels, manifest, usage
from app.narrative.spotter.fields import united
from app.narrative.spotter.tags import Run, decode, encode
from app.narrative.tokens import tokenize


def test_tags_of_runs() -> None:
    runs = [Run(0, 2, "A"), Run(2, 3, "A"), Run(4, 5, "B")]
    assert encode(6, runs) == ["B-A", "I-A", "B-A", "O", "B-B", "O"]
    assert decode(encode(6, runs)) == runs


def test_a_continuation_without_beginning_begins() -> None:
    assert decode(["I-A", "I-B", "I-B", "O"]) == [Run(0, 1, "A"), Run(1, 3, "B")]


@given(st.lists(st.sampled_from(["O", "B-A", "I-A", "B-B", "I-B"]), max_size=12))
def test_runs_cover_what_is_tagged(given_tags: list[str]) -> None:
    covered = [i for run in decode(given_tags) for i in range(run.start, run.end)]
    assert covered == [i for i, tag in enumerate(given_tags) if tag != "O"]


def test_words_are_normalised_and_shaped() -> None:
    assert features.normal("HbA1c") == "hba0c"
    assert features.shape("Hb12.5-x") == "Xx00.0-x"


def test_the_neighbours_and_their_gaps_are_seen() -> None:
    made = features.Extractor(clusters.NONE).sentence(tokenize("left-sided (mild) pain"))
    assert "+glued" in made[0]
    assert "first" in made[0]
    assert "-1w=left" in made[1]
    assert "bracket" in made[4]
    assert "bracket" not in made[-1]
    assert "last" in made[-1]


@dataclass
class Term:
    start_token: int
    end_token: int
    domains: frozenset[str]
    exact: bool


class Terms:
    """A vocabulary that knows one term of two words."""

    def matches(self, tokens: Sequence[Token]) -> list[Term]:
        words = [t.text for t in tokens]
        return [
            Term(i, i + 2, frozenset({"disease"}), True)
            for i in range(len(words) - 1)
            if words[i : i + 2] == ["lung", "cancer"]
        ]


def test_terms_of_the_vocabulary_are_seen() -> None:
    made = features.Extractor(clusters.NONE, Terms()).sentence(tokenize("has lung cancer now"))
    assert "t=B-disease" in made[1]
    assert "t=I-disease" in made[2]
    assert "+1t=B-disease" in made[0]
    assert "-1t=I-disease" in made[3]
    assert "t=no" in made[0]


def test_every_kind_has_its_label_but_those_of_the_rules() -> None:
    table = labels.load(resources.layers(None))
    kinds = {label.kind for label in table.by_name.values()}
    assert HEADS - kinds == {MentionKind.ALLERGY}
    assert table.learnt_as["Color"].name == "Detailed_description"


def test_an_unknown_key_in_the_label_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / labels.FILE).write_text('[label.X]\nkind = "test"\nrank = 1\ncolour = "red"\n')
    with pytest.raises(MappingError, match="colour") as caught:
        labels.load((tmp_path,))
    assert str(caught.value.place).endswith("labels.toml:4")


def test_clusters_are_read_and_unknown_words_have_none(tmp_path: Path) -> None:
    path = tmp_path / "c.gz"
    path.write_bytes(gzip.compress(b"# where from\nfever\t1 12\n#\t2 20\n"))
    read = clusters.read(path)
    assert read.of("fever") == ("1", "12")
    assert read.of("#") == ("2", "20")
    assert read.of("unheard") == ("-", "-")


@pytest.mark.parametrize(
    "content",
    [b"no gzip", gzip.compress(b"fever\t1 2\ncough\t1\n"), gzip.compress(b"\t\n")],
    ids=["no gzip", "unequal rows", "no word"],
)
def test_broken_clusters_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c.gz").write_bytes(content)
    with pytest.raises(VocabularyError):
        clusters.read(tmp_path / "c.gz")


def test_usage_is_read_and_unknown_words_have_none(tmp_path: Path) -> None:
    path = tmp_path / "u.gz"
    path.write_bytes(gzip.compress(b"# where from\nfever\tSign_symptom4\nmass\tSign_symptom3 O1\n"))
    read = usage.read(path)
    assert read.of("mass") == ("Sign_symptom3", "O1")
    assert read.foremost("mass") == "Sign_symptom"
    assert read.foremost("unheard") == "-"


@pytest.mark.parametrize(
    "content",
    [b"no gzip", gzip.compress(b"fever\tSign_symptom\n"), gzip.compress(b"fever\t\n")],
    ids=["no gzip", "no share", "no label"],
)
def test_broken_usage_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "u.gz").write_bytes(content)
    with pytest.raises(VocabularyError):
        usage.read(tmp_path / "u.gz")


def test_usage_of_a_word_and_of_its_neighbours_is_seen() -> None:
    known = usage.Usage({"fever": ("Sign_symptom4",), "and": ("O3", "Sign_symptom1")})
    made = features.Extractor(clusters.NONE, None, known).sentence(tokenize("fever and chills"))
    assert {"u=O3", "u=Sign_symptom1", "c0=O", "-1c0=Sign_symptom", "+1c0=-"} <= set(made[1])
    assert "-10c0=Sign_symptom|O" in made[1]


@pytest.mark.parametrize(
    ("every", "heads", "expected"),
    [
        ([Run(1, 2, "Disease_disorder")], [Run(0, 2, "problem")], [Run(0, 2, "Disease_disorder")]),
        ([Run(1, 2, "Medication")], [Run(0, 2, "problem")], [Run(0, 2, "Sign_symptom")]),
        ([], [Run(0, 2, "test")], [Run(0, 2, "Diagnostic_procedure")]),
        (
            [Run(0, 1, "Severity"), Run(3, 4, "Medication")],
            [Run(1, 3, "problem")],
            [Run(0, 1, "Severity"), Run(1, 3, "Sign_symptom"), Run(3, 4, "Medication")],
        ),
        (
            [Run(0, 3, "Sign_symptom")],
            [Run(0, 1, "problem"), Run(2, 3, "problem")],
            [Run(0, 1, "Sign_symptom"), Run(2, 3, "Sign_symptom")],
        ),
        ([Run(0, 1, "Age")], [Run(4, 5, "unheard of")], [Run(0, 1, "Age")]),
    ],
    ids=["borders of heads", "kind of heads", "missed", "beside", "two for one", "unknown head"],
)
def test_heads_stand_where_the_models_differ(
    every: list[Run], heads: list[Run], expected: list[Run]
) -> None:
    assert united(every, heads, labels.load(resources.layers(None))) == expected


def model_folder(tmp_path: Path, **changes: object) -> Path:
    parts = manifest.FieldsParts(
        features=features.VERSION, every="m.gz", heads="m.gz", clusters="c.gz"
    )
    known = {k: v for k, v in changes.items() if k in manifest.FieldsParts.model_fields}
    others = {k: v for k, v in changes.items() if k not in known}
    made = manifest.Manifest(vocabulary=False, fields=parts.model_copy(update=known))
    made = made.model_copy(update=others)
    (tmp_path / "c.gz").write_bytes(gzip.compress(b"fever\t1\n"))
    (tmp_path / "m.gz").write_bytes(gzip.compress(b"not a model"))
    manifest.write(tmp_path, made)
    return tmp_path


def test_a_manifest_comes_back_as_written(tmp_path: Path) -> None:
    folder = model_folder(tmp_path, usage="u.gz")
    made = manifest.read(folder)
    assert made.fields is not None
    assert (made.fields.every, made.fields.usage, made.vocabulary) == ("m.gz", "u.gz", False)
    network = manifest.Manifest(vocabulary=True, network=manifest.NetworkParts(file="n.npz"))
    manifest.write(folder, network)
    assert manifest.read(folder) == network


@pytest.mark.parametrize("kinds", ["", '[network]\nfile = "n"\n[fields]\nfeatures = 3\n'])
def test_a_manifest_names_one_kind_of_model(tmp_path: Path, kinds: str) -> None:
    rest = 'every = "m"\nheads = "m"\nclusters = "c"\n' if kinds else ""
    (tmp_path / manifest.FILE).write_text(f"vocabulary = false\n{kinds}{rest}", encoding="utf-8")
    with pytest.raises(MappingError, match="either"):
        manifest.read(tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"features": 0}, "train it anew"),
        ({"vocabulary": True}, "vocabulary"),
        ({}, "model cannot be read"),
    ],
)
def test_models_that_do_not_fit_are_refused(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    folder = model_folder(tmp_path, **changes)
    with pytest.raises(VocabularyError, match=words):
        spotter.load(resources.layers(None), None, model=folder)


def test_without_any_model_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match="train"):
        spotter.load((tmp_path,), None)

"""Training and judging of the weights, on a small corpus written for it."""

from __future__ import annotations

from pathlib import Path

from app.narrative.relations import table
from app.resources import layers
from app.training import relations as training

_TEXT = "Sodium was 135.\nPotassium was 4.1.\nUrea was normal.\nNormal glucose was noted.\n"
_ANNOTATIONS = (
    "T1\tDiagnostic_procedure 0 6\tSodium\nT2\tLab_value 11 14\t135\n"
    "T3\tDiagnostic_procedure 16 25\tPotassium\nT4\tLab_value 30 33\t4.1\n"
    "T5\tDiagnostic_procedure 35 39\tUrea\nT6\tLab_value 44 50\tnormal\n"
    "T7\tLab_value 52 58\tNormal\nT8\tDiagnostic_procedure 59 66\tglucose\n"
    "E1\tDiagnostic_procedure:T1 \n"
    "R1\tMODIFY Arg1:T2 Arg2:E1\t\nR2\tMODIFY Arg1:T4 Arg2:T3\t\n"
    "R3\tMODIFY Arg1:T6 Arg2:T5\t\nR4\tMODIFY Arg1:T7 Arg2:T8\t\n"
)


def corpus(folder: Path, reports: int) -> Path:
    for number in range(reports):
        (folder / f"{number}.txt").write_text(_TEXT, encoding="utf-8")
        (folder / f"{number}.ann").write_text(_ANNOTATIONS, encoding="utf-8")
    return folder


def test_trained_weights_find_what_was_annotated(tmp_path: Path) -> None:
    read = training.examples(corpus(tmp_path, 5), layers(None))
    assert sum(len(e.true) for e in read) == 20
    scores = training.cross_validate(read, table.read(layers(None)).pairs)
    assert scores["value of test"].f1 == 1.0
    assert scores["value of test"].gold == 20


def test_training_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    source = tmp_path / "corpus"
    source.mkdir()
    corpus(source, 2)
    pairs = table.read(layers(None)).pairs
    for name in ("a", "b"):
        examples = training.examples(source, layers(None))
        training.save(training.fit(examples, pairs), tmp_path / f"{name}.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_distance_alone_takes_the_nearest_head(tmp_path: Path) -> None:
    read = training.examples(corpus(tmp_path, 1), layers(None))
    pairs = table.read(layers(None)).pairs
    said = [training.nearest(e, pairs) for e in read]
    assert training.judge(read, said, pairs)["value of test"].recall == 1.0

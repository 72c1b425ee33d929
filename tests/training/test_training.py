"""Reading a corpus, training on a small one, judging spans."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pytest

from app import resources
from app.errors import MalformedDocument, NotFound
from app.narrative import spotter
from app.narrative.relations import model as relations
from app.narrative.spotter import clusters, labels, usage
from app.narrative.spotter.features import Extractor
from app.narrative.spotter.tags import Run
from app.text import Span
from app.training import brat, evaluate, folds, spans, train
from app.training.__main__ import main
from app.training.brat import Entity
from app.training.samples import chosen, samples, sentences_of

REPORTS = {
    "a": ("A man had fever and cough. Sodium was 131.", "fever cough", "Sodium", "131"),
    "b": ("A woman had nausea and fever. Potassium was 4.", "nausea fever", "Potassium", "4"),
    "c": ("A boy had cough and pain. Sodium was 140.", "cough pain", "Sodium", "140"),
    "d": ("A girl had fever and rash. Calcium was 2.", "fever rash", "Calcium", "2"),
    "e": ("A man had rash and cough. Potassium was 5.", "rash cough", "Potassium", "5"),
}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name, (text, symptoms, test, value) in REPORTS.items():
        marks = [(word, "Sign_symptom") for word in symptoms.split()]
        marks += [(test, "Diagnostic_procedure"), (value, "Lab_value")]
        lines = [
            f"T{i}\t{label} {text.index(word)} {text.index(word) + len(word)}\t{word}"
            for i, (word, label) in enumerate(marks, 1)
        ]
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        (folder / f"{name}.ann").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_brat_is_read_with_parts_and_without_the_rest() -> None:
    found = brat.parse(
        "T2\tSign_symptom 30 34;40 48\tloss of appetite\n"
        "E1\tSign_symptom:T2 \n"
        "#1\tAnnotatorNotes T2\tT9 is not an entity\n"
        "T1\tAge 2 13\t23 year old\n"
        "R1\tMODIFY Arg1:T1 Arg2:E1\n",
        "x.ann",
    )
    assert [e.id for e in found] == ["T1", "T2"]
    assert found[1].pieces == (Span(30, 34), Span(40, 48))
    assert found[1].span == Span(30, 48)


def test_a_broken_annotation_names_file_and_line() -> None:
    with pytest.raises(MalformedDocument) as caught:
        brat.parse("T1\tAge 2 13\tx\nT2\tAge two 13\tx\n", "x.ann")
    assert caught.value.place == "x.ann:2"


def test_offsets_count_code_points_whatever_the_line_ends(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes("µ\r\n\U0001f600 fever".encode())
    (tmp_path / "x.ann").write_text("T1\tSign_symptom 5 10\tfever\n")
    report = brat.read(tmp_path)[0]
    assert report.text[slice(*report.entities[0].span)] == "fever"


def test_annotations_beyond_the_text_and_empty_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        brat.read(tmp_path)
    (tmp_path / "x.txt").write_text("short")
    (tmp_path / "x.ann").write_text("T1\tAge 2 13\tx\n")
    with pytest.raises(MalformedDocument):
        brat.read(tmp_path)


def entity(kind: str, *pieces: tuple[int, int]) -> Entity:
    return Entity("T", kind, tuple(Span(*p) for p in pieces))


def test_of_overlapping_annotations_the_head_is_learnt_then_the_longer() -> None:
    table = labels.load(resources.layers(None))
    found = chosen(
        [
            entity("History", (0, 40)),
            entity("Disease_disorder", (20, 40)),
            entity("Biological_structure", (22, 30)),
            entity("Diagnostic_procedure", (50, 60), (70, 75)),
            entity("Diagnostic_procedure", (50, 60)),
            entity("Unheard_of", (80, 90)),
            entity("Color", (95, 99)),
        ],
        table,
    )
    assert found == [
        (Span(20, 40), "Disease_disorder"),
        (Span(50, 75), "Diagnostic_procedure"),
        (Span(95, 99), "Detailed_description"),
    ]


def test_annotations_become_runs_of_the_tokens_they_touch(corpus: Path) -> None:
    report = brat.read(corpus)[0]
    found = samples(report, labels.load(resources.layers(None)))
    assert [s.runs for s in found] == [
        (Run(3, 4, "Sign_symptom"), Run(5, 6, "Sign_symptom")),
        (Run(0, 1, "Diagnostic_procedure"), Run(2, 3, "Lab_value")),
    ]


def test_folds_depend_on_ids_alone_and_are_even() -> None:
    ids = [f"r{i}" for i in range(23)]
    where = folds.assign(ids)
    assert where == folds.assign(ids[::-1])
    assert sorted({list(where.values()).count(f) for f in range(5)}) == [4, 5]


def test_a_model_is_trained_and_reads_alike_text(corpus: Path, tmp_path: Path) -> None:
    folder = train.train(corpus, tmp_path / "model")
    found = spotter.load(resources.layers(None), None, model=folder)
    text = "A woman had cough and rash. Sodium was 128."
    said = {(text[slice(*m.span)], m.label) for m in found.spot(sentences_of(text))}
    assert said == {
        ("cough", "Sign_symptom"),
        ("rash", "Sign_symptom"),
        ("Sodium", "Diagnostic_procedure"),
        ("128", "Lab_value"),
    }


def test_training_twice_gives_the_same_bytes(corpus: Path, tmp_path: Path) -> None:
    first = train.train(corpus, tmp_path / "1", 3)
    second = train.train(corpus, tmp_path / "2", 3)
    for name in (train.MODEL, train.HEADS, train.CLUSTERS, "spotter.toml"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "texts.jsonl.gz"
    found = [
        "A man had fever and tremor. Sodium was 129.",
        "A woman had tremor and cough. Sodium was 133.",
        "A boy had fever and tremor. Potassium was 3.",
    ]
    path.write_bytes(gzip.compress("".join(json.dumps({"text": t}) + "\n" for t in found).encode()))
    return path


def test_texts_without_annotations_tell_what_words_are_used_as(
    corpus: Path, texts: Path, tmp_path: Path
) -> None:
    first, second = (train.train(corpus, tmp_path / name, texts=texts) for name in ("1", "2"))
    known = usage.read(first / train.USAGE)
    assert known.of("tremor") == ("Sign_symptom4",)
    assert known.of("had") == ("O4",)
    assert known.of("chills") == ("-",)
    for name in (train.MODEL, train.HEADS, train.USAGE, "spotter.toml"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    found = spotter.load(resources.layers(None), None, model=first)
    text = "A girl had tremor and rash."
    assert {text[slice(*m.span)] for m in found.spot(sentences_of(text))} == {"tremor", "rash"}


def test_a_feature_of_too_few_reports_is_not_learnt(corpus: Path) -> None:
    table = labels.load(resources.layers(None))
    learnt = train.prepare(brat.read(corpus), table, Extractor(clusters.NONE))
    seen = {f for row in learnt for token in row.features for f in token}
    assert "w=had" in seen
    assert "w=fever" in seen
    assert "w=rash" not in seen, "two reports have it"
    heads = {tag for row in learnt for tag in row.heads}
    assert heads == {"O", "B-problem", "B-test"}


def test_folds_and_evaluation_from_the_command_line(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "folds"
    common = ["--corpus", str(corpus), "--no-vocabulary"]
    assert main(["folds", *common, "--out", str(out)]) == 0
    assert sorted(p.name for p in out.iterdir()) == [
        "folds.json",
        *(f"model-{i}" for i in range(5)),
    ]
    models = {(out / f"model-{i}" / train.MODEL).read_bytes() for i in range(5)}
    assert len(models) == 5
    for i in range(5):
        assert relations.load((out,), out / f"model-{i}").weights
    capsys.readouterr()
    assert main(["evaluate", *common, "--folds", str(out)]) == 0
    table = capsys.readouterr().out
    assert "| Diagnostic_procedure | 5 |" in table
    assert "| heads | 15 |" in table


def test_the_command_line_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--corpus", str(tmp_path), "--no-vocabulary", "--out", "x"]) == 1
    assert "no .ann files" in capsys.readouterr().err


def test_a_network_needs_its_libraries_and_texts(
    corpus: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    texts = tmp_path / "texts.jsonl.gz"
    texts.write_bytes(gzip.compress(json.dumps({"text": "He had a rash."}).encode()))
    given = ["train", "--corpus", str(corpus), "--out", str(tmp_path / "m"), "--network"]
    assert main([*given, "--unlabelled", str(texts)]) == 1
    assert "distil" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(given)
    assert "--unlabelled" in capsys.readouterr().err


def test_strict_and_lenient_scores() -> None:
    tally = spans.Tally()
    tally.add(
        gold=[(Span(0, 10), "Sign_symptom"), (Span(20, 30), "Disease_disorder")],
        said=[
            (Span(4, 10), "Sign_symptom"),
            (Span(20, 30), "Sign_symptom"),
            (Span(40, 44), "Lab_value"),
        ],
    )
    strict, lenient = tally.scores()[spans.OVERALL]
    assert (strict.gold, strict.said, strict.found, strict.right) == (2, 3, 0, 0)
    assert (lenient.found, lenient.right) == (1, 1)
    assert lenient.f1 == pytest.approx(0.4)
    strict, lenient = tally.scores()[spans.HEADS]
    assert (strict.found, lenient.found, lenient.said) == (1, 2, 2)


def test_agreement_needs_half_of_the_shorter() -> None:
    assert spans.agree(Span(0, 10), Span(8, 12))
    assert not spans.agree(Span(0, 10), Span(9, 20))
    assert not spans.agree(Span(0, 10), Span(10, 20))


def test_evaluation_counts_every_annotation_of_a_learnt_type(corpus: Path) -> None:
    table = labels.load(resources.layers(None))
    report = brat.read(corpus)[0]
    doubled = brat.Report("a", report.text, (*report.entities, entity("History", (0, 20))))
    assert len(evaluate.gold(doubled, table)) == len(report.entities) + 1

"""`case2fhir evaluate`: figures of gold sets in four formats."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.cli import run
from tests.shared import FOLDER, needs_shared

_TEXT = (
    "A 54-year-old man was admitted with fever and abdominal pain. He had no jaundice. "
    "His temperature was 39.2 °C. CT of the abdomen showed a liver abscess. "
    "He was treated with ceftriaxone."
)
_BACKGROUND = "Pneumonia was fatal in all patients of previous studies."


def _fact(kind: str, quote: str, **more: object) -> dict[str, Any]:
    return {"kind": kind, "quote": quote, **more}


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    gold = {
        "patients": [{"key": "p1", "sex": "male", "age": {"value": 54, "unit": "a"}}],
        "background": [{"from": "Pneumonia was", "to": "previous studies."}],
        "consent": {"stated": False},
        "facts": [
            _fact("problem", "fever"),
            _fact("problem", "jaundice", assertion="absent"),
            _fact("problem", "liver abscess"),
            _fact("problem", "night sweats of another report"),
            _fact("imaging", "CT", modality="CT"),
            _fact("medication", "ceftriaxone"),
        ],
    }
    (tmp_path / "text").mkdir()
    (tmp_path / "facts").mkdir()
    (tmp_path / "text" / "one.txt").write_text(f"{_TEXT}\n\n{_BACKGROUND}", encoding="utf-8")
    (tmp_path / "facts" / "one.json").write_text(json.dumps(gold), encoding="utf-8")
    return tmp_path / "facts"


def _figures(capsysbinary: pytest.CaptureFixture[bytes], *arguments: str) -> dict[str, Any]:
    assert run(["evaluate", *arguments, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsysbinary.readouterr().out)
    return found


def test_gold_facts(facts: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    found = _figures(capsysbinary, str(facts))
    rows = found["rows"]
    assert (found["kind"], found["documents"], found["lacking"]) == ("facts", 1, [])
    assert (rows["problem"]["gold"], rows["problem"]["recall"]) == (4, 0.75)
    assert rows["status absent"]["f1"] == 1.0
    assert [rows[r]["recall"] for r in ("age", "sex", "consent", "modality")] == [1, 1, 1, 1]
    assert found["errors"]["flipped: absent in the gold"] == {"errors": 0, "of": 1, "rate": 0.0}
    assert found["errors"]["not about the patient"]["errors"] == 0


def test_the_table_has_the_same_rows(facts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", str(facts), "--kind", "facts"]) == 0
    table = capsys.readouterr().out
    assert table.startswith("1 documents\n")
    assert "problem                   4    0.750" in table
    assert "flipped: present in the gold" in table


def test_what_was_missed_in_a_document(facts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", str(facts), "--misses", "one"]) == 0
    assert "missed   problem: " in capsys.readouterr().out


def test_bundles_are_kept(facts: Path, tmp_path: Path) -> None:
    assert run(["evaluate", str(facts), "--out", str(tmp_path / "bundles")]) == 0
    bundle = json.loads((tmp_path / "bundles" / "one.json").read_bytes())
    assert bundle["resourceType"] == "Bundle"


def test_brat(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    def at(words: str) -> str:
        start = _TEXT.index(words)
        return f"{start} {start + len(words)}\t{words}"

    (tmp_path / "one.txt").write_text(_TEXT, encoding="utf-8")
    (tmp_path / "one.ann").write_text(
        f"T1\tAge {at('54-year-old')}\nT2\tSex {at('man')}\nT3\tSign_symptom {at('fever')}\n"
        f"E1\tSign_symptom:T3 \nT4\tSign_symptom {at('jaundice')}\nE2\tSign_symptom:T4 \n"
        f"A1\tPOLARITY E2 NEG\nT5\tDiagnostic_procedure {at('temperature')}\n"
        f"T6\tLab_value {at('39.2 °C')}\nR1\tMODIFY Arg1:T6 Arg2:T5\n"
        f"T7\tDiagnostic_procedure {at('CT')}\n",
        encoding="utf-8",
    )
    rows = _figures(capsysbinary, str(tmp_path))["rows"]
    assert [rows[r]["gold"] for r in ("problem", "test", "imaging")] == [2, 2, 1]
    assert [rows[r]["recall"] for r in ("age", "sex", "status absent", "value of test")] == [
        1, 1, 1, 1,
    ]  # fmt: skip
    assert rows["overall"]["gold"] == 4


def test_negated_phrases(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    (tmp_path / "rows.tsv").write_text(
        "number\tphrase\tsentence\tnegation\n"
        "1\tfever\tThe patient has no FEVER.\tNegated\n"
        "2\tcough\tThe patient has a COUGH.\tAffirmed\n"
        "3\tnausea\tThe patient has NAUSEA.\tNegated\n",
        encoding="utf-8",
    )
    found = _figures(capsysbinary, str(tmp_path))
    assert found["rows"]["found"] == {
        "gold": 3, "recall": 1.0, "said": 0, "precision": None, "f1": None,
    }  # fmt: skip
    assert found["rows"]["status absent"]["recall"] == 0.5
    assert found["errors"]["flipped: absent in the gold"]["rate"] == 0.5


def test_hpo_terms(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "7.txt").write_text(
        "A 3-year-old girl had seizures and macrocephaly. She had no ptosis.", encoding="utf-8"
    )
    gold = {"7": {"HP:0001250": "Seizure", "HP:0000508": "Ptosis"}}
    (tmp_path / "gold.json").write_text(json.dumps(gold), encoding="utf-8")
    row = _figures(capsysbinary, str(tmp_path))["rows"]["HPO term"]
    assert (row["gold"], row["recall"], row["said"]) == (2, 0.5, 2)


def test_a_flip_is_counted(facts: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    path = facts / "one.json"
    gold = json.loads(path.read_bytes())
    gold["facts"][0]["assertion"] = "absent"
    gold["facts"][1]["assertion"] = "present"
    path.write_text(json.dumps(gold), encoding="utf-8")
    errors = _figures(capsysbinary, str(facts))["errors"]
    assert errors["flipped: absent in the gold"]["rate"] == 1.0
    assert errors["flipped: present in the gold"] == {"errors": 1, "of": 2, "rate": 0.5}


@pytest.mark.parametrize(
    ("prepare", "arguments", "said"),
    [
        (lambda folder: None, [], "no gold set is recognised"),
        (lambda folder: (folder / "a.json").write_text("{"), [], "no such file"),
        (lambda folder: None, ["--kind", "negex"], "no .tsv table"),
        (lambda folder: (folder / "gold.json").write_text("[]"), [], "not terms by article"),
        (lambda folder: (folder / "a.ann").write_text("T1\tAge x"), [], "no such file"),
    ],
)
def test_what_cannot_be_used_is_said(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    prepare: Any,
    arguments: list[str],
    said: str,
) -> None:
    prepare(tmp_path)
    assert run(["evaluate", str(tmp_path), *arguments]) == 2
    assert said in capsys.readouterr().err


def test_broken_gold_facts_are_named(facts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (facts / "one.json").write_text('{"facts": []}', encoding="utf-8")
    assert run(["evaluate", str(facts)]) == 2
    assert "one.json: not a file of gold facts" in capsys.readouterr().err


def _some(kind: str, folder: Path) -> tuple[Path, Path, str]:
    """A few documents of a shared gold set: the folder, the scorer's gold and its mode."""
    corpora = FOLDER / "corpora"
    if kind == "facts":
        for part in ("facts", "text"):
            (folder / part).mkdir()
        for path in sorted((FOLDER / "gold" / "facts").glob("*.json"))[:3]:
            shutil.copy(path, folder / "facts")
            shutil.copy(FOLDER / "gold" / "text" / f"{path.stem}.txt", folder / "text")
        return folder / "facts", folder / "facts", "facts"
    if kind == "brat":
        for path in sorted((corpora / "maccrobat").glob("*.ann"))[:8]:
            shutil.copy(path, folder)
            shutil.copy(path.with_suffix(".txt"), folder)
        return folder, folder, "maccrobat"
    if kind == "negex":
        rows = (corpora / "negex" / "dev.tsv").read_text(encoding="utf-8", errors="replace")
        (folder / "dev.tsv").write_text("\n".join(rows.split("\n")[:60]), encoding="utf-8")
        return folder, folder / "dev.tsv", "negex"
    terms = json.loads((corpora / "jax" / "gold.json").read_bytes())
    few = dict(sorted(terms.items())[:3])
    (folder / "gold.json").write_text(json.dumps(few), encoding="utf-8")
    (folder / "text").mkdir()
    for name in few:
        shutil.copy(corpora / "jax" / "text" / f"{name}.txt", folder / "text")
    return folder, folder / "gold.json", "hpo"


@needs_shared
@pytest.mark.parametrize("kind", ["facts", "brat", "negex", "hpo"])
def test_the_same_figures_as_the_shared_scorer(
    kind: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "gold").mkdir()
    folder, gold, mode = _some(kind, tmp_path / "gold")
    bundles = tmp_path / "bundles"
    ours = _figures(capsysbinary, str(folder), "--out", str(bundles))
    scorer = FOLDER / "score" / "score.py"
    done = subprocess.run(
        [sys.executable, str(scorer), mode, str(gold), str(bundles), "--json"],
        check=True,
        capture_output=True,
    )
    theirs = json.loads(done.stdout)
    assert ours["kind"] == kind
    assert ours["rows"] == theirs["rows"]
    assert len(ours["rows"]) >= 1

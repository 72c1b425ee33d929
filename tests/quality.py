"""Quality figures, repeatable: converts annotated reports and runs a scorer over the bundles.

    python -m tests.quality facts     --gold GOLD_DIR --scorer score.py
    python -m tests.quality maccrobat --gold CORPUS_DIR --scorer score.py [--folds FOLDS_DIR]
    python -m tests.quality negex     --gold dev.tsv  --scorer score.py
    python -m tests.quality hpo       --gold jax/     --scorer score.py
    python -m tests.quality codes     --bundles DIR ... [--sample 150 --seed 1 --kind problem]

With `--folds` (made by `python -m app.training folds`) every report is read by a model that
has not seen it; only such figures say something about reports that come in tomorrow.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.errors import EmptyDocument
from app.pipeline import Converter
from app.settings import Settings
from tests import coded


def texts(mode: str, gold: Path) -> Iterator[tuple[str, str]]:
    """Name and text of every document of a gold set."""
    if mode == "negex":
        for line in gold.read_text(encoding="utf-8", errors="replace").splitlines():
            parts = line.split("\t")
            if len(parts) >= 4 and parts[0].strip().isdigit():
                yield parts[0].strip(), parts[2]
        return
    folder = {"facts": gold.parent / "text", "hpo": gold / "text"}.get(mode, gold)
    for path in sorted(folder.glob("*.txt")):
        yield path.stem, path.read_text(encoding="utf-8")


def convert_all(mode: str, gold: Path, out: Path, folds: Path | None) -> None:
    """One R4 collection per document, each by the model of the fold that has not seen it."""
    fold_of: dict[str, int] = {}
    if folds is not None:
        fold_of = json.loads((folds / "folds.json").read_text(encoding="utf-8"))
    converters: dict[int, Converter] = {}
    for name, text in texts(mode, gold):
        fold = fold_of.get(name, -1)
        if fold not in converters:
            model = folds / f"model-{fold}" if folds is not None and fold >= 0 else None
            converters[fold] = Converter(Settings(model=model))
        try:
            conversion = converters[fold].convert(text, media_type="text/plain")
        except EmptyDocument:
            continue
        (out / f"{name}.json").write_bytes(conversion.json())


def main() -> None:
    """Converts, scores, prints the scorer's table."""
    if sys.argv[1:2] == ["codes"]:
        coded.main(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mode", choices=["facts", "maccrobat", "negex", "hpo"])
    parser.add_argument("--gold", type=Path, required=True)
    parser.add_argument("--scorer", type=Path, required=True)
    parser.add_argument("--folds", type=Path)
    parser.add_argument("--out", type=Path, help="keep the bundles here")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        out = options.out or Path(scratch)
        out.mkdir(parents=True, exist_ok=True)
        convert_all(options.mode, options.gold, out, options.folds)
        gold = options.gold / "gold.json" if options.mode == "hpo" else options.gold
        command = [sys.executable, str(options.scorer), options.mode, str(gold), str(out)]
        subprocess.run(command + (["--json"] if options.json else []), check=True)


if __name__ == "__main__":
    main()

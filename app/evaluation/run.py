"""A gold set converted and scored."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.errors import EmptyDocument, MalformedDocument, NotFound
from app.evaluation import rules, said, score
from app.evaluation.gold import Gold, Kind
from app.evaluation.tally import Rate, Row, Tally
from app.pipeline import Converter
from app.resources import layers
from app.settings import Settings

_SCORERS = {
    Kind.FACTS: score.score,
    Kind.BRAT: score.score,
    Kind.NEGEX: score.score_phrase,
    Kind.HPO: score.score_terms,
}
_FOLDS_FILE = "folds.json"


@dataclass(frozen=True)
class Report:
    """The figures of a gold set; `empty` names documents that hold nothing to read."""

    kind: Kind
    documents: int
    empty: tuple[str, ...]
    rows: dict[str, Row]
    rates: dict[str, Rate]
    notes: dict[str, list[str]]

    def json(self) -> bytes:
        """The figures as JSON."""
        body = {
            "kind": self.kind.value,
            "documents": self.documents,
            "lacking": list(self.empty),
            "rows": {name: asdict(row) for name, row in self.rows.items()},
            "errors": {
                name: {"errors": r.errors, "of": r.of, "rate": r.rate}
                for name, r in self.rates.items()
            },
        }
        return json.dumps(body, indent=1).encode() + b"\n"

    def table(self) -> str:
        """The figures as a table."""
        head = f"{self.documents} documents"
        if self.empty:
            head += f"; nothing to read in {', '.join(self.empty)}"
        lines = [head, f"{'':20}{'gold':>7}{'recall':>9}{'said':>7}{'precis.':>9}{'F1':>8}"]
        for name, row in self.rows.items():
            lines.append(
                f"{name:20}{row.gold:>7}{_three(row.recall):>9}"
                f"{row.said:>7}{_three(row.precision):>9}{_three(row.f1):>8}"
            )
        if self.rates:
            lines += ["", f"{'errors that cost most':34}{'made':>7}{'of':>7}{'rate':>9}"]
            lines += [
                f"{name:34}{r.errors:>7}{r.of:>7}{_three(r.rate):>9}"
                for name, r in self.rates.items()
            ]
        return "\n".join(lines)


def evaluate(
    golds: Sequence[Gold],
    kind: Kind,
    settings: Settings,
    *,
    folds: Path | None = None,
    keep: Callable[[str, bytes], None] | None = None,
) -> Report:
    """Convert every report (R4, a collection) and compare it with its gold.

    With `folds`, what `python -m app.training folds` wrote, each report is read by the model
    that has not seen it. `keep` gets the name and the bundle of each.
    """
    table = rules.load(layers(settings.mappings))
    convert = _converter(settings, folds)
    tally = Tally()
    empty = []
    for gold in golds:
        try:
            conversion = convert(gold)
        except EmptyDocument:
            empty.append(gold.name)
            if kind in (Kind.FACTS, Kind.BRAT):
                _SCORERS[kind](gold, [], table, tally)
            continue
        if keep is not None:
            keep(gold.name, conversion.json())
        _SCORERS[kind](gold, said.read(conversion.bundle), table, tally)
    return Report(kind, len(golds), tuple(empty), tally.rows(), tally.rates(), tally.notes)


def _converter(settings: Settings, folds: Path | None) -> Callable[[Gold], Any]:
    """What converts a report: always the same converter, or that of the report's fold."""
    of = _folds(folds) if folds is not None else {}
    loaded: dict[int | None, Converter] = {}

    def convert(gold: Gold) -> Any:
        fold = of.get(gold.name)
        if fold not in loaded:
            model = settings.model if folds is None or fold is None else folds / f"model-{fold}"
            loaded[fold] = Converter(settings.model_copy(update={"model": model}))
        return loaded[fold].convert(gold.text, media_type="text/plain")

    return convert


def _folds(folder: Path) -> dict[str, int]:
    path = folder / _FOLDS_FILE
    try:
        return {str(k): int(v) for k, v in json.loads(path.read_bytes()).items()}
    except FileNotFoundError:
        raise NotFound("there is no such file", place=str(path)) from None
    except (ValueError, TypeError, AttributeError):
        raise MalformedDocument("not a table of folds", place=str(path)) from None


def _three(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"

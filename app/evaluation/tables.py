"""Gold sets in one file: NegEx sentences, and HPO terms by article."""

from __future__ import annotations

import json
from pathlib import Path

from app.errors import MalformedDocument, NotFound
from app.evaluation.gold import Fact, Gold, read_text
from app.text import Span

_COLUMNS = 4  # number, phrase, sentence, Negated or Affirmed


def read_negex(place: Path) -> list[Gold]:
    """Rows of number, phrase, sentence and "Negated" or "Affirmed", each a report by itself."""
    path = place if place.is_file() else min(place.glob("*.tsv"), default=None)
    if path is None:
        raise NotFound("no .tsv table is there", place=str(place))
    out = []
    for line in read_text(path).split("\n"):
        fields = line.rstrip("\r").split("\t")
        if len(fields) < _COLUMNS or not fields[0].strip().isdigit():
            continue
        phrase, sentence = fields[1].strip().strip('"'), fields[2]
        at = sentence.lower().find(phrase.lower())
        negated = fields[3].strip().lower().startswith("negated")
        facts = (
            (Fact("problem", (Span(at, at + len(phrase)),), "absent" if negated else "present"),)
            if at >= 0
            else ()
        )
        out.append(Gold(fields[0].strip(), sentence, facts))
    return out


def read_hpo(folder: Path) -> list[Gold]:
    """`gold.json` with the terms of each article by code, and `text/<name>.txt`."""
    path = folder / "gold.json"
    try:
        terms = json.loads(read_text(path))
        wanted = {str(name): dict(found) for name, found in terms.items()}
    except (ValueError, TypeError, AttributeError) as error:
        reason = type(error).__name__
        raise MalformedDocument(f"not terms by article ({reason})", place=str(path)) from None
    return [
        Gold(name, read_text(folder / "text" / f"{name}.txt"), terms=found)
        for name, found in sorted(wanted.items())
    ]

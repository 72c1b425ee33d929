"""Gold facts: `<name>.json` with quotes of `../text/<name>.txt`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.errors import MalformedDocument
from app.evaluation.gold import Fact, Gold, read_text
from app.text import Span

_NEAR = 300  # code points between a fact's words and those of its value, dose or site


def read(folder: Path) -> list[Gold]:
    """All reports of a folder."""
    return [
        _report(path, read_text(folder.parent / "text" / f"{path.stem}.txt"))
        for path in sorted(folder.glob("*.json"))
    ]


def _report(path: Path, text: str) -> Gold:
    try:
        gold = json.loads(path.read_bytes())
        outside = tuple(s for b in gold.get("background", []) if (s := _stretch(text, b)))
        patients = gold["patients"]
        only = patients[0] if len(patients) == 1 else {}
        age = only.get("age") or {}
        return Gold(
            name=path.stem,
            text=text,
            facts=tuple(_fact(text, fact, outside) for fact in gold["facts"]),
            age=None if age.get("value") is None else (float(age["value"]), age["unit"]),
            sex=only.get("sex") if only.get("sex") in ("male", "female") else None,
            outside=outside,
            consent=bool((gold.get("consent") or {}).get("stated")),
            patients=tuple(p["key"] for p in patients),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = type(error).__name__
        raise MalformedDocument(f"not a file of gold facts ({reason})", place=str(path)) from None


def _stretch(text: str, stretch: Mapping[str, str]) -> Span | None:
    """From one quote to the next after it."""
    start = text.find(stretch["from"])
    end = text.find(stretch["to"], start)
    return None if start < 0 or end < 0 else Span(start, end + len(stretch["to"]))


def _fact(text: str, fact: Mapping[str, Any], outside: Sequence[Span]) -> Fact:
    spans = _find(text, fact["quote"], fact.get("context"), outside)
    for quote in fact.get("also", []):
        spans += _find(text, quote)

    def near(quote: str | None) -> tuple[Span, ...]:
        return tuple(
            s
            for s in (_find(text, quote) if quote else [])
            if any(abs(s.start - p.start) < _NEAR for p in spans)
        )

    return Fact(
        kind=fact["kind"],
        spans=tuple(spans),
        status=fact.get("assertion", "present"),
        values=near(fact.get("value_quote")),
        doses=near(fact.get("dose_quote")),
        sites=near(fact.get("site")),
        modality=fact.get("modality"),
        patient=fact.get("patient"),
        optional=bool(fact.get("optional")),
    )


def _find(
    text: str, quote: str, context: str | None = None, outside: Sequence[Span] = ()
) -> list[Span]:
    """Where a quote stands: in its context when one is given, else wherever it speaks of the
    patient, else anywhere."""
    if context and quote in context and (at := text.find(context)) >= 0:
        start = at + context.find(quote)
        return [Span(start, start + len(quote))]
    found = [Span(*m.span()) for m in re.finditer(re.escape(quote), text)]
    return [s for s in found if not any(o.covers(s) for o in outside)] or found

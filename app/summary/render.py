"""A summary as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from app.case.model import Evidence
from app.summary.lines import Line, Section

if TYPE_CHECKING:
    from app.summary import PatientSummary

_NARROW = 40
"""Cells of a table are padded up to this many characters."""


def render(title: str | None, patients: Iterable[PatientSummary], text: str | None = None) -> str:
    """The summaries, one statement a line. With the document's `text`, each line ends with the
    places where the report says it (code points) and the words there."""
    out = [title, ""] if title else []
    for number, patient in enumerate(patients):
        out += [""] if number else []
        out.append(f"Patient: {patient.who.text}{_said(patient.who.places, text)}")
        for section in patient.sections:
            out += ["", section.title]
            out += _table(section, text) if section.columns else _list(section.lines, text, "- ")
    return "\n".join(" ".join(line.splitlines()) for line in out) + "\n"


def _list(lines: Iterable[Line], text: str | None, bullet: str) -> Iterator[str]:
    for line in lines:
        yield f"{bullet}{line.text}{_said(line.places, text)}"
        yield from _list(line.under, text, f"  {bullet}")


def _table(section: Section, text: str | None) -> Iterator[str]:
    """Columns that are empty in every row are left out."""
    used = [n for n in range(len(section.columns)) if any(r.cells[n] for r in section.lines)]
    rows = [[line.cells[n] for n in used] for line in section.lines]
    head = [section.columns[n] for n in used]
    widths = [min(_NARROW, max(len(row[n]) for row in (head, *rows))) for n in range(len(used))]
    yield _row(head, widths)
    for line, row in zip(section.lines, rows, strict=True):
        yield _row(row, widths) + _said(line.places, text)


def _row(cells: list[str], widths: list[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"  {'  '.join(padded)}".rstrip()


def _said(places: Iterable[Evidence], text: str | None) -> str:
    if text is None:
        return ""
    quotes = [f'{p.start}-{p.end} "{" ".join(text[p.start : p.end].split())}"' for p in places]
    return f"  [{'; '.join(quotes)}]" if quotes else ""

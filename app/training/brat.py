"""Annotated reports in brat's standoff format: `<id>.txt` beside `<id>.ann`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.errors import MalformedDocument, NotFound
from app.text import Span


@dataclass(frozen=True, slots=True)
class Entity:
    """A text-bound annotation. `pieces` are its parts, more than one when it is discontinuous."""

    id: str
    type: str
    pieces: tuple[Span, ...]

    @property
    def span(self) -> Span:
        """From the beginning of its first to the end of its last part."""
        return Span(self.pieces[0].start, self.pieces[-1].end)


@dataclass(frozen=True, slots=True)
class Report:
    """An annotated report; entities in the order of the text."""

    id: str
    text: str
    entities: tuple[Entity, ...]


def parse(lines: str, place: str) -> tuple[Entity, ...]:
    """The text-bound annotations of an `.ann` file, in the order of the text.

    Raises MalformedDocument with file and line.
    """
    found: list[Entity] = []
    for number, line in enumerate(lines.split("\n"), 1):
        if not line.startswith("T"):
            continue
        fields = line.split("\t")
        try:
            kind, _, offsets = fields[1].partition(" ")
            pairs = [part.split() for part in offsets.split(";")]
            pieces = tuple(sorted(Span(int(a), int(b)) for a, b in pairs))
        except (IndexError, ValueError):
            raise MalformedDocument("malformed annotation", place=f"{place}:{number}") from None
        found.append(Entity(fields[0], kind, pieces))
    return tuple(sorted(found, key=lambda e: (e.span, e.type, e.id)))


def read(folder: Path) -> tuple[Report, ...]:
    """Every annotated report of a folder, in the order of their ids.

    Raises NotFound when the folder holds none, MalformedDocument for a broken file.
    """
    reports = []
    for ann in sorted(folder.glob("*.ann")):
        text = ann.with_suffix(".txt").read_bytes().decode("utf-8")
        entities = parse(ann.read_bytes().decode("utf-8"), str(ann))
        for entity in entities:
            if entity.span.end > len(text):
                raise MalformedDocument(f"{entity.id} lies outside the text", place=str(ann))
        reports.append(Report(ann.stem, text, entities))
    if not reports:
        raise NotFound("no .ann files in the corpus folder", place=str(folder))
    return tuple(reports)

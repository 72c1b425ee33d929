"""Runs of characters into pieces of lines: words, raised signs, ligatures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.documents.pdf_process import Page, Run
from app.documents.xmltext import raised

WIDE_GAP = 0.9
"""A gap of this many ems ends a piece: the gutter between columns, or between cells."""

PRINTED_GAP = 2.0
"""The same where a printed space stands in the gap: a line that was stretched to be even."""
_NARROWEST_SPACE = 0.08
_LIGATURES = str.maketrans(
    {
        "ﬀ": "ff",
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ﬃ": "ffi",
        "ﬄ": "ffl",
        "ﬅ": "st",
        "ﬆ": "st",
        "\u00ad": "-",
        "\u2010": "-",
        "\u2011": "-",
        "\u00a0": " ",
        "\u02d9": " ",
    }
)
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ue000-\uf8ff\ufff0-\uffff\ufeff\u200b-\u200f]")
_SMALL = 0.86
_RAISED = 0.12
_SAME_LINE = 0.45


@dataclass(frozen=True, slots=True)
class Piece:
    """A line, or the part of it that stands in one column. `size` is that of most characters."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool

    @property
    def width(self) -> float:
        return self.x1 - self.x0


class _Building:
    """A piece under construction."""

    def __init__(self, run: Run) -> None:
        self.runs = [run]
        self.x0, self.x1 = run.x0, run.x1
        self.y, self.size = run.y, run.size

    def takes(self, run: Run) -> bool:
        """Whether the run stands on this line, behind what is there."""
        size = max(self.size, run.size)
        gap = run.x0 - self.x1
        raised_or_lowered = min(self.size, run.size) < _SMALL * size
        level = abs(run.y - self.y) < (0.6 if raised_or_lowered else 0.25) * size
        widest = PRINTED_GAP if run.glued == 2 else WIDE_GAP
        return level and -0.4 * size < gap < widest * size

    def add(self, run: Run) -> None:
        self.runs.append(run)
        self.x0, self.x1 = min(self.x0, run.x0), max(self.x1, run.x1)
        if run.size > self.size * 1.02:
            self.y, self.size = run.y, run.size

    def done(self) -> Piece | None:
        """The piece with its words; None when there are none."""
        weights: dict[tuple[float, float], int] = {}
        bold = letters = 0
        for run in self.runs:
            weights[run.size, run.y] = weights.get((run.size, run.y), 0) + len(run.text)
            bold += len(run.text) if run.bold else 0
            letters += len(run.text)
        size, y = max(weights, key=lambda key: (weights[key] * key[0], key))
        text = " ".join("".join(_words(self.runs, size, y)).split())
        if not text:
            return None
        return Piece(text, self.x0, self.x1, y, size, bold * 10 >= letters * 9)


def _words(runs: Sequence[Run], size: float, y: float) -> list[str]:
    out: list[str] = []
    before: Run | None = None
    for run in runs:
        text = _NO_TEXT.sub("", run.text.translate(_LIGATURES))
        if run.size < _SMALL * size and y - run.y > _RAISED * size:
            text = raised(text)
        gap = run.x0 - before.x1 if before is not None else 0.0
        if run.glued != 1 and gap > _NARROWEST_SPACE * size:
            out.append(" ")
        out.append(text)
        before = run
    return out


def pieces_of(page: Page) -> list[Piece]:
    """The pieces of a page, from top to bottom."""
    open_pieces: list[_Building] = []
    finished: list[_Building] = []
    for run in page.runs:
        if run.size <= 0.5 or not -20 <= run.x0 <= page.width + 20:
            continue
        if open_pieces and open_pieces[-1].takes(run):
            open_pieces[-1].add(run)
            continue
        finished += open_pieces
        open_pieces = [_Building(run)]
    return _joined([piece for piece in map(_Building.done, finished + open_pieces) if piece])


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Pieces drawn at different times that stand in one line, without a gap between them."""
    ordered = sorted(pieces, key=lambda one: (round(one.y, 1), one.x0))
    out: list[Piece] = []
    for piece in ordered:
        for index in range(len(out) - 1, max(len(out) - 12, -1), -1):
            before = out[index]
            size = max(before.size, piece.size)
            gap = piece.x0 - before.x1
            if abs(before.y - piece.y) > _SAME_LINE * size or not -0.3 * size < gap < 0.35 * size:
                continue
            small = min(before.size, piece.size) < _SMALL * size
            if abs(before.y - piece.y) > 0.1 * size and not small:
                continue
            out[index] = _merged(before, piece, gap > 0.12 * size)
            break
        else:
            out.append(piece)
    return sorted(out, key=lambda one: (one.y, one.x0))


def _merged(left: Piece, right: Piece, spaced: bool) -> Piece:
    main = left if left.size * 1.02 >= right.size else right
    first, second = left.text, right.text
    if right.size < _SMALL * left.size and left.y - right.y > _RAISED * left.size:
        second = raised(second)
    elif left.size < _SMALL * right.size and right.y - left.y > _RAISED * right.size:
        first = raised(first)
    text = f"{first} {second}" if spaced else first + second
    return Piece(text, left.x0, right.x1, main.y, main.size, left.bold and right.bold)

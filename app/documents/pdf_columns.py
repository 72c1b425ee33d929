"""Reading order: a page is cut into bands and columns, as journals set them.

A gutter is a strip that no line crosses for a stretch of the page while lines stand on both
sides. Lines that cross it (title, abstract, wide figures' legends) cut the page into bands;
between them the left column is read before the right one. Columns may have columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from app.documents.pdf_lines import Piece

_GUTTER = 6.0
"""Narrowest gutter, in points."""
_FEWEST_LINES = 3
_FILLED = 0.7
_FEWEST_CHARACTERS = 22
"""In a line of the narrowest columns that are read as text; cells are shorter."""
_NARROWEST_COLUMN = 8.0
"""In ems; narrower columns are cells of a table."""
_DEEPEST = 4


class Region(NamedTuple):
    """Pieces that are read from top to bottom."""

    pieces: tuple[Piece, ...]


class _Cut(NamedTuple):
    score: int
    bands: list[tuple[list[Piece], list[Piece], list[Piece]]]


def regions_of(pieces: Sequence[Piece], depth: int = 0) -> list[Region]:
    """The regions of a page (or part of one) in the order of reading."""
    if len(pieces) < 2 * _FEWEST_LINES or depth >= _DEEPEST:
        return [Region(tuple(pieces))] if pieces else []
    cut = _best_cut(pieces)
    if cut is None:
        return [Region(tuple(pieces))]
    out: list[Region] = []
    for whole, left, right in cut.bands:
        if right or left:
            out += regions_of(left, depth + 1)
            out += regions_of(right, depth + 1)
        if whole:
            # A band of full width below two columns may have columns of its own.
            out += regions_of(whole, depth + 1)
    return out


def _best_cut(pieces: Sequence[Piece]) -> _Cut | None:
    best: _Cut | None = None
    for x in _candidates(pieces):
        cut = _cut(pieces, x)
        if cut and (best is None or cut.score > best.score):
            best = cut
    return best


def _candidates(pieces: Sequence[Piece]) -> list[float]:
    """Where columns may begin: left edges that several lines share."""
    edges = sorted(piece.x0 for piece in pieces)
    found: list[float] = []
    start = 0
    for index in range(1, len(edges) + 1):
        if index == len(edges) or edges[index] - edges[index - 1] > 1.5:
            if index - start >= 2:
                found.append(edges[start])
            start = index
    return found[1:60]


def _cut(pieces: Sequence[Piece], x: float) -> _Cut | None:
    """The bands that a gutter left of `x` makes; None when no columns of text come of it."""
    bands: list[tuple[list[Piece], list[Piece], list[Piece]]] = []
    whole: list[Piece] = []
    left: list[Piece] = []
    right: list[Piece] = []
    score = 0

    def close() -> None:
        nonlocal whole, left, right, score
        if left and right and _are_columns(left, right, x):
            if whole:
                bands.append((whole, [], []))
            bands.append(([], left, right))
            score += len(left) + len(right)
            whole = []
        else:
            whole += sorted(left + right, key=lambda one: (one.y, one.x0))
        left, right = [], []

    for piece in pieces:
        if piece.x0 >= x - 1.0:
            right.append(piece)
        elif piece.x1 <= x - _GUTTER:
            left.append(piece)
        else:
            close()
            whole.append(piece)
    close()
    if whole:
        bands.append((whole, [], []))
    return _Cut(score, bands) if score else None


def _are_columns(left: Sequence[Piece], right: Sequence[Piece], x: float) -> bool:
    """Whether both sides hold lines of text, not the cells of a table or a picture's labels.

    One side may be a table or a list as long as it fills its column; the other one is text.
    """
    sides = [(left, x - _GUTTER - min(one.x0 for one in left)),
             (right, max(one.x1 for one in right) - x)]  # fmt: skip
    if min(len(left), len(right)) < _FEWEST_LINES:
        # The end of a text: a full column beside a few lines.
        if max(len(left), len(right)) < 4 * _FEWEST_LINES:
            return False
        sides = [max(sides, key=lambda side: len(side[0]))]
    if not any(_is_text(side, width) for side, width in sides):
        return False
    for side, width in sides:
        if width < _NARROWEST_COLUMN * median(one.size for one in side):
            return False
        # A side may itself have columns, of different height.
        if not _has_long_lines(side) and median(_row_widths(side)) < _FILLED * width:
            return False
    return True


def _has_long_lines(side: Sequence[Piece]) -> bool:
    return median(len(one.text) for one in side) >= _FEWEST_CHARACTERS


def _is_text(side: Sequence[Piece], width: float) -> bool:
    """Whether most lines are long and go from edge to edge."""
    return _has_long_lines(side) and median(one.width for one in side) >= _FILLED * width


def _row_widths(side: Sequence[Piece]) -> list[float]:
    """From the first to the last sign of every line, its cells together."""
    rows: dict[int, tuple[float, float]] = {}
    for one in side:
        key = round(one.y / 2)
        x0, x1 = rows.get(key, (one.x0, one.x1))
        rows[key] = min(x0, one.x0), max(x1, one.x1)
    return [x1 - x0 for x0, x1 in rows.values()]

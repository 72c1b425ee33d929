"""What the press prints on every page: running heads, page numbers, footers, licence notes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from app.documents.pdf_lines import Piece
from app.documents.pdf_process import Page

_EDGE = 0.12
"""Part of the page at its top and bottom in which running heads and feet stand."""
_NUMBER = re.compile(
    r"\W*(?:(?:page|p|pg|seite)\.?\s*)?\d{1,5}(?:\s*(?:/|of|von|\|)\s*\d{1,5})?\W*", re.IGNORECASE
)
_MARGIN = 0.08
_MARGIN_GAP = 2.2
_NO_LARGER = 1.02
_FEW = 4
_DIGITS = re.compile(r"\d+")
_SAME_PLACE = 4.0
"""In points; the neighbouring stripes of the page count too."""


def without_repeats(pages: Sequence[Page], pieces: Sequence[Sequence[Piece]]) -> list[list[Piece]]:
    """The pieces of every page without those that are no part of the article."""
    places: dict[tuple[str, int], set[int]] = {}
    for number, page in enumerate(pieces):
        for piece in page:
            places.setdefault(_place(piece), set()).add(number)

    def repeated(number: int, piece: Piece) -> bool:
        # Left and right pages have heads of their own, so a line at an edge counts from its
        # second page on; elsewhere only what stands at one place on most pages.
        key, row = _place(piece)
        found = places[key, row].union(*(places.get((key, row + one), ()) for one in (-1, 1)))
        edge = _at_edge(pages[number], piece)
        return len(found) > 1 and (edge or 2 * len(found) > max(len(pages), 4))

    out = []
    for number, page in enumerate(pieces):
        gone = [piece for piece in page if repeated(number, piece)]
        dropped = frozenset(gone)
        kept = [piece for piece in page if piece not in dropped]
        out.append(_without_margin(pages[number], _without_numbers(pages[number], kept), gone))
    return out


def _place(piece: Piece) -> tuple[str, int]:
    """The words, whatever their numbers, and roughly where on the page they stand."""
    return _DIGITS.sub("#", piece.text.casefold()), round(piece.y / _SAME_PLACE)


def _at_edge(page: Page, piece: Piece) -> bool:
    return piece.y < _EDGE * page.height or piece.y > (1 - _EDGE) * page.height


def _without_margin(page: Page, pieces: list[Piece], gone: Sequence[Piece]) -> list[Piece]:
    """Without a line in small type far from the rest at the edge of the page: the running head
    or foot of a first page, or of the only one. An edge whose line is `gone` has no other."""
    usual = median(piece.size for piece in pieces) if pieces else 0.0
    kept = pieces
    for outward in (-1, 1) if pieces else ():
        edge = max(outward * piece.y for piece in kept)
        margin = [piece for piece in kept if edge - outward * piece.y < 1.0]
        rest = [piece for piece in kept if edge - outward * piece.y >= 1.0]
        if not rest or not all(_in_margin(page, piece) for piece in margin):
            continue
        if any(outward * piece.y > edge for piece in gone):
            continue
        gap = edge - max(outward * piece.y for piece in rest)
        small = max(piece.size for piece in margin) < _NO_LARGER * usual
        if small and len(margin) < _FEW and gap > _MARGIN_GAP * usual:
            kept = rest
    return kept


def _in_margin(page: Page, piece: Piece) -> bool:
    return piece.y < _MARGIN * page.height or piece.y > (1 - _MARGIN) * page.height


def _without_numbers(page: Page, pieces: list[Piece]) -> list[Piece]:
    """Without the page number: a number by itself, above or below all the rest."""
    if not pieces:
        return pieces
    top, bottom = min(one.y for one in pieces), max(one.y for one in pieces)
    return [
        one
        for one in pieces
        if not (
            _at_edge(page, one)
            and min(abs(one.y - top), abs(one.y - bottom)) < 1.0
            and _NUMBER.fullmatch(one.text)
            and all(one is other or abs(one.y - other.y) > 1.0 for other in pieces)
        )
    ]

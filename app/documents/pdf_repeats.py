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


def without_repeats(pages: Sequence[Page], pieces: Sequence[Sequence[Piece]]) -> list[list[Piece]]:
    """The pieces of every page without those that are no part of the article."""
    seen: dict[str, list[tuple[int, Piece, bool]]] = {}
    for number, page in enumerate(pieces):
        for piece in page:
            key = _DIGITS.sub("#", piece.text.casefold())
            seen.setdefault(key, []).append((number, piece, _at_edge(pages[number], piece)))
    dropped: set[tuple[int, Piece]] = set()
    for places in seen.values():
        for number, piece, edge in places:
            # Left and right pages have heads of their own, so the line at an edge counts from
            # its second page on; elsewhere only what stands at one place on most pages.
            others = {
                other
                for other, twin, _ in places
                if other != number and abs(twin.y - piece.y) < _SAME_PLACE
            }
            if others and (edge or 2 * (len(others) + 1) > max(len(pages), 4)):
                dropped.add((number, piece))
    out = []
    for number, page in enumerate(pieces):
        kept = [piece for piece in page if (number, piece) not in dropped]
        out.append(_without_margin(pages[number], _without_numbers(pages[number], kept)))
    return out


def _at_edge(page: Page, piece: Piece) -> bool:
    return piece.y < _EDGE * page.height or piece.y > (1 - _EDGE) * page.height


def _without_margin(page: Page, pieces: list[Piece]) -> list[Piece]:
    """Without a line in small type far from the rest at the edge of the page: the running head
    or foot of a document whose pages differ, or of one page."""
    usual = median(piece.size for piece in pieces) if pieces else 0.0
    kept = pieces
    for outward in (-1, 1) if pieces else ():
        edge = max(outward * piece.y for piece in kept)
        margin = [piece for piece in kept if edge - outward * piece.y < 1.0]
        rest = [piece for piece in kept if edge - outward * piece.y >= 1.0]
        if not rest or not all(_in_margin(page, piece) for piece in margin):
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

"""Lines of a region into paragraphs, headings, legends and tables, by space, indent and type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_low
from typing import Literal, NamedTuple

from app.documents.headings import LONGEST_HEADING, Headings, numbering
from app.documents.layout import Layout, ends_sentence
from app.documents.pdf_columns import Region
from app.documents.pdf_lines import Piece
from app.text import BlockKind

Shape = Literal["text", "heading", "legend", "table"]

_OTHER_SIZE = 0.06
_EXTRA_SPACE = 1.25
_INDENT = 0.8
_SHORT = 0.15
_FULL = 0.02
_LARGER = 1.07
_MOST_HEADING_LINES = 3
_USUAL_STEP = 1.25
_WIDEST_STEP = 1.9
"""In ems; lines further apart are two paragraphs in any case."""
_TABLE_GAP = 2.6
_CAPTION_GAP = 4.0
_FEWEST_ROWS = 3


class Line(NamedTuple):
    """Pieces of one region on one baseline: one, or the cells of a table's row."""

    cells: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)

    @property
    def row(self) -> str:
        return " | ".join(cell.text for cell in self.cells)

    @property
    def x0(self) -> float:
        return self.cells[0].x0

    @property
    def x1(self) -> float:
        return self.cells[-1].x1

    @property
    def y(self) -> float:
        return self.cells[0].y

    @property
    def size(self) -> float:
        return max(self.cells, key=lambda cell: len(cell.text)).size

    @property
    def bold(self) -> bool:
        return all(cell.bold for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that belong together.

    `first` says that nothing of its region stands above it, `indented` that its first line
    begins inside the region's left edge, `full` that its last line reaches the right one.
    """

    shape: Shape
    lines: tuple[Line, ...]
    page: int
    first: bool
    indented: bool = False
    full: bool = False

    @property
    def size(self) -> float:
        return self.lines[0].size

    @property
    def bold(self) -> bool:
        return all(line.bold for line in self.lines)


@dataclass(frozen=True, slots=True)
class Setting:
    """What the lines are compared with: the size of running text, and the tables of words."""

    body: float
    headings: Headings
    layout: Layout

    def known_heading(self, text: str) -> bool:
        """Whether a line by itself is a heading that the table knows."""
        return (
            len(text) <= LONGEST_HEADING
            and text[-1] not in ",;"
            and not text[0].islower()
            and self.headings.find(text) is not None
        )


def lines_of(region: Region) -> list[Line]:
    """The lines of a region, from top to bottom."""
    rows: list[list[Piece]] = []
    for piece in region.pieces:
        if rows and abs(piece.y - rows[-1][0].y) < 0.3 * max(piece.size, rows[-1][0].size):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [Line(tuple(sorted(row, key=lambda one: one.x0))) for row in rows]


def body_size(lines: Iterable[Line], headings: Headings) -> float:
    """The size of most characters before the references."""
    weights: Counter[float] = Counter()
    for line in lines:
        found = headings.find(line.text) if len(line.text) <= LONGEST_HEADING else None
        if found and found.kind is BlockKind.REFERENCES and weights:
            break
        weights[round(line.size * 2) / 2] += len(line.text)
    return max(weights, key=lambda size: (weights[size], size), default=10.0)


def paragraphs_of(region: Region, page: int, setting: Setting) -> list[Paragraph]:
    """The paragraphs of a region in order."""
    return _Region(lines_of(region), page, setting).read()


class _Region:
    """Goes through the lines once."""

    def __init__(self, lines: Sequence[Line], page: int, setting: Setting) -> None:
        self.lines = lines
        self.page = page
        self.setting = setting
        self.left = min((line.x0 for line in lines), default=0.0)
        self.right = max((line.x1 for line in lines), default=0.0)
        steps: dict[float, list[float]] = {}
        for above, below in pairwise(lines):
            step = below.y - above.y
            if abs(above.size - below.size) < 0.1 and step < _WIDEST_STEP * above.size:
                steps.setdefault(round(below.size, 1), []).append(step)
        self.steps = {size: median_low(found) for size, found in steps.items()}
        self.out: list[Paragraph] = []

    def read(self) -> list[Paragraph]:
        index = 0
        while index < len(self.lines):
            end, shape = self._take(index)
            lines = tuple(self.lines[index:end])
            margin = _FULL * (self.right - self.left)
            self.out.append(
                Paragraph(
                    shape,
                    lines,
                    self.page,
                    first=index == 0,
                    indented=lines[0].x0 > self.left + _INDENT * lines[0].size,
                    full=lines[-1].x1 > self.right - margin,
                )
            )
            index = end
        return self.out

    def _take(self, start: int) -> tuple[int, Shape]:
        """Where the paragraph that begins at `start` ends, and what it is."""
        caption = self.setting.layout.caption(self.lines[start].text)
        if caption is BlockKind.TABLE:
            return self._table_end(start), "table"
        if self._rows_from(start) - start >= _FEWEST_ROWS:
            return self._rows_from(start), "table"
        end = start + 1
        while end < len(self.lines) and not self._breaks(end, caption is not None):
            end += 1
        if caption is BlockKind.LEGEND:
            return end, "legend"
        return end, "heading" if self._is_heading(start, end) else "text"

    def _rows_from(self, start: int) -> int:
        end = start
        while end < len(self.lines) and len(self.lines[end].cells) > 1:
            end += 1
        return end

    def _table_end(self, start: int) -> int:
        """Where a table ends: at running text, a caption, a heading or a gap."""
        end, rows = start + 1, 0
        while end < len(self.lines):
            line, above = self.lines[end], self.lines[end - 1]
            text = line.text
            gap = (line.y - above.y) / max(line.size, above.size)
            if self.setting.layout.caption(text) or gap > (_TABLE_GAP if rows else _CAPTION_GAP):
                break
            if len(line.cells) > 1:
                rows += 1
            elif self._like_body(line) and (rows or ends_sentence(above.text)):
                wide = line.x1 - line.x0 > 0.6 * (self.right - self.left)
                if wide or self.setting.known_heading(text):
                    break
            end += 1
        return end

    def _like_body(self, line: Line) -> bool:
        return line.size > (1 - _OTHER_SIZE) * self.setting.body

    def _is_short(self, line: Line) -> bool:
        return line.x1 < self.right - _SHORT * (self.right - self.left)

    def _is_large(self, line: Line) -> bool:
        return line.size > _LARGER * self.setting.body

    def _breaks(self, index: int, in_legend: bool) -> bool:
        """Whether a paragraph begins with this line."""
        line, above = self.lines[index], self.lines[index - 1]
        if abs(line.size - above.size) > _OTHER_SIZE * above.size:
            return True
        step = self.steps.get(round(line.size, 1), _USUAL_STEP * line.size)
        if line.y - above.y > max(_EXTRA_SPACE * step, 1.05 * line.size):
            return True
        if self.setting.layout.caption(line.text) and not above.text.endswith(
            (" of", " in", " the", "(", " and", ",", "see")
        ):
            return True
        if not in_legend and line.bold != above.bold:
            return True
        ended = ends_sentence(above.text)
        layout = self.setting.layout
        if (ended or self._is_short(above)) and (
            layout.correspondence.match(line.text) or layout.statement.match(line.text)
        ):
            return True
        for one in (line, above):
            if one is line and self._is_large(line) and self._is_large(above):
                continue  # the second line of a title
            known = self.setting.known_heading(one.text) and (self._is_short(one) or one.bold)
            if known and (one is above or ended or self._is_short(above)):
                return True
        indented = line.x0 > self.left + _INDENT * line.size
        if indented and above.x0 < line.x0 - 0.5 * line.size and ended:
            return True
        return ended and self._is_short(above)

    def _is_heading(self, start: int, end: int) -> bool:
        lines = self.lines[start:end]
        text = " ".join(line.text for line in lines)
        if len(lines) == 1 and self.setting.known_heading(text):
            return True
        if len(lines) > _MOST_HEADING_LINES or len(text) > 2 * LONGEST_HEADING:
            return False
        marked = all(map(self._is_large, lines)) or all(line.bold for line in lines)
        bare = text[numbering(text).length :]
        return marked and not ends_sentence(text) and bare[:1].isupper() and len(bare) > 2

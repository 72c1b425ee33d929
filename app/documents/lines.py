"""The lines of a plain text, and what they look like seen together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from app.documents.layout import (
    ends_sentence,
    inner_sentences,
    is_reference,
    numbered_reference,
)
from app.text import Span

_LONGEST_CELL = 60
_MOST_LINES = 4
_MOST_REST = 3
"""Lines of a broken entry that its year stands in, and those behind them."""
_LINE = re.compile(r"[^\r\n\f\v\x85\u2028\u2029]+")
_BREAK = re.compile(r"\r\n|[\r\n\f\v\x85\u2028\u2029]")


class Line(NamedTuple):
    """A line without the white space around it; `run` counts the gaps of blank lines before
    it; a `cell` is a line with tabs or bars between or behind its words, a piece of a table."""

    span: Span
    run: int
    cell: bool


def lines_of(text: str) -> list[Line]:
    """The lines that hold something, numbered by the run of lines they belong to."""
    lines: list[Line] = []
    run = 0
    last_end = 0
    for match in _LINE.finditer(text):
        raw = match[0]
        start = match.start() + len(raw) - len(raw.lstrip())
        end = match.start() + len(raw.rstrip())
        if start >= end:
            continue
        if lines and sum(1 for _ in _BREAK.finditer(text, last_end, start)) > 1:
            run += 1
        lines.append(Line(Span(start, end), run, _is_cell(raw)))
        last_end = end
    return lines


def _is_cell(raw: str) -> bool:
    """Whether a line is (a row of) cells: short pieces between tabs or bars."""
    body = raw.lstrip()
    pieces = body.count("\t") or (body.count("|") if body.count("|") > 1 else 0)
    return pieces > 0 and len(body) < _LONGEST_CELL * (pieces + 1)


def paragraph_runs(lines: Sequence[Line], words: Sequence[str]) -> frozenset[int]:
    """Runs in which every line is a paragraph: lines end sentences and hold several."""
    runs: dict[int, list[str]] = {}
    for line, printed in zip(lines, words, strict=True):
        runs.setdefault(line.run, []).append(printed)
    found = set()
    for run, printed_lines in runs.items():
        ended = [printed for printed in printed_lines if ends_sentence(printed)]
        several = sum(inner_sentences(printed) for printed in ended)
        if len(ended) * 2 >= len(printed_lines) and several >= len(ended):
            found.add(run)
    return frozenset(found)


class References(NamedTuple):
    """Lines of lists of references: where entries begin, and all lines that make them one."""

    starts: frozenset[int]
    lines: frozenset[int]


def reference_lines(lines: Sequence[Line], words: Sequence[str]) -> References:
    """Lists of references: at least two entries in succession, each in one line or broken."""
    entries = [
        (index, end)
        for index, printed in enumerate(words)
        if numbered_reference(printed) and (end := _entry_end(lines, words, index))
    ]
    starts: set[int] = set()
    marked: set[int] = set()
    for first, second in pairwise(entries):
        if second[0] - first[1] <= _MOST_REST and _only_rest(lines, words, first[1], second[0]):
            for start, end in (first, second):
                starts.add(start)
                marked.update(range(start, end))
    return References(frozenset(starts), frozenset(marked))


def _entry_end(lines: Sequence[Line], words: Sequence[str], start: int) -> int:
    """Behind the line that makes an entry of a list of references whole; 0 for none."""
    entry = words[start]
    end = start + 1
    while not is_reference(entry):
        broken = end < len(words) and end - start < _MOST_LINES
        if not broken or lines[end].run != lines[start].run or numbered_reference(words[end]):
            return 0
        entry += " " + words[end]
        end += 1
    return end


def _only_rest(lines: Sequence[Line], words: Sequence[str], start: int, end: int) -> bool:
    """Whether the lines between two entries can only be the rest of the first one."""
    return all(
        lines[index].run == lines[start - 1].run and not ends_sentence(words[index - 1])
        for index in range(start, end)
    )

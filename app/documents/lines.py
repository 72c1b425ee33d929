"""The lines of a plain text, and what they look like seen together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from app.documents.layout import ends_sentence, inner_sentences, is_reference
from app.text import Span

_LONGEST_CELL = 60
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


def reference_lines(words: Sequence[str]) -> frozenset[int]:
    """Lines of lists of references: at least two in succession."""
    marked = [False, *(is_reference(printed) for printed in words), False]
    return frozenset(
        index - 1
        for index in range(1, len(marked) - 1)
        if marked[index] and (marked[index - 1] or marked[index + 1])
    )

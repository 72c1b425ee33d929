"""The first lines of a plain text: the journal's rubric and the title."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.documents.headings import Headings
from app.documents.layout import Layout, ends_sentence
from app.documents.lines import Line
from app.text import BlockKind

_MOST_RUBRICS = 3
_MOST_TITLE_LINES = 4


class Front(NamedTuple):
    """Lines `0..title_start` are rubrics, `title_start..end` the title (if there is one)."""

    title_start: int
    end: int


def find_front(
    text: str,
    lines: Sequence[Line],
    words: Sequence[str],
    headings: Headings,
    layout: Layout,
) -> Front:
    """Where rubric and title are. A text that begins in the middle has neither."""

    def is_field(index: int) -> bool:
        """A labelled field of a note ("Allergies: penicillin") or the text of a section."""
        span = lines[index].span
        label = headings.run_in(text, span.start, span.end)
        if label is None:
            return False
        opened = label.heading.kind is BlockKind.CASE and label.heading.level != "part"
        return not (opened and layout.may_be_title(text[label.text : span.end]))

    def is_title(index: int) -> bool:
        if index + 1 >= len(lines) or lines[index].cell:
            return False
        printed = words[index].strip("*_# ")
        if not layout.may_be_title(printed) or headings.find(printed) or layout.caption(printed):
            return False
        following = words[index + 1]
        if ends_sentence(printed) and not (
            headings.find(following) or layout.front_matter(following)
        ):
            return printed.endswith("?") and lines[index].run != lines[index + 1].run
        front = layout.front_matter(printed)
        if front and not (front is BlockKind.AFFILIATION and ":" in printed):
            return False
        if lines[index].run == lines[index + 1].run and not following[0].isupper():
            return following[0].islower() and layout.may_be_title(following)
        return not is_field(index)

    def goes_on(index: int) -> bool:
        """Whether the line is a further line of the title above it."""
        printed = words[index]
        return (
            index + 1 < len(lines)
            and lines[index].run == lines[index - 1].run
            and layout.may_be_title(printed)
            and not ends_sentence(words[index - 1])
            and layout.front_matter(printed) is None
            and headings.find(printed) is None
            and not is_field(index)
        )

    def is_rubric(index: int) -> bool:
        if index + 1 >= len(lines) or not layout.is_rubric(words[index]):
            return False
        return layout.is_rubric(words[index + 1]) or is_title(index + 1)

    start = 0
    while start < min(_MOST_RUBRICS, len(lines)) and is_rubric(start):
        start += 1
    end = start
    if start < len(lines) and is_title(start):
        end += 1
        while end - start < _MOST_TITLE_LINES and end < len(lines) and goes_on(end):
            end += 1
    return Front(start, end)

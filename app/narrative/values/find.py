"""Mentions that are recognised by their form alone.

The reader adds them where the spotter said nothing.
"""

from __future__ import annotations

import re

from app.narrative.mentions import Mention, MentionKind, Sentence
from app.narrative.values import patterns
from app.narrative.values.table import Table
from app.text import Span

REFERENCE_RANGE = "reference_range"

_AGE = re.compile(
    r"[-\s]?(?:year|month|week|day)s?[-\s](?:old|of\sage)|\s?(?:y/o|yo)\b", re.IGNORECASE
)


_TIMED = (
    ("time", MentionKind.TIME),
    ("duration", MentionKind.DURATION),
    ("frequency", MentionKind.FREQUENCY),
)
_LASTING = re.compile(
    r"\s*(?:days?|weeks?|wks?|months?|mos?|years?|yrs?|d|hours?|hrs?|h)", re.IGNORECASE
)


def text_of(sentence: Sentence) -> str:
    """The sentence as it stands, every run of white space kept in length but made of spaces."""
    parts: list[str] = []
    at = sentence.span.start
    for token in sentence.tokens:
        parts.append(" " * (token.span.start - at))
        parts.append(token.text)
        at = token.span.end
    return "".join(parts)


class _Taken:
    """Places found so far; what comes first keeps its place."""

    def __init__(self) -> None:
        self.found: list[tuple[Span, MentionKind, str]] = []

    def add(self, span: Span, kind: MentionKind, label: str = "") -> None:
        """Take a place unless part of it is taken."""
        if span.length and not any(span.overlaps(other) for other, _, _ in self.found):
            self.found.append((span, kind, label))


def _add(
    taken: _Taken,
    pattern: re.Pattern[str],
    barred: re.Pattern[str],
    kind: MentionKind,
    text: str,
) -> None:
    """Take what `pattern` matches, save where `barred` says that the words mean another thing."""
    spans = [Span(*m.span()) for m in pattern.finditer(text)]
    if spans:
        others = [Span(*m.span()) for m in barred.finditer(text)]
        for span in spans:
            if not any(span.overlaps(other) for other in others):
                taken.add(span, kind)


class Finder:
    """Compiled patterns; `find` is its only face."""

    def __init__(self, table: Table) -> None:
        lists, inner = table.find, patterns.parts(table)
        self._range = patterns.reference(table)
        self._value = patterns.value(table)
        self._dose = patterns.dose(lists["dose"])
        self._unitless = patterns.unitless(lists["unitless"]["tests"])
        self._timed = tuple(
            (
                kind,
                frozenset(lists[name]["triggers"]),
                patterns.words(lists[name]["patterns"], inner),
            )
            for name, kind in _TIMED
        )
        self._not_frequency = patterns.words(lists["frequency"]["except"], inner)
        self._route = patterns.words(lists["route"]["patterns"], inner)
        self._not_route = patterns.words(lists["route"]["except"], inner)
        self._giving = frozenset(lists["route"]["giving"])

    def find(self, sentence: Sentence) -> list[Mention]:
        """See `Values.find`."""
        text = text_of(sentence)
        words = {t.text.lower() for t in sentence.tokens}
        given = not words.isdisjoint(self._giving)
        taken = _Taken()
        digits = any(map(str.isdigit, text))
        if digits:
            for match in self._range.finditer(text):
                taken.add(Span(*match.span("range")), MentionKind.VALUE, REFERENCE_RANGE)
        self._find_timed(text, words, taken)
        if digits:
            self._find_measured(text, given, taken)
        if given:
            _add(taken, self._route, self._not_route, MentionKind.ROUTE, text)
        start = sentence.span.start
        return [
            Mention(kind, Span(start + span.start, start + span.end), 0, label=label)
            for span, kind, label in sorted(taken.found)
        ]

    def _find_timed(self, text: str, words: set[str], taken: _Taken) -> None:
        for kind, triggers, pattern in self._timed:
            if words.isdisjoint(triggers):
                continue
            if kind is MentionKind.FREQUENCY:
                _add(taken, pattern, self._not_frequency, kind, text)
                continue
            for match in pattern.finditer(text):
                if kind is MentionKind.TIME or not _AGE.match(text, match.end()):
                    taken.add(Span(*match.span()), kind)

    def _find_measured(self, text: str, given: bool, taken: _Taken) -> None:
        for match in self._dose.finditer(text):
            if given or "kg" in match[0]:  # nothing but a dose is measured per body weight
                taken.add(Span(*match.span()), MentionKind.DOSE)
        for match in self._value.finditer(text):
            if not _AGE.match(text, match.end("number")) and not _is_time(match["unit"]):
                taken.add(Span(*match.span()), MentionKind.VALUE)
        for match in self._unitless.finditer(text):
            taken.add(Span(*match.span("value")), MentionKind.VALUE)


def _is_time(unit: str | None) -> bool:
    """A number of days or weeks is a time, not a result; minutes and seconds may be one."""
    return unit is not None and _LASTING.fullmatch(unit) is not None

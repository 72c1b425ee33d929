"""Mentions that are recognised by their form alone.

The reader adds them where the spotter said nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from app.errors import MappingError
from app.narrative.mentions import Mention, MentionKind, Sentence
from app.narrative.values.numbers import NUMBER, POWER
from app.narrative.values.table import Table, longest_first, phrase
from app.text import Span

REFERENCE_RANGE = "reference_range"

_AGE = re.compile(
    r"[-\s]?(?:year|month|week|day)s?[-\s](?:old|of\sage)|\s?(?:y/o|yo)\b", re.IGNORECASE
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


class Finder:
    """Compiled patterns; `find` is its only face."""

    def __init__(self, table: Table) -> None:
        parts = {
            "n": rf"(?:{phrase(table.find['parts']['number_words'])}|\d{{1,3}}(?:[.,]\d)?)",
            "unit_of_time": f"(?:{'|'.join(longest_first(table.find['parts']['units_of_time']))})(?![\\w])",
            "ordinal": f"(?:{'|'.join(longest_first(table.find['parts']['ordinals']))})",
        }
        lists = table.find
        self._range = _reference(table)
        self._value = _value(table)
        self._dose = _dose(lists["dose"])
        self._giving = _words(lists["route"]["giving"], parts)
        self._frequency = _words(lists["frequency"]["patterns"], parts)
        self._duration = _words(lists["duration"]["patterns"], parts)
        self._time = _words(lists["time"]["patterns"], parts)
        self._route = _words(lists["route"]["patterns"], parts)
        self._not_frequency = _words(lists["frequency"]["except"], parts)
        self._not_route = _words(lists["route"]["except"], parts)
        tests = "|".join(longest_first(lists["unitless"]["tests"]))
        self._unitless = re.compile(
            rf"(?<![\w-])(?:{tests})(?:\s+(?:was|of|is|at|to|score|were|remained)){{0,2}}\s*[:=]?\s*"
            rf"(?P<value>{NUMBER}(?:\s?/\s?\d{{1,3}})?)(?![\w%]|[.,]\d|[-\s](?:year|day|month|week))"
        )

    def find(self, sentence: Sentence) -> list[Mention]:
        """See `Values.find`."""
        text = text_of(sentence)
        given = self._giving.search(text) is not None
        taken: list[tuple[Span, MentionKind, str]] = []

        def take(span: Span, kind: MentionKind, label: str = "") -> None:
            if span.length and not any(span.overlaps(other) for other, _, _ in taken):
                taken.append((span, kind, label))

        for match in self._range.finditer(text):
            take(Span(*match.span("range")), MentionKind.VALUE, REFERENCE_RANGE)
        self._timed(text, take)
        if any(c.isdigit() for c in text):
            self._measured(text, given, take)
        if given:
            barred = [Span(*m.span()) for m in self._not_route.finditer(text)]
            for match in self._route.finditer(text):
                span = Span(*match.span())
                if not any(span.overlaps(b) for b in barred):
                    take(span, MentionKind.ROUTE)
        start = sentence.span.start
        return [
            Mention(kind, Span(start + span.start, start + span.end), 0, label=label)
            for span, kind, label in sorted(taken)
        ]

    def _timed(self, text: str, take: Callable[..., None]) -> None:
        for pattern, kind in (
            (self._time, MentionKind.TIME),
            (self._duration, MentionKind.DURATION),
            (self._frequency, MentionKind.FREQUENCY),
        ):
            for match in pattern.finditer(text):
                if _AGE.match(text, match.end()) and kind is not MentionKind.TIME:
                    continue
                span = Span(*match.span())
                if kind is MentionKind.FREQUENCY and any(
                    span.overlaps(Span(*m.span())) for m in self._not_frequency.finditer(text)
                ):
                    continue
                take(span, kind)

    def _measured(self, text: str, given: bool, take: Callable[..., None]) -> None:
        for match in self._dose.finditer(text):
            if given or "kg" in match[0]:  # nothing but a dose is measured per body weight
                take(Span(*match.span()), MentionKind.DOSE)
        for match in self._value.finditer(text):
            if not _AGE.match(text, match.end("number")) and not _is_time(match["unit"]):
                take(Span(*match.span()), MentionKind.VALUE)
        for match in self._unitless.finditer(text):
            take(Span(*match.span("value")), MentionKind.VALUE)


def _is_time(unit: str | None) -> bool:
    """A number of days or weeks is a time, not a result; minutes and seconds may be one."""
    return (
        unit is not None
        and re.fullmatch(
            r"(?i)\s*(?:days?|weeks?|wks?|months?|mos?|years?|yrs?|d|hours?|hrs?|h)", unit
        )
        is not None
    )


def _words(patterns: Sequence[str], parts: dict[str, str]) -> re.Pattern[str]:
    """One pattern of many, on whole words, without regard to case or kind of white space."""
    filled = []
    for pattern in longest_first(patterns):
        for name, inner in parts.items():
            pattern = pattern.replace("{" + name + "}", inner)
        filled.append(re.sub(r"(?<!\[) (?![^\[]*\])", r"\\s+", pattern).replace(r"\s+?", r"\s?"))
    try:
        return re.compile(rf"(?<![\w-])(?:{'|'.join(filled)})(?![\w])", re.IGNORECASE)
    except re.error as error:
        message = f"not a regular expression: {error}"
        raise MappingError(message, place="values.find.toml") from error


def _value(table: Table) -> re.Pattern[str]:
    """Numbers with a unit, pressures, sizes, ranges and titres."""
    signs = phrase([w for w in table.comparators if not w[0].isalpha()])
    words = phrase([w for w in table.comparators if w[0].isalpha()])
    comparator = rf"(?:(?:{signs})\s*|(?i:(?<![^\W_])(?:{words}))\s+)?"
    power = re.sub(r"\?P<\w+>", "?:", POWER)
    times = r"\s?(?:[×xX*✕]|by)\s?"
    length = r"(?:\s?(?:cm|mm))?"
    dash = r"\s?(?:[-–—−~]|to)\s?"
    return re.compile(
        rf"(?<![\w.,/])(?<![^\W\d_][-–]){comparator}(?P<number>"
        rf"{NUMBER}{length}{times}{NUMBER}{length}(?:{times}{NUMBER})?\s?(?:cm|mm)(?![\w])"
        rf"|\d{{2,3}}\s?/\s?\d{{2,3}}\s?(?i:mm\s?(?:of\s)?Hg)"
        rf"|1\s?:\s?\d{{1,3}}(?:,?\d{{3}})?(?![\d:])"
        rf"|{NUMBER}(?:{dash}{NUMBER})?(?:{power})?"
        rf"(?:[ \u00a0\u2009\u202f-]?\s?(?P<unit>{table.unit})(?![\d^])))"
    )


def _dose(lists: dict[str, tuple[str, ...]] | object) -> re.Pattern[str]:
    """Amounts of a drug: mass, volume, units, per body size or time, but not per volume."""
    assert isinstance(lists, dict)
    units = "|".join(longest_first(lists["units"]))
    per = "|".join(longest_first(lists["per"]))
    return re.compile(
        rf"(?<![\w.,/-])(?:total\s(?:dose\s)?of\s)?{NUMBER}(?:\s?(?:[-–x×]|to)\s?{NUMBER})?[\s-]?(?:{units})(?![^\W\d_])"
        rf"(?:\s?(?:/|per|a)\s?(?:{per})(?![^\W_]))*(?!\s?/\s?[^\W\d_])"
    )


def _reference(table: Table) -> re.Pattern[str]:
    """A bracket, or words, that give the range of healthy people."""
    lists = table.find["range"]
    begin = "|".join(longest_first(lists["begin"]))
    between = "|".join(longest_first(lists["words_between"]))
    amount = rf"(?:{'|'.join(map(re.escape, longest_first([w for w in table.comparators if not w[0].isalpha()])))}|(?i:{phrase([w for w in table.comparators if w[0].isalpha()])})\s)?\s?[-−]?{NUMBER}"
    unit = rf"(?:\s?{table.unit})?"
    power = re.sub(r"\?P<\w+>", "?:", POWER)
    return re.compile(
        rf"(?<![\w-])(?i:{begin})(?:\s*[:,=;]\s*|\s+)(?i:(?:(?:{between})\s+)*)"
        rf"(?P<range>{amount}{unit}(?:\s?(?:[-–—−~]|to|and)\s?{NUMBER}(?:{power})?)?{unit})(?![\w])"
    )

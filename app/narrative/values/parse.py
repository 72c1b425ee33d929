"""The words of a value into its structure."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from app.narrative.values.numbers import (
    NUMBER,
    POWER,
    ambiguous,
    belongs_to_unit,
    exponent,
    multiplied,
    plain,
)
from app.narrative.values.parsed import ParsedValue, ValueKind
from app.narrative.values.table import Table, phrase
from app.text import Span

_LONGEST = 400  # code points: what is longer is no value but a passage
_SIGNS = re.compile(
    r"\s*(?:(?P<plus>\(?\+{1,4}\)?)|(?P<minus>\(?[-−–]\)?)|(?P<count>[1-4])\s?\+)\s*"
)
_PLUS_GRADE = re.compile(r"(?<![\w.,])(?P<a>[1-4])\s?\+(?![\w+])")
_DATE = re.compile(r"\s?[/.-]\s?\d")
_ROMAN = r"(?:VIII|VII|VI|IV|IX|V|III|II|I|X)"
_ROMAN_ALONE = re.compile(_ROMAN)
_TITRE_BY_SLASH = 16  # 1/16 and finer is a dilution, 1/5 and 1/10 are scores
_SCORE_AT_MOST = 300
_SYSTOLIC, _DIASTOLIC = range(60, 281), range(25, 181)


class _Numbers(NamedTuple):
    """The numbers of a match as printed, with their places."""

    printed: tuple[str, ...]
    spans: tuple[Span, ...]


class Parser:
    """Compiled patterns; `parse` is its only face."""

    def __init__(self, table: Table) -> None:
        unit = rf"(?:[ \t\u00a0\u2009\u202f-]?\s?(?P<unit>{table.unit})(?![\d^]))"
        signs = phrase([w for w in table.comparators if not w[0].isalpha()])
        words = phrase([w for w in table.comparators if w[0].isalpha()])
        self._comparators = {" ".join(w.split()): sign for w, sign in table.comparators.items()}
        comparator = (
            rf"(?:(?P<comparator>{signs}|(?i:(?<![^\W_])(?:{words})(?=\s)))\s*"
            r"(?:(?i:a|an|the|about|approximately)\s+)?)?"
        )
        before = r"(?<![\w.,/])(?<![^\W\d_][-–])"
        number = rf"(?:(?<![\d\w)])[-−–](?=[\d.]))?{NUMBER}"
        end = r"(?![^\W\d_]|[.,]?\d)"
        dash = r"\s?(?:[-–—−~]|to|and)\s?"
        by = r"\s?(?:[×xX*✕]|by)\s?"
        length = f"(?:{phrase(table.lengths)})"
        self._size = re.compile(
            rf"{before}{comparator}(?P<a>{NUMBER})(?P<mid>\s?{length})?{by}(?P<b>{NUMBER})"
            rf"(?:(?:\s?{length})?{by}(?P<c>{NUMBER}))?(?:[\s-]?(?P<unit>{length}))?{end}"
        )
        self._pressure = re.compile(
            rf"{before}{comparator}(?P<a>\d{{2,3}})\s?[/⁄]\s?(?P<b>\d{{2,3}})"
            rf"(?:\s?(?P<unit>(?i:mm\s?\.?\s?(?:of\s)?hg)))?{end}"
        )
        self._ratio = re.compile(
            rf"{before}{comparator}(?P<a>{NUMBER})(?P<sign>\s?[:/⁄]\s?|\sout\sof\s|\sof\s(?=\d+(?!\s?%)))(?P<b>{NUMBER}){end}"
        )
        self._range = re.compile(
            rf"{before}{comparator}(?P<a>{number})(?:\s?(?P<first>{table.unit}))?{dash}(?P<b>{NUMBER}){POWER}?{unit}?{end}"
        )
        self._quantity = re.compile(
            rf"{before}{comparator}(?P<a>{number}){POWER}?(?:{unit}|(?!\s?[/+]\s?\d|\+|-\d){end})"
        )
        self._grade = re.compile(
            rf"(?<![\w-])(?i:{phrase(table.grades)})[\s-]*(?P<a>{_ROMAN}|\d(?:\.\d)?|[A-E](?![^\W\d_]))(?P<letter>[a-dA-D]?\d?)(?!\w)"
        )
        self._word = re.compile(
            rf"(?<![\w-])(?:(?P<skip>(?i:{phrase(table.not_a_result)}))|(?P<word>(?i:{phrase(list(table.words))})))(?![\w-])"
        )
        self._words = {" ".join(w.lower().split()): code for w, code in table.words.items()}
        times = "|".join(map(re.escape, table.multiples))
        self._multiple = re.compile(
            rf"(?i:(?:\d|(?<!\w)(?:{times}))\s*(?:[x×]|-?fold|times)?\s*(?:the\s+)?$)"
        )
        self._weak = re.compile(rf"(?i:(?<!\w)(?:{phrase(table.weakening)}))(?:\s+[\w-]+)?\s+$")
        self._change = re.compile(r"(?i:\bfrom\b.+\bto\b|→|->)")

    def parse(self, text: str) -> ParsedValue | None:
        """The structure of `text`, or None when there is none that is certain."""
        if len(text) > _LONGEST:
            return None
        signed = self._signed(text)
        if signed is not None:
            return signed
        word = self._worded(text)
        found = None if self._change.search(text) else self._numeric(text)
        if found is None:
            return word
        if word is None or word.interpretation is None:
            return found
        return replace(
            found,
            span=found.span.join(word.span),
            interpretation=word.interpretation,
            interpretation_span=word.interpretation_span,
        )

    def _numeric(self, text: str) -> ParsedValue | None:
        if not any(c.isdigit() or c.isupper() for c in text):
            return None
        for reader in (self._a_size, self._a_pressure, self._a_grade, self._a_ratio, self._a_range):
            found = reader(text)
            if found is not None:
                return found
        return self._a_quantity(text)

    def _signed(self, text: str) -> ParsedValue | None:
        """A value that is nothing but signs: "++", "3+", "(-)"."""
        match = _SIGNS.fullmatch(text)
        if match is None:
            return None
        span = Span(*match.span())
        code = "NEG" if match["minus"] else "POS"
        numbers = (match["count"],) if match["count"] else ()
        spans = (Span(*match.span("count")),) if numbers else ()
        return ParsedValue(
            ValueKind.ORDINAL, span, numbers, spans, None, None, None, None, code, span
        )

    def _worded(self, text: str) -> ParsedValue | None:
        """What the words say, when they say one thing."""
        found: list[tuple[str, Span]] = []
        for match in self._word.finditer(text):
            if match["skip"]:
                continue
            code = self._words[" ".join(match[0].lower().split())]
            if code == "N" and self._multiple.search(text, 0, match.start()):
                continue  # "3 times normal" is not normal
            if self._weak.search(text, 0, match.start()):
                return None
            found.append((code, Span(*match.span())))
        if not found or len({code for code, _ in found}) > 1:
            return None
        code, span = found[0]
        return ParsedValue(ValueKind.WORD, span, interpretation=code, interpretation_span=span)

    def _a_size(self, text: str) -> ParsedValue | None:
        match = self._size.search(text)
        # without a unit two factors may be "2 x 10"; three are a size
        if match is None or not (match["unit"] or match["mid"] or match["c"]):
            return None
        return self._made(ValueKind.SIZE, match, "abc")

    def _a_pressure(self, text: str) -> ParsedValue | None:
        for match in self._pressure.finditer(text):
            high, low = int(match["a"]), int(match["b"])
            if _DATE.match(text, match.end()) or high <= low:
                continue
            if match["unit"] or (high in _SYSTOLIC and low in _DIASTOLIC and high > 60):
                return self._made(ValueKind.PRESSURE, match, "ab")
        return None

    def _a_ratio(self, text: str) -> ParsedValue | None:
        for match in self._ratio.finditer(text):
            if _DATE.match(text, match.end()):
                continue
            first, second = plain(match["a"]), plain(match["b"])
            fine = float(second) >= _TITRE_BY_SLASH
            if first == "1" and float(second) > 1 and (match["sign"].strip() == ":" or fine):
                return self._made(ValueKind.TITRE, match, "ab")
            if float(second) <= _SCORE_AT_MOST and not _unit_follows(self._quantity, text, match):
                return self._made(ValueKind.RATIO, match, "ab")
        return None

    def _a_range(self, text: str) -> ParsedValue | None:
        for match in self._range.finditer(text):
            joined_by_and = re.search(r"\band\b", text[match.end("a") : match.start("b")])
            between = re.search(r"\bbetween\s+$", text[: match.start("a")], re.IGNORECASE)
            if (joined_by_and and not between) or _DATE.match(text, match.end()):
                continue
            if float(plain(_minus(match["a"]))) < float(plain(match["b"])):
                return self._made(ValueKind.RANGE, match, "ab")
        return None

    def _a_grade(self, text: str) -> ParsedValue | None:
        match = _PLUS_GRADE.search(text)
        if match is not None:
            span, digit = Span(*match.span()), Span(*match.span("a"))
            return ParsedValue(ValueKind.ORDINAL, span, (match["a"],), (digit,))
        match = self._grade.search(text)
        if match is None:
            roman = _ROMAN_ALONE.fullmatch(text.strip())
            if roman is None:
                return None
            start = text.index(roman[0])
            span = Span(start, start + len(roman[0]))
            return ParsedValue(ValueKind.ORDINAL, span, (roman[0],), (span,))
        place = Span(match.start("a"), match.end())
        grade = text[place.start : place.end]
        return ParsedValue(ValueKind.ORDINAL, Span(*match.span()), (grade,), (place,))

    def _a_quantity(self, text: str) -> ParsedValue | None:
        """The first number that has a unit, else the only number."""
        matches = list(self._quantity.finditer(text))
        with_unit = [m for m in matches if m["unit"] is not None or exponent(m) is not None]
        if with_unit:
            return self._made(ValueKind.QUANTITY, with_unit[0], "a")
        return self._made(ValueKind.QUANTITY, matches[0], "a") if len(matches) == 1 else None

    def _made(self, kind: ValueKind, match: re.Match[str], names: str) -> ParsedValue | None:
        """The parsed value of a match whose numbers are the groups `names`."""
        got = _Numbers(
            tuple(match[n] for n in names if match[n]),
            tuple(Span(*match.span(n)) for n in names if match[n]),
        )
        groups = match.groupdict()
        unit = (
            groups.get("unit") or groups.get("first") or (groups.get("mid") or "").strip() or None
        )
        unit_span = _place(match, "unit") or _place(match, "first") or _place(match, "mid")
        if any(ambiguous(p, unit) for p in got.printed):
            return None
        numbers = tuple(plain(_minus(p)) for p in got.printed)
        power = exponent(match) if "exponent" in groups else None
        if power is not None and belongs_to_unit(power, unit):
            start = got.spans[-1].end
            while match.string[start].isspace():
                start += 1
            unit_span = Span(start, match.end())
            unit = f"10^{power}{(unit or '').replace(' ', '')}"
        elif power is not None:
            numbers = tuple(multiplied(n, power) for n in numbers)
        sign = groups.get("comparator")
        return ParsedValue(
            kind,
            Span(*match.span()),
            numbers,
            got.spans,
            self._comparators[" ".join(sign.lower().split())] if sign else None,
            Span(*match.span("comparator")) if sign else None,
            unit,
            unit_span if unit else None,
        )


def _place(match: re.Match[str], name: str) -> Span | None:
    """Where a group stands, if it is there and not empty."""
    if not match.groupdict().get(name):
        return None
    start, end = match.span(name)
    text = match[name]
    start += len(text) - len(text.lstrip())
    return Span(start, end) if start < end else None


def _minus(printed: str) -> str:
    """A typeset minus as a plain one."""
    return printed.replace("−", "-").replace("–", "-")


def _unit_follows(quantity: re.Pattern[str], text: str, match: re.Match[str]) -> bool:
    """Whether the second number of a ratio has a unit of its own: then it is no score."""
    second = quantity.match(text, match.start("b"))
    return second is not None and second["unit"] is not None

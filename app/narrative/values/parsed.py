"""The structure of a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.text import Span


class ValueKind(StrEnum):
    """What form a value has."""

    QUANTITY = "quantity"
    RANGE = "range"
    RATIO = "ratio"
    TITRE = "titre"
    PRESSURE = "pressure"
    SIZE = "size"
    ORDINAL = "ordinal"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class ParsedValue:
    """A value taken apart. All spans count from the beginning of the parsed text.

    `numbers` are plain decimals with the digits as printed: thousands separators are dropped,
    a decimal comma becomes a point, powers of ten that do not belong to the unit are multiplied
    out; `number_spans` say where each was printed. A quantity has one, a range low and high, a
    ratio or titre numerator and denominator, a pressure systolic and diastolic, a size two or
    three. An ordinal ("grade 2", "3+", "++") has one or none.
    `comparator` is "<", "<=", ">=" or ">". `unit` is as printed, save that the power of ten of
    a count is always "10^9/L", however it came through typesetting.
    `interpretation` is H, L, N, A, POS or NEG when the words say it, never by comparing.
    `span` covers everything that was understood.
    """

    kind: ValueKind
    span: Span
    numbers: tuple[str, ...] = ()
    number_spans: tuple[Span, ...] = ()
    comparator: str | None = None
    comparator_span: Span | None = None
    unit: str | None = None
    unit_span: Span | None = None
    interpretation: str | None = None
    interpretation_span: Span | None = None

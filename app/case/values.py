"""Words of a value into the case's `Value`: numbers, units, comparators, codes of word results."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from app.case.context import Context, evidence, tidy
from app.case.model import (
    Comparator,
    Component,
    Interpretation,
    InterpretationPhrase,
    Quantity,
    Value,
)
from app.narrative.values import ParsedValue, ValueKind
from app.terminology import Domain, ucum
from app.text import Span


def _quantity(number: str, unit: str | None, comparator: str | None = None) -> Quantity | None:
    try:
        value = Decimal(number)
    except InvalidOperation:
        return None
    if not value.is_finite():
        return None
    return Quantity(
        value=value,
        comparator=Comparator(comparator) if comparator else None,
        unit=tidy(unit) if unit else None,
        code=ucum(unit) if unit else None,
    )


def make_value(context: Context, span: Span) -> Value:
    """The words at a span as a value; only `text` when their form is not certain."""
    words = context.narrative.document.quote(span)
    parsed = context.values.parse(words)
    base = Value(text=tidy(words), evidence=evidence([span]))
    if parsed is None:
        return base
    quantities = [_quantity(n, parsed.unit, parsed.comparator) for n in parsed.numbers]
    if any(q is None for q in quantities):
        return base
    whole = parsed.span.length >= len(words.strip()) // 2
    match parsed.kind, quantities:
        case ValueKind.QUANTITY, [one] if whole:
            return base.model_copy(update={"quantity": one})
        case ValueKind.RANGE, [low, high]:
            return base.model_copy(update={"low": low, "high": high})
        case ((ValueKind.RATIO | ValueKind.TITRE), [numerator, Quantity() as denominator]):
            # "<1:8" is said of the whole; FHIR lets the numerator alone carry it
            denominator = denominator.model_copy(update={"comparator": None})
            return base.model_copy(update={"numerator": numerator, "denominator": denominator})
        case ValueKind.WORD, []:
            return base.model_copy(update={"codes": context.codes(tidy(words), Domain.QUALIFIER)})
        case _:
            return base


_MEASURES = frozenset({ValueKind.QUANTITY, ValueKind.RANGE, ValueKind.SIZE})


def is_measure(context: Context, span: Span) -> bool:
    """Whether the words are a number with its unit."""
    parsed = context.values.parse(context.narrative.document.quote(span))
    return parsed is not None and parsed.kind in _MEASURES and parsed.unit is not None


def interpretation(context: Context, span: Span) -> InterpretationPhrase | None:
    """What the words of a value call it (high, low, normal, positive ...), never by comparing."""
    words = context.narrative.document.quote(span)
    parsed = context.values.parse(words)
    if parsed is None or parsed.interpretation is None:
        return None
    inner = parsed.interpretation_span or parsed.span
    place = Span(span.start + inner.start, span.start + inner.end)
    return InterpretationPhrase(
        text=tidy(context.narrative.document.quote(place)),
        evidence=evidence([place]),
        code=Interpretation(parsed.interpretation),
    )


def pressure(context: Context, span: Span) -> tuple[Component, ...]:
    """The two parts of a blood pressure, when the words are one."""
    parsed: ParsedValue | None = context.values.parse(context.narrative.document.quote(span))
    if parsed is None or parsed.kind is not ValueKind.PRESSURE or len(parsed.numbers) != 2:
        return ()
    unit = parsed.unit or "mmHg"
    parts: list[Component] = []
    for name, number, inner in zip(
        ("systolic blood pressure", "diastolic blood pressure"),
        parsed.numbers,
        parsed.number_spans,
        strict=True,
    ):
        quantity = _quantity(number, unit)
        if quantity is None:
            return ()
        place = Span(span.start + inner.start, span.start + inner.end)
        parts.append(
            Component(
                name=name,
                evidence=evidence([place]),
                codes=context.codes(name, Domain.TEST),
                value=Value(
                    text=context.narrative.document.quote(place),
                    evidence=evidence([place]),
                    quantity=quantity,
                ),
            )
        )
    return tuple(parts)

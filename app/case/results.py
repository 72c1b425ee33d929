"""What came out of an examination: what the text gives as result, or that it showed nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from app.case.context import Context, evidence, tidy
from app.case.model import Component, Phrase, Value
from app.case.values import make_value
from app.narrative.mentions import MentionKind, Presence, RelationKind
from app.narrative.values import ValueKind
from app.text import Span

REFERENCE = "reference_range"
_GOOD = frozenset({"N", "NEG"})
_FAR = 40  # code points between "no" and "abnormality"
_PROBLEMS = frozenset({MentionKind.SYMPTOM, MentionKind.DISEASE})


def results_of(context: Context, index: int) -> list[int]:
    """The mentions that say what came out: values, else a finding in general that is said not to
    be there ("revealed no abnormalities")."""
    ranges = ranges_of(context, index)
    values = [v for v in context.of(index, RelationKind.VALUE) if v not in ranges]
    if values:
        return values
    return [p for p in context.said_of(index, RelationKind.SEEN_IN) if _nothing(context, p)][:1]


def ranges_of(context: Context, index: int) -> list[int]:
    """The mentions that say what is normal for a test: what is called so, and a range in brackets
    right behind a result of the same unit, "0.5 ng/ml (3.5-77 ng/ml)"."""
    values = sorted(context.of(index, RelationKind.VALUE), key=lambda v: context.mentions[v].span)
    found = [v for v in values if context.mentions[v].label == REFERENCE]
    for result, behind in pairwise(values):
        if behind not in found and _is_range_of(context, result, behind):
            found.append(behind)
    return found


def _is_range_of(context: Context, result: int, behind: int) -> bool:
    text = context.narrative.document.text
    first, second = context.mentions[result].span, context.mentions[behind].span
    if text[first.end : second.start].strip() not in ("(", "["):
        return False
    if text[second.end : second.end + 1] not in (")", "]"):
        return False
    value, normal = (context.values.parse(text[slice(*span)]) for span in (first, second))
    return (
        value is not None
        and normal is not None
        and value.kind is ValueKind.QUANTITY
        and normal.kind is ValueKind.RANGE
        and normal.unit in (value.unit, None)
    )


def denied_span(context: Context, index: int) -> Span | None:
    """A result with the words that deny it: "abnormalities" of "no ECG abnormalities" is no
    result without "no". None for one that is not denied.

    A result in numbers, or one that is good news by itself, stands alone.
    """
    mention = context.mentions[index]
    cue = mention.assertion.cue
    if mention.assertion.presence is not Presence.ABSENT or cue is None:
        return None
    words = context.words(index)
    parsed = context.values.parse(words)
    if any(map(str.isdigit, words)) or (parsed is not None and parsed.interpretation in _GOOD):
        return None
    whole = mention.span.join(cue)
    # behind a comma the words deny something else
    return None if "," in context.narrative.document.quote(whole) else whole


def result_span(context: Context, index: int) -> Span:
    """Where a result stands, with what denies it."""
    return denied_span(context, index) or context.mentions[index].span


def conclusion(context: Context, index: int) -> Phrase | None:
    """The first result as words."""
    for result in results_of(context, index):
        span = result_span(context, result)
        return Phrase(text=tidy(context.narrative.document.quote(span)), evidence=evidence([span]))
    return None


def _nothing(context: Context, problem: int) -> bool:
    """Whether a mention is a finding in general, denied by words right before it."""
    mention = context.mentions[problem]
    cue = mention.assertion.cue
    return (
        mention.kind in _PROBLEMS
        and mention.assertion.presence is Presence.ABSENT
        and cue is not None
        and 0 <= mention.span.start - cue.end <= _FAR
        and context.kinds.no_finding.fullmatch(context.words(problem)) is not None
    )


def measurements(context: Context, results: Sequence[int]) -> list[list[int]]:
    """Results that belong to one measurement: a word ("elevated") and a number are one, two
    numbers are two measurements."""
    values = {r: value_of(context, r) for r in results}
    numbers = [r for r in results if is_number(values[r])]
    words = [r for r in results if r not in numbers]
    if not numbers:
        return [list(results)]
    groups = [[n] for n in numbers]
    for word in words:
        nearest = min(
            groups,
            key=lambda g: abs(
                context.mentions[g[0]].span.start - context.mentions[word].span.start
            ),
        )
        nearest.append(word)
    return groups


def value_of(context: Context, result: int) -> Value:
    """A result; one that is denied only in words."""
    denied = denied_span(context, result)
    if denied is None:
        return make_value(context, context.mentions[result].span)
    words = tidy(context.narrative.document.quote(denied))
    return Value(text=words, evidence=evidence([denied]))


def is_number(value: Value) -> bool:
    """Whether a result is a quantity, a range or a ratio."""
    return value.quantity is not None or value.low is not None or value.numerator is not None


def components_of(context: Context, index: int) -> tuple[Component, ...]:
    """Details that name how the result looks: "a nucleolar pattern", "a titre of 1:320"."""
    parts: list[Component] = []
    for detail in context.of(index, RelationKind.DETAIL):
        words = context.words(detail)
        if match := context.kinds.component.search(words):
            span = context.mentions[detail].span
            head = match[0].strip()
            start = span.end - len(match[0].lstrip())
            value = words[: match.start()].strip()
            if not value:
                continue
            parts.append(
                Component(
                    name=head,
                    evidence=evidence([Span(start, start + len(head))]),
                    value=Value(
                        text=value,
                        evidence=evidence([Span(span.start, span.start + len(value))]),
                    ),
                )
            )
    return tuple(parts)

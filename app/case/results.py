"""The words of a result, with those that deny it."""

from __future__ import annotations

from app.case.context import Context
from app.narrative.mentions import Presence
from app.text import Span

_GOOD = frozenset({"N", "NEG"})


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
    return mention.span.join(cue)


def result_span(context: Context, index: int) -> Span:
    """Where a result stands, with what denies it."""
    return denied_span(context, index) or context.mentions[index].span

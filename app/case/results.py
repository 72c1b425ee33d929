"""What came out of an examination: what the text gives as result, or that it showed nothing."""

from __future__ import annotations

from app.case.context import Context, evidence, tidy
from app.case.model import Phrase
from app.narrative.mentions import MentionKind, Presence, RelationKind
from app.text import Span

REFERENCE = "reference_range"
_GOOD = frozenset({"N", "NEG"})
_FAR = 40  # code points between "no" and "abnormality"
_PROBLEMS = frozenset({MentionKind.SYMPTOM, MentionKind.DISEASE})


def results_of(context: Context, index: int) -> list[int]:
    """The mentions that say what came out: values, else a finding in general that is said not to
    be there ("revealed no abnormalities")."""
    values = [
        v for v in context.of(index, RelationKind.VALUE) if context.mentions[v].label != REFERENCE
    ]
    if values:
        return values
    return [p for p in context.said_of(index, RelationKind.SEEN_IN) if _nothing(context, p)][:1]


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

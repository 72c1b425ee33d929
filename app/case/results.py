"""What came out of an examination: what the text gives as result, or that it showed nothing."""

from __future__ import annotations

from app.case.context import Context, evidence, tidy
from app.case.model import Phrase
from app.narrative.mentions import MentionKind, Presence, RelationKind
from app.text import Span

REFERENCE = "reference_range"
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


def result_span(context: Context, result: int) -> Span:
    """The words of a result; with the "no" before a finding in general."""
    mention = context.mentions[result]
    cue = mention.assertion.cue
    if mention.kind not in _PROBLEMS or cue is None:
        return mention.span
    return Span(cue.start, mention.span.end)


def conclusion(context: Context, index: int) -> Phrase | None:
    """The first result as words."""
    for result in results_of(context, index):
        span = result_span(context, result)
        return Phrase(text=tidy(context.narrative.document.quote(span)), evidence=evidence([span]))
    return None


def _nothing(context: Context, problem: int) -> bool:
    mention = context.mentions[problem]
    cue = mention.assertion.cue
    return (
        mention.kind in _PROBLEMS
        and mention.assertion.presence is Presence.ABSENT
        and cue is not None
        and 0 <= mention.span.start - cue.end <= _FAR
        and context.kinds.no_finding.fullmatch(context.words(problem)) is not None
    )

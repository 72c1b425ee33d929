"""Whether what the spotter saw says anything, and stands in the way of a term."""

from __future__ import annotations

from collections.abc import Sequence

from app.narrative.mentions import Mention, MentionKind

_OVERLONG = 16  # characters by which a modifier is longer than a term inside it

_PARTS = frozenset({MentionKind.SITE, MentionKind.DETAIL, MentionKind.SEVERITY})


def crosses(mention: Mention, others: Sequence[Mention]) -> bool:
    """Whether another mention stands in the way of a term, an act or an abbreviation."""
    return any(
        other.span.overlaps(mention.span) and not _gives_way(other, mention) for other in others
    )


def _gives_way(other: Mention, term: Mention) -> bool:
    """Whether what the spotter saw is left aside for a term.

    "History of hypertension" holds a disease and names none itself; a part that is shorter than
    the term ("hands") or much longer ("diffuse SSc based on puffy hands") was not seen as a
    whole; an abbreviation that the document defines is certain. A value, a place, and a part
    that is the term itself stay, unless the term is a finding.
    """
    if other.kind is MentionKind.HISTORY:
        return True
    if other.kind not in _PARTS:
        return False
    if term.label == "abbreviation":
        return True
    if term.span.covers(other.span):
        return term.span != other.span or term.label == "term:finding"
    return other.span.length - term.span.length >= _OVERLONG


def says_something(text: str, mention: Mention) -> bool:
    """Not signs alone, nor the letter of a part of a figure: "(B)"."""
    words, start, end = text[mention.span.start : mention.span.end], *mention.span
    if len(words) == 1 and text[start - 1 : start] == "(" and text[end : end + 1] == ")":
        return words.isdigit()
    return any(c.isalnum() or c in "+±" for c in words)

"""What a fact is called and coded as: the head with the words that belong to it.

The spotter marks heads tightly ("pain", "stenosis") and what is said of them apart ("low back",
"spinal"). A fact is named by both together when they stand together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.case.context import Context, tidy
from app.case.model import Coding
from app.narrative.mentions import RelationKind
from app.terminology import Domain
from app.text import Span

_PARTS = (RelationKind.SITE, RelationKind.DETAIL, RelationKind.SEVERITY)
_GAPS = frozenset({"", " ", "-", "–", "\n", "\u00a0"})


@dataclass(frozen=True, slots=True)
class Name:
    """Words of a fact, where they stand, and their certain codes."""

    text: str
    span: Span
    codes: tuple[Coding, ...]


def _touching(context: Context, index: int) -> list[Span]:
    """Spans of the modifiers of a head that stand directly beside it, in the order of the text."""
    head = context.mentions[index].span
    text = context.narrative.document.text
    parts = sorted({context.mentions[m].span for kind in _PARTS for m in context.of(index, kind)})
    spans = [head]
    for part in reversed([p for p in parts if p.end <= head.start]):
        if text[part.end : spans[0].start] in _GAPS:
            spans.insert(0, part)
    for part in [p for p in parts if p.start >= head.end]:
        if text[spans[-1].end : part.start] in _GAPS:
            spans.append(part)
    return spans


def full_span(context: Context, index: int) -> Span:
    """The head with the site and details beside it; a severity in front is left out."""
    severities = {context.mentions[m].span for m in context.of(index, RelationKind.SEVERITY)}
    spans = _touching(context, index)
    while spans[0] in severities and len(spans) > 1:
        spans.pop(0)
    return Span(spans[0].start, spans[-1].end)


def _wordings(context: Context, index: int) -> Iterator[str]:
    """Wordings to look up, the most exact first."""
    text = context.narrative.document.text
    head = context.mentions[index].span
    whole = full_span(context, index)
    tails = [
        tail
        for s in context.of(index, RelationKind.SITE)
        if whole.end <= (tail := context.mentions[s].span).start
        and context.kinds.site_link.fullmatch(text[whole.end : tail.start])
    ]
    for tail in sorted(tails, reverse=True):
        yield tidy(text[whole.start : tail.end])
        yield tidy(f"{text[tail.start : tail.end]} {text[whole.start : whole.end]}")
    spans = [s for s in _touching(context, index) if whole.covers(s)]
    for span in spans:
        if span.start > head.start:
            break
        yield tidy(text[span.start : whole.end])
    for site in context.of(index, RelationKind.SITE):
        place = context.mentions[site].span
        if place.end <= head.start:
            yield tidy(f"{text[place.start : place.end]} {text[head.start : head.end]}")


def name_of(context: Context, index: int, domain: Domain) -> Name:
    """The name of one mention with the codes of its most exact wording that has some.

    When none has, and nothing more is said of the head than the case holds elsewhere, codes
    of a broader term that stays true are taken.
    """
    span = full_span(context, index)
    words = tidy(context.narrative.document.quote(span))
    for wording in _wordings(context, index):
        if codes := context.codes(wording, domain):
            return Name(words, span, codes)
    head = context.words(index)
    if domain in (Domain.DISEASE, Domain.FINDING, Domain.PROCEDURE) and not context.of(
        index, RelationKind.SITE
    ):
        return Name(words, span, context.codes(head, domain))
    return Name(words, span, ())


def best_name(context: Context, members: Sequence[int], domain: Domain) -> Name:
    """The name of a group: its longest coded wording that is spelt out, else the longest."""
    names = [name_of(context, index, domain) for index in members]
    short = {a.lower() for a in context.abbreviations}
    spelt = [n for n in names if n.text.lower() not in short] or names
    coded = [n for n in spelt if n.codes]
    best = max(coded or spelt, key=lambda n: (min(len(n.text), 60), -n.span.start))
    codes = best.codes or next((n.codes for n in names if n.codes), ())
    return Name(best.text, best.span, codes)

"""How a problem or a treatment went, and what is the normal range of a test."""

from __future__ import annotations

from app.narrative.mentions import MentionKind, RelationKind
from app.narrative.relations.layout import Layout
from app.narrative.relations.pairs import Found

REFERENCE_RANGE = "reference_range"
_PROBLEMS = frozenset({MentionKind.SYMPTOM, MentionKind.DISEASE})
_TREATMENTS = frozenset({MentionKind.PROCEDURE, MentionKind.MEDICATION})
_POSSESSIVES = frozenset({"his", "her", "their", "the", "all"})
_REACH = 10  # tokens between what is said to have gone and the words that say so


def outcomes(layout: Layout) -> list[Found]:
    """OUTCOME of the problems that the words are said of and of the treatment told with them.

    The label of an outcome mention says on which side its problem stands: "course:<code>:before"
    stands before or around it, "course:<code>:after" behind it; "general:..." is said of the
    treatment alone.
    """
    out: list[Found] = []
    for index, mention in enumerate(layout.mentions):
        if mention.kind is not MentionKind.OUTCOME:
            continue
        heads = _treatments(layout, index)
        if ":after" in mention.label:
            heads = (_objects(layout, index) or _problems_before(layout, index)) + heads
        elif ":before" in mention.label:
            heads = _problems_in_or_after(layout, index) + heads
        out.extend((RelationKind.OUTCOME, head, index) for head in heads)
    return out


def _objects(layout: Layout, outcome: int) -> list[int]:
    """Problems that the words act on: "failed to stop the vertigo and improved his insomnia"."""
    if ":symptoms" in layout.mentions[outcome].label:
        return []
    last = layout.last[outcome]
    following = [i for i in _of(layout, _PROBLEMS) if layout.first[i] >= last]
    if not following or not _POSSESSIVES.issuperset(
        layout.words[last : layout.first[following[0]]]
    ):
        return []
    if layout.first[following[0]] == last:
        return []
    chain = following[:1]
    for other in following[1:]:
        if not layout.joined[chain[-1]]:
            break
        chain.append(other)
    return chain


def _problems_before(layout: Layout, outcome: int) -> list[int]:
    inside = [
        i
        for i in _of(layout, _PROBLEMS)
        if layout.mentions[i].span.overlaps(layout.mentions[outcome].span)
    ]
    before = [i for i in _of(layout, _PROBLEMS) if layout.last[i] <= layout.first[outcome]]
    if inside or not before or layout.first[outcome] - layout.last[before[-1]] > _REACH:
        return inside
    chain = [before[-1]]
    for other in reversed(before[:-1]):
        if not layout.joined[other]:
            break
        chain.append(other)
    return chain[::-1]


def _problems_in_or_after(layout: Layout, outcome: int) -> list[int]:
    """Problems inside the words ("resolution of her pain"), else the next ones, coordinated."""
    problems = _of(layout, _PROBLEMS)
    first = layout.first[outcome]
    chain = [i for i in problems if first <= layout.first[i] < layout.last[outcome]]
    if not chain:
        near = [i for i in problems if 0 <= layout.first[i] - layout.last[outcome] <= 3]
        chain = near[:1]
    if chain:
        for other in problems:
            if layout.first[other] >= layout.last[chain[-1]]:
                if not layout.joined[chain[-1]]:
                    break
                chain.append(other)
    return chain


def _treatments(layout: Layout, outcome: int) -> list[int]:
    """The treatment of the same sentence: the nearest before the words, else after them."""
    treatments = _of(layout, _TREATMENTS)
    before = [i for i in treatments if layout.last[i] <= layout.first[outcome]]
    if before:
        return before[-1:]
    after = [i for i in treatments if layout.first[i] >= layout.last[outcome]]
    return after[:1]


def ranges(layout: Layout, found: list[Found]) -> list[Found]:
    """A reference range to the test of the value before it, else to the nearest test before."""
    out: list[Found] = []
    tests = _of(layout, frozenset({MentionKind.TEST}))
    for index, mention in enumerate(layout.mentions):
        if mention.label != REFERENCE_RANGE:
            continue
        values = [
            (layout.last[m], h)
            for kind, h, m in found
            if kind is RelationKind.VALUE and layout.last[m] <= layout.first[index] and h in tests
        ]
        before = [t for t in tests if layout.last[t] <= layout.first[index]]
        if values:
            nearest = max(last for last, _ in values)
            heads = [h for last, h in values if last == nearest]
            heads = [h for h in heads if h == max(heads)]
        else:
            heads = before[-1:]
        out.extend((RelationKind.VALUE, head, index) for head in heads)
    return out


def _of(layout: Layout, kinds: frozenset[MentionKind]) -> list[int]:
    return [i for i, m in enumerate(layout.mentions) if m.kind in kinds]

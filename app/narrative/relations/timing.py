"""When: times and durations to what they are said of."""

from __future__ import annotations

from app.narrative.mentions import HEADS, MentionKind, RelationKind
from app.narrative.relations.layout import Layout
from app.narrative.relations.pairs import Found
from app.narrative.relations.table import Table

_TIMED = HEADS | {MentionKind.EVENT, MentionKind.COREFERENCE}
_LASTING = frozenset(
    {
        MentionKind.MEDICATION,
        MentionKind.PROCEDURE,
        MentionKind.SYMPTOM,
        MentionKind.DISEASE,
        MentionKind.OUTCOME,
    }
)
_GIVEN = frozenset({MentionKind.MEDICATION, MentionKind.PROCEDURE})
_OPENERS = frozenset({",", ";", "and", "but", "then", "while", "whereas", "where", ":"})


def times(layout: Layout, table: Table) -> list[Found]:
    """Each head to the time of its clause: the time that opens it, else the nearest within reach.

    "Two weeks later she had fever and a CT showed a mass": the time opens the clause and holds
    for all that follows up to the next time; "a CT on day 5": it follows and holds for the
    nearest before it.
    """
    mentions = layout.mentions
    at = [i for i, m in enumerate(mentions) if m.kind is MentionKind.TIME]
    if not at:
        return []
    heads = [i for i, m in enumerate(mentions) if m.kind in _TIMED]
    opening = {t for t in at if _opens(layout, t)}
    out: list[Found] = []
    for number, time in enumerate(at):
        limit = at[number + 1] if number + 1 < len(at) and at[number + 1] in opening else None
        if time in opening:
            stop = layout.first[limit] if limit is not None else len(layout.words)
            reached = [h for h in heads if layout.last[time] <= layout.first[h] < stop]
            reached = _until_break(layout, time, reached)
        else:
            reached = _behind(layout, time, heads, table.reach)
        out.extend((RelationKind.TIME, head, time) for head in reached)
    return out


def _opens(layout: Layout, time: int) -> bool:
    """Whether a time begins its clause: first in the sentence or after a comma, and not last."""
    first = layout.first[time]
    while first > 0 and layout.words[first - 1] in _PREPOSITIONS:
        first -= 1
    if first == 0:
        return True
    before = layout.words[first - 1]
    following = layout.after(time)
    return before in _OPENERS and following not in (".", ";", "$", ")")


_PREPOSITIONS = frozenset(
    {
        "on",
        "at",
        "in",
        "after",
        "before",
        "by",
        "within",
        "over",
        "about",
        "approximately",
        "around",
        "the",
        "since",
        "during",
        "until",
        "for",
    }
)


def _until_break(layout: Layout, time: int, heads: list[int]) -> list[int]:
    """Heads up to a semicolon."""
    words = layout.words
    stop = next((i for i in range(layout.last[time], len(words)) if words[i] == ";"), len(words))
    return [h for h in heads if layout.first[h] < stop]


def _behind(layout: Layout, time: int, heads: list[int], reach: int) -> list[int]:
    """The nearest head before the time, with those coordinated with it."""
    before = [h for h in heads if layout.last[h] <= layout.first[time]]
    if not before:
        return [h for h in heads if layout.first[h] >= layout.last[time]][:1]
    if layout.first[time] - layout.last[before[-1]] > reach:
        return []
    return _chain_back(layout, before)


def durations(layout: Layout, table: Table) -> list[Found]:
    """ "a 3-day history of fever and cough", "fever for 3 days", "prednisone for two weeks"."""
    mentions = layout.mentions
    at = [i for i, m in enumerate(mentions) if m.kind is MentionKind.DURATION]
    if not at:
        return []
    heads = [i for i, m in enumerate(mentions) if m.kind in _LASTING]
    out: list[Found] = []
    for duration in at:
        after = [h for h in heads if layout.first[h] >= layout.last[duration]]
        before = [h for h in heads if layout.last[h] <= layout.first[duration]]
        chosen: list[int] = []
        if after and table.of.search(
            " ".join([*layout.text(duration)[-2:], *layout.gap(duration, after[0])])
        ):
            chosen = _chain(layout, after)
        elif before and layout.first[duration] - layout.last[before[-1]] <= table.reach:
            chosen = [before[-1]]
            if mentions[before[-1]].kind not in _GIVEN:
                chosen = _chain_back(layout, before)
        elif after and layout.first[after[0]] - layout.last[duration] <= 2:
            chosen = after[:1]
        out.extend((RelationKind.DURATION, head, duration) for head in chosen)
    return out


def _chain(layout: Layout, heads: list[int]) -> list[int]:
    chain = [heads[0]]
    for other in heads[1:]:
        if not layout.joined[chain[-1]]:
            break
        chain.append(other)
    return chain


def _chain_back(layout: Layout, heads: list[int]) -> list[int]:
    """The last head and those coordinated with it that have no time of their own between."""
    chain = [heads[-1]]
    for other in reversed(heads[:-1]):
        gap = layout.gap(other, chain[-1])
        if not layout.joined[other] or "<time>" in gap or "<duration>" in gap:
            break
        chain.append(other)
    return chain[::-1]

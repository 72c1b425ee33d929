"""A result that is said of several tests at once: "A, B and C were all negative".

The trained weights give a result to the test beside it. What goes with it follows from how the
tests are listed: each test of the list that has no result of its own has this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.narrative.mentions import MentionKind, RelationKind
from app.narrative.relations.layout import Layout, unbracketed
from app.narrative.relations.pairs import Found
from app.narrative.relations.table import Spread

_LISTED = frozenset({MentionKind.TEST})


def spread(layout: Layout, table: Spread, found: Sequence[Found]) -> list[Found]:
    """The relations to add to `found`. A number is said of one test only."""
    if layout.respectively:
        return []
    values = [
        (h, m)
        for kind, h, m in found
        if kind is RelationKind.VALUE and layout.mentions[h].kind in _LISTED
    ]
    if not values:
        return []
    tests = [i for i, m in enumerate(layout.mentions) if m.kind in _LISTED]
    taken = {h for h, _ in values}
    out: list[Found] = []
    for head, value in values:
        if any(c.isdigit() for word in layout.text(value) for c in word):
            continue
        for other in _sharing(layout, table, tests, head, value):
            if other in taken:
                break
            taken.add(other)
            out.append((RelationKind.VALUE, other, value))
    return out


def _sharing(
    layout: Layout, table: Spread, tests: Sequence[int], head: int, value: int
) -> Iterator[int]:
    """The tests of the list that `head` belongs to, from `head` outwards."""
    if layout.last[value] <= layout.first[head]:
        if all(w in table.said_before or w[0] == "<" for w in layout.gap(value, head)):
            yield from _forward(layout, table, tests, head)
    elif layout.last[head] <= layout.first[value]:
        if all(w in table.said_after or w[0] == "<" for w in _after(layout, head, value)):
            yield from _backward(layout, table, tests, head)
        yield from _as_were(layout, table, tests, value)


def _after(layout: Layout, head: int, value: int) -> list[str]:
    """The gap from a test to its result without what stands in brackets."""
    gap = unbracketed(layout.gap(head, value))
    return gap[1:] if gap[:1] == [")"] else gap


def _forward(layout: Layout, table: Spread, tests: Sequence[int], head: int) -> Iterator[int]:
    for other in tests[tests.index(head) + 1 :]:
        if not _listed(layout, table, head, other):
            return
        yield other
        head = other


def _backward(layout: Layout, table: Spread, tests: Sequence[int], head: int) -> Iterator[int]:
    for other in reversed(tests[: tests.index(head)]):
        if not _listed(layout, table, other, head):
            return
        yield other
        head = other


def _as_were(layout: Layout, table: Spread, tests: Sequence[int], value: int) -> Iterator[int]:
    """ "Blood cultures were negative, as were stool cultures"."""
    behind = [t for t in tests if layout.first[t] >= layout.last[value]]
    if not behind:
        return
    gap = [w for w in layout.gap(value, behind[0]) if w != "," and w[0] != "<"]
    if len(gap) >= 2 and gap[0] == "as" and gap[1] in table.copulas:
        yield behind[0]
        yield from _forward(layout, table, tests, behind[0])


def _listed(layout: Layout, table: Spread, one: int, other: int) -> bool:
    """Whether two tests are neighbours in a list; a short form in brackets is one, too."""
    if layout.last[one] > layout.first[other]:
        return False
    gap = layout.gap(one, other)
    if "<value>" in gap:
        return False
    if gap == ["("]:
        return True
    if gap[:1] == [")"]:
        gap = gap[1:]
    gap = unbracketed(gap)
    if gap[-1:] == ["("]:
        gap = gap[:-1]
    return any(w in table.separators for w in gap) and all(
        w in table.separators or w in table.fillers or w[0] == "<" for w in gap
    )

"""A result that is said of several tests at once: "A, B and C were all negative".

The trained weights give a result to the test beside it, and now and then to one too far. How the
tests are listed says more: a result in words belongs to the list that it stands right before, or
right behind with a copula between, and to no test beyond. Each test of the list that has no such
result of its own has this one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from app.narrative.mentions import MentionKind, RelationKind
from app.narrative.relations.layout import Layout, unbracketed
from app.narrative.relations.pairs import Found
from app.narrative.relations.table import Spread

_VALUE = RelationKind.VALUE
_SINGULAR = frozenset({"was", "is"})
_DETERMINERS = frozenset({"the", "a", "an", "his", "her"})
_OF = frozenset({"of", ":", "=", "was", "at"})


def spread(layout: Layout, table: Spread, found: Sequence[Found]) -> list[Found]:
    """`found` with the results of tests as their lists have them. A number is said of one test."""
    tests = [i for i, m in enumerate(layout.mentions) if m.kind is MentionKind.TEST]
    values = [i for i, m in enumerate(layout.mentions) if m.kind is MentionKind.VALUE]
    if not tests or not values:
        return list(found)
    lists = Lists(layout, table, tests)
    said = lists.moved(found, values)
    if layout.respectively:
        return said
    runs = _runs(layout, values)
    for run in runs:
        said = lists.without_those_beyond(said, run, runs)
    for run in runs:
        said += lists.shared(said, run, runs)
    return said


class Lists:
    """The tests of one sentence and how they are listed."""

    def __init__(self, layout: Layout, table: Spread, tests: Sequence[int]) -> None:
        self.layout = layout
        self.table = table
        self.tests = tests

    def moved(self, found: Sequence[Found], values: Sequence[int]) -> list[Found]:
        """ "The cell count in the lavage fluid was 5": the result of what was measured, not of
        what it was measured in."""
        out = list(found)
        for value in values:
            place = self._last_before(value)
            if place is None or (_VALUE, place, value) not in found:
                continue
            subject = self._measured(place)
            if subject is None or not self._said_of(place, value):
                continue
            if any(k is _VALUE and h == subject and m < value for k, h, m in found):
                continue
            out.remove((_VALUE, place, value))
            if (_VALUE, subject, value) not in out:
                out.append((_VALUE, subject, value))
        return out

    def without_those_beyond(
        self, found: Sequence[Found], run: Sequence[int], runs: Sequence[Sequence[int]]
    ) -> list[Found]:
        """`found` without the result of `run` at tests that it cannot be said of."""
        others = {m for other in runs if other is not run for m in other}
        beyond = self._beyond(run, self._before(run), self._after(run), others)
        return [f for f in found if f[0] is not _VALUE or f[2] not in run or not beyond(f[1])]

    def shared(
        self, found: Sequence[Found], run: Sequence[int], runs: Sequence[Sequence[int]]
    ) -> list[Found]:
        """What is to be added to `found`: the result of `run` at each test of its list."""
        heads = {h for k, h, m in found if k is _VALUE and m in run}
        before, after = self._before(run), self._after(run)
        others = {m for other in runs if other is not run for m in other}
        taken = {h for k, h, m in found if k is _VALUE and m in others}
        taken |= {t for t in after if self._has_number(t)}
        if before and after and not heads.intersection(before):
            before = []  # "the serum was positive for A": what is named has the result
        near = {*before[-1:], *after[:1]}
        chosen = [t for t in (*before, *after) if t in near or t not in taken]
        new = [(_VALUE, test, value) for test in chosen for value in run]
        return [f for f in new if f not in found]

    def _has_number(self, test: int) -> bool:
        """Whether a number of its own stands right behind a test: "Hb 10.9 g/dL"."""
        layout = self.layout
        behind = [
            i
            for i, m in enumerate(layout.mentions)
            if m.kind is MentionKind.VALUE and layout.first[i] >= layout.last[test]
        ]
        if not behind:
            return False
        number = any(c.isdigit() for word in layout.text(behind[0]) for c in word)
        return number and all(w in _OF for w in layout.gap(test, behind[0]))

    def _beyond(
        self,
        run: Sequence[int],
        before: Sequence[int],
        after: Sequence[int],
        others: Collection[int],
    ) -> Callable[[int], bool]:
        """Which tests a result cannot be said of: those behind it when it is said of the list
        before it; when it opens a list, those before it that nothing joins it to, and those
        behind the result that follows."""
        layout = self.layout
        first, last = layout.first[run[0]], layout.last[run[-1]]
        following = min((layout.first[m] for m in others if m > run[-1]), default=None)

        def judge(test: int) -> bool:
            if test not in self.tests or test in before or test in after:
                return False
            if before and not after:
                alone = len(before) == 1 and layout.last[test] <= layout.first[before[0]]
                return layout.first[test] >= last or (
                    alone and self._joined_apart(test, before[0], run)
                )
            if after and not before:
                if following is not None and layout.first[test] > following:
                    return True
                near = self._last_before(run[0])
                if near == test and first - layout.last[test] <= len(self.table.copulas):
                    return not any(w in self.table.copulas for w in layout.gap(test, run[0]))
                return layout.last[test] <= first
            return False

        return judge

    def _last_before(self, value: int) -> int | None:
        layout = self.layout
        ended = [t for t in self.tests if layout.last[t] <= layout.first[value]]
        return ended[-1] if ended else None

    def _measured(self, place: int) -> int | None:
        """The test before "in", "on" or "by" and the test `place`."""
        layout, at = self.layout, self.tests.index(place)
        for test in reversed(self.tests[:at]):
            if layout.last[test] > layout.first[place]:
                continue
            gap = unbracketed(layout.gap(test, place))
            if gap == ["("] or gap[:1] == ["("]:
                return None
            if gap[:1] == [")"]:
                gap = gap[1:]
                if gap and gap[0] in self.table.measured_in:
                    continue  # a short form in brackets; its long form stands before it
            if not gap or gap[0] not in self.table.measured_in:
                return None
            rest = gap[1:]
            if all(w in self.table.fillers or w[0] == "<" for w in rest):
                return test
            return None
        return None

    def _said_of(self, test: int, value: int) -> bool:
        """Whether words of the table stand between a test and the result behind it."""
        gap = _outside(self.layout.gap(test, value))
        return all(w in self.table.said_after or w[0] == "<" for w in gap)

    def _before(self, run: Sequence[int]) -> list[int]:
        """The list right before a result: "A, B and C were negative"."""
        last = self._last_before(run[0])
        if last is None or not self._said_of(last, run[0]):
            return []
        gap = _outside(self.layout.gap(last, run[0]))
        ahead = self._next_after(run)
        if ahead is not None and gap and not any(w in self.table.copulas for w in gap):
            return []
        subject = self._measured(last)
        last = last if subject is None else subject
        earlier = list(self._backward(last))
        if _SINGULAR.intersection(gap) and not (earlier and self._joint(earlier[0], last)):
            return [last]  # "he had echocardiography, and the ECG was normal"
        return [*reversed(earlier), last]

    def _joined_apart(self, test: int, subject: int, run: Sequence[int]) -> bool:
        """Whether a test stands in a clause of its own before "and the ECG was normal"."""
        gap = _outside(self.layout.gap(subject, run[0]))
        return bool(_SINGULAR.intersection(gap)) and test in list(self._backward(subject))

    def _joint(self, one: int, other: int) -> bool:
        """Whether two tests of a list stand in one noun phrase, so that "was" is said of both."""
        gap = unbracketed(self.layout.gap(one, other))
        return "," not in gap and ";" not in gap and not _DETERMINERS.intersection(gap)

    def _next_after(self, run: Sequence[int]) -> int | None:
        """The test that a result right before it is said of: "elevated levels of A"."""
        layout = self.layout
        behind = [t for t in self.tests if layout.first[t] >= layout.last[run[-1]]]
        if not behind:
            return None
        gap = layout.gap(run[-1], behind[0])
        return behind[0] if all(w in self.table.said_before or w[0] == "<" for w in gap) else None

    def _after(self, run: Sequence[int]) -> list[int]:
        """The list right behind a result, or taken up behind it with "as were"."""
        first = self._next_after(run)
        if first is None:
            first = self._as_were(run)
        return [] if first is None else [first, *self._forward(first)]

    def _as_were(self, run: Sequence[int]) -> int | None:
        """ "Blood cultures were negative, as were stool cultures"."""
        layout = self.layout
        behind = [t for t in self.tests if layout.first[t] >= layout.last[run[-1]]]
        if not behind:
            return None
        gap = [w for w in layout.gap(run[-1], behind[0]) if w != "," and w[0] != "<"]
        as_were = len(gap) >= 2 and gap[0] == "as" and gap[1] in self.table.copulas
        return behind[0] if as_were else None

    def _forward(self, head: int) -> Iterator[int]:
        for other in self.tests[self.tests.index(head) + 1 :]:
            if not self._listed(head, other):
                return
            yield other
            head = other

    def _backward(self, head: int) -> Iterator[int]:
        for other in reversed(self.tests[: self.tests.index(head)]):
            if not self._listed(other, head):
                return
            yield other
            head = other

    def _listed(self, one: int, other: int) -> bool:
        """Whether two tests are neighbours in a list. A short form in brackets is one, too, and
        so is what a word like "expression of" stands before."""
        layout, table = self.layout, self.table
        if layout.last[one] > layout.first[other]:
            return False
        gap = layout.gap(one, other)
        if gap == ["("] or gap == [")"]:
            return True
        carrier = layout.text(one)[-1:]
        if gap[:1] and gap[0] in table.carried and table.carriers.intersection(carrier):
            return all(w in table.fillers for w in gap[1:])
        gap = _outside(gap)
        if gap[-1:] == ["("]:
            gap = gap[:-1]
        if "<value>" in gap:
            return False
        return any(w in table.separators for w in gap) and all(
            w in table.separators or w in table.fillers or w[0] == "<" for w in gap
        )


def _outside(gap: Sequence[str]) -> list[str]:
    """A gap without brackets, and without the rest of one that it begins in: "(CD45, not shown)
    was"."""
    depth = 0
    start = 0
    for at, word in enumerate(gap):
        depth += (word == "(") - (word == ")")
        if depth < 0:
            depth, start = 0, at + 1
    return unbracketed(gap[start:])


def _runs(layout: Layout, values: Sequence[int]) -> list[list[int]]:
    """Results in words, those side by side ("weakly", "positive") together."""
    runs: list[list[int]] = []
    for value in values:
        if any(c.isdigit() for word in layout.text(value) for c in word):
            continue
        if runs and layout.last[runs[-1][-1]] == layout.first[value]:
            runs[-1].append(value)
        else:
            runs.append([value])
    return runs

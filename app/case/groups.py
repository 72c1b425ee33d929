"""Repeats of a thing are one fact: mentions that name the same thing, grouped."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence

from app.case.context import Context
from app.case.naming import name_of
from app.narrative.mentions import RelationKind
from app.terminology import Domain, normalise

_DETERMINERS = re.compile(
    r"^(?:(?:a|an|the|his|her|their|its|this|that|these|those|our|some|any|one|known|patient's)\s+)+",
    re.IGNORECASE,
)


def canonical(context: Context, words: str) -> str:
    """The words by which two mentions are compared: abbreviations expanded, determiners and
    endings dropped."""
    bare = _DETERMINERS.sub("", words)
    expanded = context.abbreviations.get(bare, bare)
    return " ".join(normalise(expanded)) or bare.lower()


class Union:
    """Disjoint sets of mention indices; a set is known by its smallest member."""

    def __init__(self, items: Iterable[int]) -> None:
        self._parent = {i: i for i in items}

    def find(self, item: int) -> int:
        while self._parent[item] != item:
            self._parent[item] = self._parent[self._parent[item]]
            item = self._parent[item]
        return item

    def join(self, one: int, other: int) -> None:
        a, b = self.find(one), self.find(other)
        self._parent[max(a, b)] = min(a, b)

    def groups(self) -> list[list[int]]:
        """The sets, each in ascending order, ordered by their first members."""
        out: dict[int, list[int]] = {}
        for item in sorted(self._parent):
            out.setdefault(self.find(item), []).append(item)
        return list(out.values())


def group(
    context: Context,
    indices: Sequence[int],
    domain: Domain,
    apart: Callable[[int], Hashable],
    fits: Callable[[list[int], int], bool] = lambda _group, _index: True,
) -> list[list[int]]:
    """Mentions that name the same thing.

    Two are the same when they agree in `apart` (patient, assertion, ...) and have the same
    canonical words, the same codes, or are said to be the same (relation SAME); `fits` may
    refuse to add a mention to a group (another body site, another time).
    """
    union = Union(indices)
    members: dict[int, list[int]] = {i: [i] for i in indices}
    seen: dict[Hashable, int] = {}

    def join(one: int, other: int) -> None:
        a, b = union.find(one), union.find(other)
        if a != b and all(fits(members[a], i) for i in members[b]):
            union.join(a, b)
            root = union.find(a)
            members[root] = sorted(members[a] + members[b])

    allowed = set(indices)
    for index in indices:
        name = name_of(context, index, domain)
        keys: list[Hashable] = [("words", canonical(context, name.text))]
        if codes := name.codes:
            keys.append(("codes", tuple((c.system, c.code) for c in codes)))
        for key in keys:
            full = (apart(index), key)
            if full in seen:
                join(seen[full], index)
            else:
                seen[full] = index
    for index in indices:
        for other in context.of(index, RelationKind.SAME):
            if other in allowed and apart(other) == apart(index):
                join(index, other)
    return union.groups()

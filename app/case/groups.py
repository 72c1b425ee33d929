"""Repeats of a thing are one fact: mentions that name the same thing, grouped."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence

from app.case.context import Context
from app.case.naming import name_of, without_details
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
    expanded = _WORD.sub(lambda m: context.abbreviations.get(m[0], m[0]), bare)
    return " ".join(normalise(expanded)) or bare.lower()


_WORD = re.compile(r"[^\W_][\w-]*")


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
    canonical words, the same codes, or are said to be the same (relation SAME), or when one is
    the other without its details ("diffuse SSc", "systemic sclerosis"); `fits` may refuse to
    add a mention to a group (another body site, another time).
    """
    union = Union(indices)
    members: dict[int, list[int]] = {i: [i] for i in indices}
    whole: dict[Hashable, list[int]] = {}
    bare: dict[Hashable, list[int]] = {}

    def join(one: int, other: int) -> bool:
        a, b = union.find(one), union.find(other)
        if a == b:
            return True
        if not all(fits(members[a], i) for i in members[b]):
            return False
        union.join(a, b)
        members[union.find(a)] = sorted(members[a] + members[b])
        return True

    for index in indices:
        name = name_of(context, index, domain)
        full = apart(index), canonical(context, name.text)
        short = apart(index), canonical(context, without_details(context, index))
        coded = apart(index), tuple((c.system, c.code) for c in name.codes)
        rivals = whole.get(full, []) + whole.get(short, []) + bare.get(full, [])
        if name.codes:
            rivals += whole.get(coded, [])
            whole.setdefault(coded, []).append(index)
        any(join(rival, index) for rival in sorted(set(rivals)))
        whole.setdefault(full, []).append(index)
        bare.setdefault(short, []).append(index)
    allowed = set(indices)
    for index in indices:
        for other in context.of(index, RelationKind.SAME):
            if other in allowed and apart(other) == apart(index):
                join(index, other)
    return union.groups()

"""Relations within a sentence: each modifier to the heads it belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.narrative.mentions import RelationKind
from app.narrative.relations.features import PairFeatures
from app.narrative.relations.layout import Layout, bare
from app.narrative.relations.model import Model
from app.narrative.relations.table import Pair

_CLOSE = 6  # tokens between two names of one thing

Found = tuple[RelationKind, int, int]


def candidates(layout: Layout, pair: Pair) -> Iterator[tuple[int, int, list[str]]]:
    """Every modifier and head of the sentence that could belong together, with features."""
    if pair.kind is RelationKind.SAME:
        yield from _neighbours(layout, pair)
        return
    heads = [i for i, kind in enumerate(layout.kinds) if kind in pair.head]
    modifiers = [i for i, kind in enumerate(layout.kinds) if kind in pair.modifier]
    if not heads or not modifiers:
        return
    features = PairFeatures(layout, heads, modifiers)
    for modifier in modifiers:
        for head, found in features.of(modifier):
            yield modifier, head, found


def _neighbours(layout: Layout, pair: Pair) -> Iterator[tuple[int, int, list[str]]]:
    """A mention and the next of its kind, close behind it: "white cell count (WBC)"."""
    latest: dict[str, int] = {}
    for index, kind in enumerate(layout.kinds):
        if kind not in pair.modifier:
            continue
        head = latest.get(kind)
        latest[kind] = index
        if head is not None and 0 <= layout.first[index] - layout.last[head] <= _CLOSE:
            features = PairFeatures(layout, [head], [index])
            yield index, head, features.adjacent(head, index)


def decide(layout: Layout, pairs: Sequence[Pair], model: Model) -> list[Found]:
    """(kind, head, modifier) of the pairs that are probable enough, or plainly said."""
    out: list[Found] = []
    for pair in pairs:
        scored: dict[int, list[tuple[float, int]]] = {}
        for modifier, head, features in candidates(layout, pair):
            p = model.probability(pair.kind.value, features)
            scored.setdefault(modifier, []).append((p, head))
        in_turn = _in_turn(layout, pair) if layout.respectively else {}
        for modifier, options in scored.items():
            if modifier in in_turn:
                heads = [in_turn[modifier]]
            else:
                heads = _chosen(layout, pair, modifier, options)
            out.extend((pair.kind, head, modifier) for head in heads)
    return out


def _chosen(
    layout: Layout, pair: Pair, modifier: int, options: Sequence[tuple[float, int]]
) -> list[int]:
    """The heads of a modifier: the one it is plainly said of and those coordinated with it; else
    all that are probable enough; else the best, if that is not hopeless."""
    stated = _stated(layout, pair, modifier)
    kept = [h for p, h in options if p >= pair.keep]
    if pair.beside and (next_to := _beside(layout, pair, modifier)) is not None:
        return [next_to]
    if stated is not None:
        return [
            stated,
            *(h for h in kept if h != stated and layout.first[h] < layout.first[stated]),
        ]
    if kept:
        return kept
    best, head = max(options, key=lambda o: (o[0], -abs(o[1] - modifier)))
    return [head] if best >= pair.rescue else []


def _stated(layout: Layout, pair: Pair, modifier: int) -> int | None:
    """The head right before the modifier when only a copula or the like stands between and
    the clause ends after it ("was positive", but not "was positive for vimentin")."""
    if not pair.joins or layout.after(modifier) not in pair.ends:
        return None
    nearest = -1
    for index, mention in enumerate(layout.mentions[:modifier]):
        if layout.last[index] <= layout.first[modifier] and mention.kind in pair.head:
            nearest = index
    if nearest < 0:
        return None
    gap = bare(layout.gap(nearest, modifier))
    return nearest if gap and all(word in pair.joins for word in gap) else None


def _beside(layout: Layout, pair: Pair, modifier: int) -> int | None:
    """The head right beside a number: "prednisone (40 mg", "40 mg of prednisone"; of two the
    nearer, the one before it when they are as near."""
    if not any(c.isdigit() for word in layout.text(modifier) for c in word):
        return None
    before = after = None
    for index, mention in enumerate(layout.mentions):
        if mention.kind not in pair.head:
            continue
        if layout.last[index] <= layout.first[modifier]:
            before = index
        elif after is None and layout.first[index] >= layout.last[modifier]:
            after = index
    sides = []
    for head, left, right in ((before, before, modifier), (after, modifier, after)):
        if head is not None and left is not None and right is not None:
            gap = layout.gap(left, right)
            if all(word in pair.beside for word in gap):
                sides.append((len(gap), head))
    return min(sides, key=lambda side: side[0])[1] if sides else None


def _in_turn(layout: Layout, pair: Pair) -> dict[int, int]:
    """ "A and B were 1 and 2, respectively": the last run of modifiers before the word, each to
    its own head of the last run of as many heads before them."""
    limit = layout.words.index("respectively")
    kinds = [m.kind for m in layout.mentions]
    modifiers = _run(layout, [i for i, k in enumerate(kinds) if k in pair.modifier], limit)
    if len(modifiers) < 2:
        return {}
    start = layout.first[modifiers[0]]
    heads = _run(layout, [i for i, k in enumerate(kinds) if k in pair.head], start)
    if len(heads) != len(modifiers):
        return {}
    return dict(zip(modifiers, heads, strict=True))


def _run(layout: Layout, indices: Sequence[int], limit: int) -> list[int]:
    """The last mentions before token `limit` that are coordinated with each other."""
    run: list[int] = []
    for index in reversed([i for i in indices if layout.last[i] <= limit]):
        if run and not layout.joined[index]:
            break
        run.append(index)
    return run[::-1]

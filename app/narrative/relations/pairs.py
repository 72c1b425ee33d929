"""Relations within a sentence: each modifier to the heads it belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.narrative.mentions import RelationKind
from app.narrative.relations.features import PairFeatures
from app.narrative.relations.layout import Layout
from app.narrative.relations.model import Model
from app.narrative.relations.table import Pair

Found = tuple[RelationKind, int, int]


def candidates(layout: Layout, pair: Pair) -> Iterator[tuple[int, int, list[str]]]:
    """Every modifier and head of the sentence that could belong together, with features."""
    kinds = [m.kind for m in layout.mentions]
    heads = [i for i, kind in enumerate(kinds) if kind in pair.head]
    modifiers = [i for i, kind in enumerate(kinds) if kind in pair.modifier]
    if not heads or not modifiers:
        return
    features = PairFeatures(layout, heads, modifiers)
    same = pair.kind is RelationKind.SAME
    for modifier in modifiers:
        for head, found in features.of(modifier, nearest_only=same):
            if not same or (kinds[head] is kinds[modifier] and head < modifier):
                yield modifier, head, found


def decide(layout: Layout, pairs: Sequence[Pair], model: Model) -> list[Found]:
    """(kind, head, modifier) of the pairs that are probable enough."""
    out: list[Found] = []
    for pair in pairs:
        scored: dict[int, list[tuple[float, int]]] = {}
        for modifier, head, features in candidates(layout, pair):
            p = model.probability(pair.kind.value, features)
            scored.setdefault(modifier, []).append((p, head))
        for modifier, options in scored.items():
            kept = [(p, h) for p, h in options if p >= pair.keep]
            if not kept or pair.single:
                best = max(options, key=lambda o: (o[0], -abs(o[1] - modifier)))
                kept = [best] if best[0] >= pair.rescue else []
            out.extend((pair.kind, head, modifier) for _, head in kept)
    return out

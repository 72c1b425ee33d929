"""What refers to what in a bundle, and the order in which its resources can be sent.

A server that checks references accepts a resource only after, or together with, all that it
refers to. Resources that refer to each other in a circle come out together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.delivery.references import name_of, references


def needs_of(entries: Sequence[dict[str, Any]], wanted: Iterable[int]) -> dict[int, list[int]]:
    """For each wanted position of `entries` the wanted positions that it refers to."""
    position = {e["fullUrl"]: i for i, e in enumerate(entries) if "fullUrl" in e}
    position |= {name_of(e): i for i, e in enumerate(entries)}
    chosen = set(wanted)
    return {
        i: sorted(
            {position[r] for r in references(entries[i].get("resource", {})) if r in position}
            & chosen - {i}
        )
        for i in sorted(chosen)
    }


def circles(needs: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """Strongly connected components, each after all those that it needs (Tarjan 1972)."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    open_: set[int] = set()
    out: list[list[int]] = []
    for root in needs:
        if root in order:
            continue
        walk = [(root, iter(needs[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        open_.add(root)
        while walk:
            node, rest = walk[-1]
            step = next((n for n in rest if n not in order or n in open_), None)
            if step is None:
                walk.pop()
                if walk:
                    low[walk[-1][0]] = min(low[walk[-1][0]], low[node])
                if low[node] == order[node]:
                    circle = stack[stack.index(node) :]
                    del stack[stack.index(node) :]
                    open_.difference_update(circle)
                    out.append(circle)
            elif step in order:
                low[node] = min(low[node], order[step])
            else:
                order[step] = low[step] = len(order)
                stack.append(step)
                open_.add(step)
                walk.append((step, iter(needs[step])))
    return out

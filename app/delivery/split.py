"""A transaction in parts, for servers that take only so many entries at once.

A part holds only references to itself and to the parts before it, so that a server that
checks references accepts each. Resources that refer to each other in a circle stay together.
"""

from __future__ import annotations

from typing import Any

from app.delivery.references import name_of, references


def parts(entries: list[dict[str, Any]], most: int) -> list[list[int]]:
    """Positions of `entries` in parts of at most `most`, in the order in which to send them.

    A circle of references that is larger than `most` makes a part of its own, larger part.
    """
    position = {e["fullUrl"]: i for i, e in enumerate(entries) if "fullUrl" in e}
    position |= {name_of(e): i for i, e in enumerate(entries)}
    needs = [
        sorted({position[r] for r in references(e.get("resource", {})) if r in position} - {i})
        for i, e in enumerate(entries)
    ]
    out: list[list[int]] = []
    for circle in _circles(needs):
        if out and len(out[-1]) + len(circle) <= most:
            out[-1].extend(circle)
        else:
            out.append(list(circle))
    return [sorted(part) for part in out]


def _circles(needs: list[list[int]]) -> list[list[int]]:
    """Strongly connected components, each after all those that it needs (Tarjan 1972)."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    open_: set[int] = set()
    out: list[list[int]] = []
    for root in range(len(needs)):
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

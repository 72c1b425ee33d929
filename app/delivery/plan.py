"""How a case goes to a target: in which requests, under whose ids, and what is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from app.delivery.capability import Capability
from app.delivery.form import Contents, Form
from app.delivery.manner import Manner
from app.delivery.references import beside_primitives
from app.delivery.split import circles, needs_of
from app.delivery.targets import Target
from app.errors import DeliveryError


@dataclass(frozen=True, slots=True)
class Step:
    """One request. `deferred` maps an entry's position to those that it must not refer to yet."""

    positions: tuple[int, ...]
    deferred: tuple[tuple[int, tuple[int, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    resource: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The requests in their order. `withdrawn` are resources that an earlier version of the case
    put there and that this one does not say."""

    manner: Manner
    steps: tuple[Step, ...]
    left_out: tuple[LeftOut, ...]
    withdrawn: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def summary(self) -> str:
        """One line in words."""
        count = sum(len(s.positions) for s in self.steps)
        how = "single requests" if self.manner.single else "transactions"
        if not self.manner.single and len(self.steps) == 1:
            how = "transaction"
        ids = "found by identifier" if self.manner.server_ids else "under ids of ours"
        ids = "searched for by identifier first" if self.manner.searched else ids
        return f"{count} entries in {len(self.steps)} {how}, {ids}"

    def as_dict(self, target: str) -> dict[str, Any]:
        """As it is stored and shown: no clinical content."""
        deferred = {p: d for s in self.steps for p, d in s.deferred}
        return {
            "target": target,
            "summary": self.summary,
            **self.manner.as_dict(),
            "steps": [[self.names[p] for p in step.positions] for step in self.steps],
            "completed_later": [self.names[p] for p in sorted(deferred)],
            "left_out": [asdict(item) for item in self.left_out],
            "withdrawn": list(self.withdrawn),
        }


def left_out(
    found: Contents, target: Target, capability: Capability
) -> tuple[frozenset[int], tuple[LeftOut, ...]]:
    """What is not sent: types that the target does not want or its server does not know."""
    out: dict[int, LeftOut] = {}
    for i, name in enumerate(found.names):
        kind = found.kind(i)
        if target.types is not None and kind not in target.types:
            out[i] = LeftOut(name, f"the target's settings do not have the type {kind}")
        elif capability.types is not None and kind not in capability.types:
            out[i] = LeftOut(name, f"the server does not know the type {kind}")
    return frozenset(out), tuple(out[i] for i in sorted(out))


def make(
    form: Form,
    manner: Manner,
    said: tuple[LeftOut, ...],
    known: Mapping[str, str],
    withdrawn: tuple[str, ...],
) -> Plan:
    """The plan for what `form` writes. DeliveryError when nothing is left to send."""
    found = form.contents
    wanted = [i for i in range(len(found.names)) if i not in form.left_out]
    if not wanted:
        raise DeliveryError("every entry is left out; check the target's types")
    needs = needs_of(found.entries, wanted)

    def fits(positions: list[int]) -> bool:
        conditional = any(form.conditional(p, known) for p in positions)
        size = sum(found.sizes[p] + 300 for p in positions)
        return (
            (manner.max_entries is None or len(positions) <= manner.max_entries)
            and (
                manner.max_conditional is None
                or not conditional
                or len(positions) <= manner.max_conditional
            )
            and (manner.max_bytes is None or size <= manner.max_bytes)
        )

    steps: list[Step] = []
    if manner.server_ids and not manner.single:
        unresolved = _unresolved(found, wanted, known)
        first = _closure({to for targets in unresolved.values() for to in targets}, needs)
        steps = _earlier(first, needs, unresolved, fits) if first else []
        wanted = [i for i in wanted if i not in first]
    if wanted:
        rest = {i: [n for n in needs[i] if n in set(wanted)] for i in wanted}
        steps += _steps(rest, manner.single, fits)
    return Plan(manner, tuple(steps), said, withdrawn, found.names)


Fits = Callable[[list[int]], bool]


def _unresolved(
    found: Contents, wanted: list[int], known: Mapping[str, str]
) -> dict[int, tuple[int, ...]]:
    """What entries refer to from extensions of primitive elements, where the server's id of it
    is not known yet. HAPI replaces place-holders everywhere but there, so these must be written
    with ids from the start."""
    out = {}
    for i in wanted:
        written = beside_primitives(found.entries[i]["resource"])
        to = {found.positions[r] for r in written if r in found.positions}
        missing = sorted(t for t in to if t in set(wanted) and found.names[t] not in known)
        if missing:
            out[i] = tuple(missing)
    return out


def _closure(positions: set[int], needs: dict[int, list[int]]) -> set[int]:
    """These and all that they refer to, however far."""
    out: set[int] = set()
    left = sorted(positions)
    while left:
        i = left.pop()
        if i not in out:
            out.add(i)
            left += needs[i]
    return out


def _earlier(
    first: set[int],
    needs: dict[int, list[int]],
    unresolved: dict[int, tuple[int, ...]],
    fits: Fits,
) -> list[Step]:
    """The steps for what must be there before the rest; what among it refers to the others
    beside a primitive is completed at the end."""
    steps = _steps({i: needs[i] for i in sorted(first)}, False, fits)
    late = [i for i in sorted(first) if i in unresolved]
    out = [
        replace(
            s, deferred=s.deferred + tuple((i, unresolved[i]) for i in s.positions if i in late)
        )
        for s in steps
    ]
    return out + [Step((i,)) for i in late]


def _steps(needs: dict[int, list[int]], single: bool, fits: Fits) -> list[Step]:
    """One transaction where it may be, else parts."""
    if not single and fits(list(needs)):
        return [Step(tuple(needs))]
    return _parts(needs, single, fits)


def _parts(needs: dict[int, list[int]], single: bool, fits: Fits) -> list[Step]:
    """Requests in which everything refers only to itself and to what was sent before."""
    steps: list[Step] = []
    part: list[int] = []

    def close() -> None:
        if part:
            steps.append(Step(tuple(sorted(part))))
            part.clear()

    for circle in circles(needs):
        alone = single or not fits(circle)
        if alone:
            close()
            steps += _apart(circle, needs)
        else:
            if not fits([*part, *circle]):
                close()
            part.extend(circle)
    close()
    return steps


def _apart(circle: list[int], needs: dict[int, list[int]]) -> list[Step]:
    """A circle of references one by one: first without the references to what is not there
    yet, at the end those again, in full."""
    first, again = [], []
    for n, i in enumerate(circle):
        missing = tuple(sorted(set(needs[i]) & set(circle[n + 1 :])))
        first.append(Step((i,), ((i, missing),) if missing else ()))
        if missing:
            again.append(Step((i,)))
    return first + again

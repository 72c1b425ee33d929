"""Links between facts stand in the order of the facts: a set has no order of its own, and a
case that is read back from a bundle must be the same."""

from __future__ import annotations

from app.case.model import AnyFact, Case

_LINKS = ("seen_in", "due_to", "findings", "reason", "complications")
_FIELDS = ("problems", "imaging", "pathology", "procedures", "medications")


def in_order(case: Case) -> Case:
    """The case with the links of each fact in the order of the facts that they lead to."""
    place = {fact.id: number for number, fact in enumerate(case.facts())}
    update = {}
    for name in _FIELDS:
        facts: tuple[AnyFact, ...] = getattr(case, name)
        ordered = tuple(_ordered(fact, place) for fact in facts)
        if any(new is not old for new, old in zip(ordered, facts, strict=True)):
            update[name] = ordered
    return case.model_copy(update=update) if update else case


def _ordered(fact: AnyFact, place: dict[str, int]) -> AnyFact:
    update = {}
    for name in _LINKS:
        links: tuple[str, ...] = getattr(fact, name, ())
        if len(links) > 1:
            ordered = tuple(sorted(links, key=place.__getitem__))
            if ordered != links:
                update[name] = ordered
    return fact.model_copy(update=update) if update else fact

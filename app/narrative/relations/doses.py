"""Doses that the words give to another drug than the one beside them, or to several.

A number of cycles is said of a whole regimen ("8 cycles of A, B and C"), a dose behind a trade name
or an explanation of what is before it ("capecitabine (Xeloda) at 2500 mg/m2").
"""

from __future__ import annotations

from collections.abc import Sequence

from app.narrative.mentions import MentionKind, RelationKind
from app.narrative.relations.layout import Layout, unbracketed
from app.narrative.relations.pairs import Found
from app.narrative.relations.table import Doses

_DOSE = RelationKind.DOSE


def doses(layout: Layout, table: Doses, found: Sequence[Found]) -> list[Found]:
    """`found` with the doses at the drugs that they are said of."""
    drugs = [i for i, m in enumerate(layout.mentions) if m.kind is MentionKind.MEDICATION]
    if len(drugs) < 2 or not any(kind is _DOSE for kind, _, _ in found):
        return list(found)
    out: list[Found] = []
    for kind, head, modifier in found:
        if kind is not _DOSE or head not in drugs:
            out.append((kind, head, modifier))
            continue
        head = _explained(layout, table, drugs, head, modifier)
        heads = [head]
        if table.shared.intersection(layout.text(modifier)[-1:]):
            heads = _regimen(layout, drugs, head, modifier)
        out += [(_DOSE, each, modifier) for each in heads]
    return list(dict.fromkeys(out))


def _explained(layout: Layout, table: Doses, drugs: Sequence[int], head: int, dose: int) -> int:
    """The drug that `head` only explains, when the dose stands behind the explanation."""
    at = drugs.index(head)
    if at == 0 or layout.first[dose] < layout.last[head]:
        return head
    named = drugs[at - 1]
    gap, behind = layout.gap(named, head), layout.gap(head, dose)
    in_brackets = gap == ["("] and ")" in behind
    explained = gap[:2] in [[",", w] for w in table.explaining] and behind[:1] == [","]
    return named if in_brackets or explained else head


def _regimen(layout: Layout, drugs: Sequence[int], head: int, dose: int) -> list[int]:
    """The drugs that are listed with `head`, on its side of the dose."""
    ahead = layout.first[head] >= layout.last[dose]
    side = [d for d in drugs if (layout.first[d] >= layout.last[dose]) is ahead]
    at = side.index(head)
    chain = [head]
    for other in side[at + 1 :] if ahead else reversed(side[:at]):
        one, two = (chain[-1], other) if ahead else (other, chain[-1])
        gap = unbracketed(layout.gap(one, two))
        if "<dose>" in gap or not gap or any(w not in _JOINS and w[0] != "<" for w in gap):
            break
        chain.append(other)
    return chain


_JOINS = frozenset({",", "and", "or", "plus", "+", "/", "with"})

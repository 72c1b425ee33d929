"""Problems that are told to be gone later: there at first, and not there at that later time.

"Tachycardia was noted. By day 3 the tachycardia had resolved" says both; the problem keeps its
course ("resolved"), and the later place says that it is absent, as "no tachycardia on day 3"
would. What is only told of once, as gone, stays one problem with its course.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.case.context import Context, evidence
from app.case.ids import Ids
from app.case.model import Assertion, Problem
from app.case.naming import best_name
from app.narrative.mentions import RelationKind
from app.terminology import Domain

_RESOLVED = "course:resolved"


def add_ended(
    context: Context, ids: Ids, made: list[Problem], groups: list[list[int]]
) -> tuple[list[Problem], list[list[int]]]:
    """The problems and their mentions, with one absent problem more for each that is told of
    first and said to be gone in a later place."""
    out, members_of = list(made), [list(members) for members in groups]
    for at, (problem, members) in enumerate(zip(made, groups, strict=True)):
        if problem.assertion is not Assertion.PRESENT:
            continue
        gone = [i for i in members if _is_gone(context, i)]
        there = [i for i in members if i not in gone]
        if not gone or not there or there[0] > gone[0]:
            continue
        out[at] = problem.model_copy(
            update={"evidence": evidence(context.mentions[i].span for i in there)}
        )
        members_of[at] = there
        out.append(_absent(context, ids, problem, gone))
        members_of.append(gone)
    return out, members_of


def _is_gone(context: Context, index: int) -> bool:
    return any(
        context.mentions[outcome].label.startswith(_RESOLVED)
        for outcome in context.of(index, RelationKind.OUTCOME)
    )


def _absent(context: Context, ids: Ids, problem: Problem, gone: Sequence[int]) -> Problem:
    name = best_name(context, gone, Domain.DISEASE)
    return problem.model_copy(
        update={
            "id": ids.make("problem", problem.patient, name.text, Assertion.ABSENT.value),
            "name": name.text,
            "name_evidence": evidence([name.span]),
            "codes": name.codes,
            "assertion": Assertion.ABSENT,
            "evidence": evidence(context.mentions[i].span for i in gone),
            "severity": None,
            "details": (),
            "duration": None,
            "time": context.first_phrase(gone, RelationKind.TIME),
            "course": None,
        }
    )

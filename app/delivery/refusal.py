"""What a refusal means: another manner, or the end."""

from __future__ import annotations

import re

from app.delivery.answer import Answer, first_words
from app.delivery.manner import Manner
from app.delivery.plan import Step

_LIMIT = re.compile(
    r"too many (entries|resources|operations|updates)"
    r"|more \w+ operations than"
    r"|(bundle|transaction|batch|entries)[^.]* (exceed|limit|maximum|too large)",
    re.IGNORECASE,
)
"""How servers say that a transaction is over their limit: Medplum ("Transaction contains more
update operations than allowed", "... requires strict isolation but has too many entries"),
HAPI and Azure ("... exceeds the maximum ...")."""
_STRICT = re.compile(r"strict isolation|conditional", re.IGNORECASE)
_OUR_IDS = re.compile(
    r"client.?(assigned|supplied|specified|defined|generated) id"
    r"|no resource exists on this server resource with id"
    r"|updates? (as|-) ?create",
    re.IGNORECASE,
)
"""HAPI ("client-assigned IDs are not enabled"), Azure and others ("update as create")."""
_NO_CONDITIONAL = re.compile(
    r"conditional (updates?|PUT|requests?|operations?|references?)? ?"
    r"(is|are)? ?not (supported|allowed|enabled|implemented)"
    r"|(not|doesn't|does not) support conditional",
    re.IGNORECASE,
)
_TRANSACTIONS = re.compile(
    r"transactions? (is|are)? ?not (supported|allowed|enabled)"
    r"|(not|doesn't|does not) support transactions?|unsupported.*transaction",
    re.IGNORECASE,
)


def relearn(answer: Answer, step: Step, manner: Manner, conditional: int) -> Manner | None:
    """Another manner in which the same may be taken; None when there is none.

    `conditional` is how many requests of the step made the server search.
    """
    said = first_words(answer.body)
    count = len(step.positions)
    if answer.status == 413 or (answer.status in (400, 403, 413, 422) and _LIMIT.search(said)):
        if count == 1:
            return None
        if conditional and _STRICT.search(said):
            why = f"the server refused {count} entries at once, {conditional} of them conditional"
            return manner.learn(why, max_conditional=8 if count > 8 else max(1, count // 2))
        why = f"the server refused {count} entries at once for their size"
        return manner.learn(why, max_entries=max(1, count // 2))
    ours = not manner.server_ids
    missing = answer.status in (404, 405) and answer.body is not None
    if ours and (_OUR_IDS.search(said) or (manner.single and missing)):
        return manner.learn("the server takes no ids of ours", server_ids=True)
    if (
        conditional
        and not manner.searched
        and ((manner.single and answer.status in (405, 501)) or _NO_CONDITIONAL.search(said))
    ):
        why = "the server refused conditional updates"
        return manner.learn(why, found_by="conditional-create", sure=False)
    if not manner.single and (
        answer.status in (405, 501)
        or (answer.status in (400, 403, 404, 422) and _TRANSACTIONS.search(said))
    ):
        return manner.learn("the server refused transactions", single=True)
    return None

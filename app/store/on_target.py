"""What a target holds of a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Engine, select

from app.store import tables as t


def on_target(engine: Engine, case_id: str, target: str) -> Mapping[str, str]:
    """Our `Type/id` to the server's, for all that deliveries of the case put there."""
    o = t.on_target.c
    with engine.connect() as connection:
        rows = connection.execute(
            select(o.resource, o.server).where(o.case_id == case_id, o.target == target)
        )
        return {row.resource: row.server for row in rows}


def unanswered(engine: Engine, case_id: str, target: str) -> set[str]:
    """Our `Type/id` of what was sent and never answered: it may be there."""
    r, d = t.receipts.c, t.deliveries.c
    with engine.connect() as connection:
        rows = connection.execute(
            select(r.resource, r.state)
            .join(t.deliveries, d.id == r.delivery_id)
            .where(d.case_id == case_id, d.target == target, r.state != "planned")
            .order_by(d.created, d.id)
        )
        last = {row.resource: row.state for row in rows}
    return {resource for resource, state in last.items() if state == "sent"}


def withdrawn(engine: Engine, case_id: str, target: str, said: Sequence[str]) -> tuple[str, ...]:
    """What the target holds, or may hold, of the case beside what is `said` now, without what
    another case has there, too."""
    there = set(on_target(engine, case_id, target)) | unanswered(engine, case_id, target)
    gone = sorted(there - set(said))
    if not gone:
        return ()
    o = t.on_target.c
    others = select(o.resource).where(
        o.target == target, o.case_id != case_id, o.resource.in_(gone)
    )
    with engine.connect() as connection:
        shared = set(connection.scalars(others))
    return tuple(name for name in gone if name not in shared)

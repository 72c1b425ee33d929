"""Deliveries: what is to be sent, who sends it, what was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import (
    Connection,
    Engine,
    Row,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from app.errors import Finished, NotFound
from app.store import on_target as held
from app.store import tables as t
from app.store.cases import now
from app.store.engine import WRITE


class DeliveryStatus(StrEnum):
    QUEUED = "queued"  # nothing was sent yet
    SENDING = "sending"
    WAITING = "waiting"  # to be tried again at `next_try`
    DELIVERED = "delivered"
    FAILED = "failed"  # given up; `error` says why, `retry` begins again
    CANCELLED = "cancelled"


UNFINISHED = (DeliveryStatus.QUEUED, DeliveryStatus.SENDING, DeliveryStatus.WAITING)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A case on its way to a target. `entries` report the server's answer, entry by entry;
    `done` of `total` entries are there."""

    id: str
    case_id: str
    case_version: int
    target: str
    status: DeliveryStatus
    created: str
    updated: str
    next_try: str
    failures: int
    requests: int
    verify: bool
    error: str | None
    done: int = 0
    total: int = 0
    plan: dict[str, Any] | None = None
    entries: tuple[dict[str, Any], ...] = ()


def later(seconds: float) -> str:
    """The moment so many seconds from now, in the form of `now`."""
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


class Deliveries:
    """The deliveries of a store. Every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(**WRITE)

    def add(
        self, case_id: str, case_version: int, target: str, *, verify: bool = False
    ) -> Delivery:
        """Note a delivery that is to be made; NotFound when the case is gone."""
        key, time = str(uuid4()), now()
        row = {
            "id": key,
            "case_id": case_id,
            "case_version": case_version,
            "target": target,
            "status": DeliveryStatus.QUEUED,
            "created": time,
            "updated": time,
            "next_try": time,
            "verify": verify,
        }
        try:
            with self._writer.begin() as connection:
                connection.execute(insert(t.deliveries).values(row))
        except IntegrityError:
            raise NotFound("no such case") from None
        return self.get(key)

    def claim(
        self,
        owner: str,
        lease_seconds: float,
        concurrency: Mapping[str, int],
        only: str | None = None,
    ) -> Delivery | None:
        """Take the oldest delivery that may be made now; nobody else gets it while the lease
        is renewed.

        `concurrency` says how many deliveries each target may have at the same moment; others
        (targets that are no longer configured) may have one. The deliveries of a case to a target
        are made one after another, in the order in which they were asked for.
        """
        with self._writer.begin() as connection:
            # PostgreSQL: who claims waits for who claims; SQLite has the lock already
            connection.execute(select(t.about.c.value).with_for_update())
            time = now()
            connection.execute(delete(t.leases).where(t.leases.c.until <= time))
            row = self._candidate(connection, time, concurrency, only)
            if row is None:
                return None
            connection.execute(
                insert(t.leases).values(
                    case_id=row.case_id,
                    target=row.target,
                    delivery_id=row.id,
                    owner=owner,
                    until=later(lease_seconds),
                )
            )
            connection.execute(
                update(t.deliveries)
                .where(t.deliveries.c.id == row.id)
                .values(status=DeliveryStatus.SENDING, updated=time)
            )
        return self.get(row.id)

    def _candidate(
        self, connection: Connection, time: str, concurrency: Mapping[str, int], only: str | None
    ) -> Any:
        d, lease = t.deliveries.c, t.leases.c
        busy = connection.execute(select(lease.target, func.count()).group_by(lease.target)).all()
        full = [row[0] for row in busy if row[1] >= concurrency.get(row[0], 1)]
        older = t.deliveries.alias().c
        before = or_(older.created < d.created, and_(older.created == d.created, older.id < d.id))
        query = (
            select(d.id, d.case_id, d.target)
            .where(
                d.status.in_(UNFINISHED),
                d.next_try <= time,
                d.target.not_in(full),
                ~exists().where(lease.case_id == d.case_id, lease.target == d.target),
                ~exists().where(
                    older.case_id == d.case_id,
                    older.target == d.target,
                    older.status.in_(UNFINISHED),
                    before,
                ),
            )
            .order_by(d.next_try, d.created, d.id)
            .limit(1)
        )
        if only is not None:
            query = query.where(d.id == only)
        return connection.execute(query).one_or_none()

    def unfinished(self) -> bool:
        """Whether any delivery may be made now; cheaper than `claim`, takes no lock."""
        d = t.deliveries.c
        with self._engine.connect() as connection:
            found = select(d.id).where(d.status.in_(UNFINISHED), d.next_try <= now()).limit(1)
            return connection.scalar(found) is not None

    def cancel(self, key: str) -> Delivery:
        """Stop a delivery: at once when nobody makes it now, else before its next request.
        What was sent stays. Finished when it is finished already."""
        with self._writer.begin() as connection:
            row = self._unlocked(connection, key)
            if row.status not in UNFINISHED:
                raise Finished(f"the delivery is {row.status} already")
            owner = connection.scalar(
                select(t.leases.c.owner).where(
                    t.leases.c.delivery_id == key, t.leases.c.until > now()
                )
            )
            values: dict[str, Any] = {"cancelled": True, "updated": now()}
            if owner is None:
                values["status"] = DeliveryStatus.CANCELLED
            connection.execute(update(t.deliveries).where(t.deliveries.c.id == key).values(values))
        return self.get(key)

    def retry(self, key: str) -> Delivery:
        """Begin a delivery again that failed, waits or was cancelled; what it sent is not sent
        again. Finished when it is under way or done."""
        with self._writer.begin() as connection:
            row = self._unlocked(connection, key)
            if row.status in (DeliveryStatus.SENDING, DeliveryStatus.DELIVERED):
                raise Finished(f"the delivery is {row.status} already")
            time = now()
            connection.execute(
                update(t.deliveries)
                .where(t.deliveries.c.id == key)
                .values(
                    status=DeliveryStatus.QUEUED,
                    next_try=time,
                    updated=time,
                    failures=0,
                    cancelled=False,
                    error=None,
                    plan=None,  # made anew: the target's settings may have been mended
                )
            )
        return self.get(key)

    def _unlocked(self, connection: Connection, key: str) -> Row[Any]:
        row = connection.execute(
            select(t.deliveries).where(t.deliveries.c.id == key).with_for_update()
        ).one_or_none()
        if row is None:
            raise NotFound("no such delivery")
        return row

    def get(self, key: str) -> Delivery:
        """A delivery with what was answered for each entry; NotFound."""
        r = t.receipts.c
        with self._engine.connect() as connection:
            row = connection.execute(
                select(t.deliveries).where(t.deliveries.c.id == key)
            ).one_or_none()
            entries = connection.execute(
                select(r.state, r.json).where(r.delivery_id == key).order_by(r.position, r.resource)
            ).all()
        if row is None:
            raise NotFound("no such delivery")
        shown = tuple({"state": e.state, **orjson.loads(e.json)} for e in entries)
        return _delivery(row, shown)

    def on_target(self, case_id: str, target: str) -> Mapping[str, str]:
        """See `app.store.on_target.on_target`."""
        return held.on_target(self._engine, case_id, target)

    def withdrawn(self, case_id: str, target: str, said: Sequence[str]) -> tuple[str, ...]:
        """See `app.store.on_target.withdrawn`."""
        return held.withdrawn(self._engine, case_id, target, said)

    def list(
        self,
        limit: int,
        case_id: str | None = None,
        target: str | None = None,
        status: DeliveryStatus | None = None,
    ) -> list[Delivery]:
        """The newest deliveries first, without their entries."""
        d = t.deliveries.c
        query = select(t.deliveries).order_by(d.created.desc(), d.id.desc()).limit(limit)
        if case_id is not None:
            query = query.where(d.case_id == case_id)
        if target is not None:
            query = query.where(d.target == target)
        if status is not None:
            query = query.where(d.status == status)
        with self._engine.connect() as connection:
            return [_delivery(row) for row in connection.execute(query)]


def _delivery(row: Row[Any], entries: tuple[dict[str, Any], ...] = ()) -> Delivery:
    plan = None if row.plan is None else orjson.loads(row.plan)
    return Delivery(
        id=row.id,
        case_id=row.case_id,
        case_version=row.case_version,
        target=row.target,
        status=DeliveryStatus(row.status),
        created=row.created,
        updated=row.updated,
        next_try=row.next_try,
        failures=row.failures,
        requests=row.requests,
        verify=row.verify,
        error=row.error,
        done=sum(e["state"] in ("done", "withdrawn", "left-out") for e in entries),
        total=len(entries),
        plan=plan,
        entries=entries,
    )

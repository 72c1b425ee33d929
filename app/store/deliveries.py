"""Deliveries: what is to be sent, what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import uuid4

import orjson
from sqlalchemy import Engine, Row, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.delivery.receipt import Receipt
from app.errors import NotFound
from app.store import tables as t
from app.store.cases import now
from app.store.engine import WRITE


class DeliveryStatus(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A case on its way to a target. `entries` report the server's answer, entry by entry."""

    id: str
    case_id: str
    case_version: int
    target: str
    status: DeliveryStatus
    created: str
    updated: str
    requests: int
    error: str | None
    entries: tuple[dict[str, object], ...] = ()


class Deliveries:
    """The deliveries of a store. Every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(**WRITE)

    def add(self, case_id: str, case_version: int, target: str) -> Delivery:
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
            "requests": 0,
        }
        try:
            with self._writer.begin() as connection:
                connection.execute(insert(t.deliveries).values(row))
        except IntegrityError:
            raise NotFound("no such case") from None
        return self.get(key)

    def claim(self, stale_after: timedelta) -> Delivery | None:
        """Take the oldest waiting delivery for this process: nobody else gets it.

        One that another process began longer than `stale_after` ago counts as waiting: that
        process ended on the way. Sending it again makes no duplicates.
        """
        d = t.deliveries.c
        stale = (datetime.now(UTC) - stale_after).isoformat(timespec="microseconds")
        waiting = or_(
            d.status == DeliveryStatus.QUEUED,
            (d.status == DeliveryStatus.SENDING) & (d.updated < stale.replace("+00:00", "Z")),
        )
        with self._writer.begin() as connection:
            key = connection.scalar(
                select(d.id).where(waiting).order_by(d.created, d.id).limit(1).with_for_update()
            )
            if key is None:
                return None
            connection.execute(
                update(t.deliveries)
                .where(d.id == key)
                .values(status=DeliveryStatus.SENDING, updated=now())
            )
        return self.get(key)

    def waiting(self) -> bool:
        """Whether any delivery is not yet finished; cheaper than `claim`, takes no lock."""
        d = t.deliveries.c
        unfinished = d.status.in_((DeliveryStatus.QUEUED, DeliveryStatus.SENDING))
        with self._engine.connect() as connection:
            return connection.scalar(select(d.id).where(unfinished).limit(1)) is not None

    def finish(self, key: str, receipt: Receipt | None, error: str | None) -> None:
        """Keep the outcome of a delivery. Nothing is kept when its case was deleted meanwhile."""
        ok = error is None and receipt is not None and receipt.ok
        r = t.receipts
        try:
            with self._writer.begin() as connection:
                connection.execute(
                    update(t.deliveries)
                    .where(t.deliveries.c.id == key)
                    .values(
                        status=DeliveryStatus.DELIVERED if ok else DeliveryStatus.FAILED,
                        updated=now(),
                        requests=receipt.requests if receipt else 0,
                        error=error,
                    )
                )
                connection.execute(delete(r).where(r.c.delivery_id == key))
                if receipt is not None and receipt.entries:
                    rows = [
                        {"delivery_id": key, "position": i, "json": orjson.dumps(e.as_dict())}
                        for i, e in enumerate(receipt.entries)
                    ]
                    connection.execute(insert(r), rows)
        except IntegrityError:
            return

    def get(self, key: str) -> Delivery:
        """A delivery with what was answered for each entry; NotFound."""
        r = t.receipts.c
        with self._engine.connect() as connection:
            row = connection.execute(
                select(t.deliveries).where(t.deliveries.c.id == key)
            ).one_or_none()
            entries = connection.scalars(
                select(r.json).where(r.delivery_id == key).order_by(r.position)
            ).all()
        if row is None:
            raise NotFound("no such delivery")
        return _delivery(row, tuple(orjson.loads(e) for e in entries))

    def list(self, limit: int, case_id: str | None = None) -> list[Delivery]:
        """The newest deliveries first, without their entries."""
        d = t.deliveries.c
        query = select(t.deliveries).order_by(d.created.desc(), d.id.desc()).limit(limit)
        if case_id is not None:
            query = query.where(d.case_id == case_id)
        with self._engine.connect() as connection:
            return [_delivery(row) for row in connection.execute(query)]


def _delivery(
    row: Row[tuple[object, ...]], entries: tuple[dict[str, object], ...] = ()
) -> Delivery:
    return Delivery(
        id=row.id,
        case_id=row.case_id,
        case_version=row.case_version,
        target=row.target,
        status=DeliveryStatus(row.status),
        created=row.created,
        updated=row.updated,
        requests=row.requests,
        error=row.error,
        entries=entries,
    )

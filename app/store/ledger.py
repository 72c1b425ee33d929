"""The ledger of a delivery in the store: written by the one who holds its lease, and by nobody
else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.delivery.ledger import Stopped
from app.delivery.receipt import EntryReceipt
from app.store import tables as t
from app.store.cases import now
from app.store.deliveries import Delivery, DeliveryStatus, later
from app.store.engine import WRITE
from app.store.on_target import on_target, withdrawn


class StoredLedger:
    """The ledger of one delivery that `owner` has claimed. Every method is one transaction and
    raises Stopped when the lease is another's, the delivery was cancelled or its case deleted."""

    def __init__(self, engine: Engine, delivery: Delivery, owner: str) -> None:
        self._engine = engine
        self._writer = engine.execution_options(**WRITE)
        self._delivery = delivery
        self._owner = owner

    def renew(self, seconds: float) -> bool:
        """Hold the lease for so long from now; False when it is lost."""
        lease = t.leases.c
        with self._writer.begin() as connection:
            done = connection.execute(
                update(t.leases)
                .where(lease.delivery_id == self._delivery.id, lease.owner == self._owner)
                .values(until=later(seconds))
            )
            return bool(done.rowcount)

    def known(self) -> Mapping[str, str]:
        return on_target(self._engine, self._delivery.case_id, self._delivery.target)

    def withdrawn(self, said: Sequence[str]) -> tuple[str, ...]:
        """See `app.store.on_target.withdrawn`."""
        return withdrawn(self._engine, self._delivery.case_id, self._delivery.target, said)

    def plan(self) -> dict[str, Any] | None:
        with self._engine.connect() as connection:
            held = connection.scalar(
                select(t.deliveries.c.plan).where(t.deliveries.c.id == self._delivery.id)
            )
        return None if held is None else orjson.loads(held)

    def finished(self) -> Mapping[str, str]:
        r = t.receipts.c
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(r.resource, r.sha).where(
                    r.delivery_id == self._delivery.id, r.state.in_(("done", "begun"))
                )
            )
            return {row.resource: row.sha or "" for row in rows}

    def planned(self, plan: dict[str, Any], left_out: Sequence[EntryReceipt]) -> None:
        names = list(dict.fromkeys(n for step in plan["steps"] for n in step))
        with self._write() as connection:
            connection.execute(
                update(t.deliveries)
                .where(t.deliveries.c.id == self._delivery.id)
                .values(plan=orjson.dumps(plan).decode(), updated=now())
            )
            r = t.receipts
            there = set(
                connection.scalars(select(r.c.resource).where(r.c.delivery_id == self._delivery.id))
            )
            rows = [(n, "planned", EntryReceipt(n)) for n in names]
            rows += [(e.resource, "left-out", e) for e in left_out]
            rows += [(n, "planned", EntryReceipt(n)) for n in plan["withdrawn"]]
            new = [
                {
                    "delivery_id": self._delivery.id,
                    "resource": name,
                    "position": i,
                    "state": state,
                    "json": orjson.dumps(receipt.as_dict()),
                }
                for i, (name, state, receipt) in enumerate(rows)
                if name not in there
            ]
            if new:
                connection.execute(insert(r), new)

    def sending(self, names: Sequence[str]) -> None:
        d = t.deliveries.c
        with self._write() as connection:
            if not names:
                return
            connection.execute(
                update(t.deliveries)
                .where(d.id == self._delivery.id)
                .values(requests=d.requests + 1, updated=now())
            )
            r = t.receipts.c
            connection.execute(
                update(t.receipts)
                .where(
                    r.delivery_id == self._delivery.id,
                    r.resource.in_(names),
                    r.state == "planned",
                )
                .values(state="sent")
            )

    def answered(self, receipts: Sequence[EntryReceipt], shas: Sequence[str]) -> None:
        with self._write() as connection:
            r = t.receipts.c
            kept = [
                {
                    "key": receipt.resource,
                    "state": _state(receipt, sha),
                    "sha": sha,
                    "json": orjson.dumps(receipt.as_dict()),
                }
                for receipt, sha in zip(receipts, shas, strict=True)
            ]
            connection.execute(
                update(t.receipts).where(
                    r.delivery_id == self._delivery.id, r.resource == bindparam("key")
                ),
                kept,
            )
            self._gone(connection, [e.resource for e in receipts if e.ok])
            there = [e for e in receipts if e.ok and e.withdrawn is None]
            self._there(connection, {e.resource: e.server or e.resource for e in there})

    def located(self, found: Mapping[str, str]) -> None:
        with self._write() as connection:
            self._gone(connection, list(found))
            self._there(connection, found)

    def forget(self, names: Sequence[str]) -> None:
        with self._write() as connection:
            self._gone(connection, names)

    def verified(self, found: Sequence[tuple[str, bool, tuple[str, ...]]]) -> None:
        r = t.receipts.c
        with self._write() as connection:
            for name, same, paths in found:
                where = (r.delivery_id == self._delivery.id) & (r.resource == name)
                held = connection.execute(select(r.json, r.state).where(where)).one()
                receipt = replace(
                    EntryReceipt.of(orjson.loads(held.json)), verified=same, differences=paths
                )
                connection.execute(
                    update(t.receipts).where(where).values(json=orjson.dumps(receipt.as_dict()))
                )

    def close(self, status: DeliveryStatus, error: str | None, wait: float = 0.0) -> None:
        """Keep how the attempt ended and give the lease back. A delivery that waits is tried
        again after `wait` seconds."""
        d, waits = t.deliveries.c, status == DeliveryStatus.WAITING
        with self._write(stop=False) as connection:
            connection.execute(
                update(t.deliveries)
                .where(d.id == self._delivery.id)
                .values(
                    status=status,
                    error=error,
                    updated=now(),
                    next_try=later(wait),
                    failures=d.failures + 1 if waits else d.failures,
                )
            )
            connection.execute(delete(t.leases).where(t.leases.c.delivery_id == self._delivery.id))

    def _write(self, *, stop: bool = True) -> _Fenced:
        return _Fenced(self._writer, self._delivery.id, self._owner, stop)

    def _there(self, connection: Connection, found: Mapping[str, str]) -> None:
        about = {"case_id": self._delivery.case_id, "target": self._delivery.target}
        rows = [
            {**about, "resource": name, "server": server, "updated": now()}
            for name, server in found.items()
        ]
        if rows:
            connection.execute(insert(t.on_target), rows)

    def _gone(self, connection: Connection, names: Sequence[str]) -> None:
        o = t.on_target.c
        connection.execute(
            delete(t.on_target).where(
                o.case_id == self._delivery.case_id,
                o.target == self._delivery.target,
                o.resource.in_(list(names)),
            )
        )


class _Fenced:
    """A transaction that only the holder of the lease may make."""

    def __init__(self, writer: Engine, key: str, owner: str, stop: bool) -> None:
        self._begun = writer.begin()
        self._key, self._owner, self._stop = key, owner, stop

    def __enter__(self) -> Connection:
        connection = self._begun.__enter__()
        lease, d = t.leases.c, t.deliveries.c
        held = connection.scalar(
            select(lease.owner).where(lease.delivery_id == self._key).with_for_update()
        )
        cancelled = connection.scalar(select(d.cancelled).where(d.id == self._key))
        if held != self._owner or (self._stop and cancelled):
            reason = Stopped("cancelled" if held == self._owner else "the lease is another's")
            self._begun.__exit__(type(reason), reason, None)
            raise reason
        return connection

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._begun.__exit__(kind, error, trace)
        if kind is not None and issubclass(kind, IntegrityError):
            raise Stopped("the case is gone") from None  # deleted in this very moment


def _state(receipt: EntryReceipt, sha: str) -> str:
    if not receipt.ok:
        return "refused"
    if receipt.withdrawn is not None:
        return "withdrawn"
    return "done" if sha else "begun"

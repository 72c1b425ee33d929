"""The workers that make the deliveries which are stored.

A worker takes a delivery by a lease in the database and renews it while it works. When its
process ends at any point, the lease runs out and another worker goes on from the ledger.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from threading import Event, Lock, Thread
from typing import Any
from uuid import uuid4

import httpx
import orjson
from sqlalchemy.exc import OperationalError

from app.delivery import targets as targets_of
from app.delivery.authorization import Tokens
from app.delivery.capability import KEPT_SECONDS, Capabilities
from app.delivery.client import Client, wait_before
from app.delivery.errors import MayPass
from app.delivery.execute import Delivering
from app.delivery.form import contents
from app.delivery.ledger import MemoryLedger, Stopped
from app.delivery.manner import Manner
from app.delivery.targets import Target
from app.delivery.words import Words, facts_of
from app.errors import Case2FhirError, place_of
from app.store import Delivery, DeliveryStatus, Store, StoredCase, StoredLedger

logger = logging.getLogger("case2fhir.delivery")

_LOOK_EVERY_SECONDS = 1.0
"""How often to look for deliveries that are due or that another process left behind."""


Bundles = Callable[[StoredCase, str], dict[str, Any]]
"""Gives the transaction of a case in a FHIR version."""


class Outbox:
    """Makes deliveries, one after another in each of its threads. Several processes may each
    have one on the same store."""

    def __init__(
        self,
        store: Store,
        targets: Mapping[str, Target],
        bundles: Bundles,
        *,
        threads: int = 1,
        lease_seconds: float = 30.0,
        finished: Callable[[DeliveryStatus], None] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._store = store
        self._targets = dict(targets)
        self._bundles = bundles
        self._lease_seconds = lease_seconds
        self._finished = finished
        self._transport = transport
        self._capabilities = Capabilities()
        self._tokens = {name: Tokens(target) for name, target in targets.items()}
        self._clients: dict[str, Client] = {}
        self._manners: dict[str, tuple[float, Manner]] = {}
        self._lock = Lock()
        self._wake = Event()
        self._stop = Event()
        self._threads = [
            Thread(target=self._run, name=f"outbox-{n}", daemon=True) for n in range(threads)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Look now: a delivery was stored."""
        self._wake.set()

    def stop(self, timeout: float = 5.0) -> None:
        """Stop; a delivery that is being made is left to whoever comes next."""
        self._stop.set()
        self._wake.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(timeout)
        with self._lock:
            clients, self._clients = self._clients, {}
        for client in clients.values():
            client.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(_LOOK_EVERY_SECONDS)
            self._wake.clear()
            try:
                while not self._stop.is_set() and self._store.deliveries.unfinished():
                    if self.make_one() is None:
                        break
                    self._wake.set()  # there may be more, for the other threads as well
            except Exception as error:  # noqa: BLE001 - the boundary of the thread: it goes on
                # when the database comes back; the message may hold words of a report
                logger.error("outbox: %s at %s", type(error).__name__, place_of(error))
                self._stop.wait(_LOOK_EVERY_SECONDS)

    def make_one(self, only: str | None = None) -> Delivery | None:
        """Make the next delivery that is due (or the one with the id `only`, when it is); None
        when there is none."""
        owner = str(uuid4())
        limits = {name: target.concurrency for name, target in self._targets.items()}
        claimed = self._store.deliveries.claim(owner, self._lease_seconds, limits, only)
        if claimed is None:
            return None
        ledger = self._store.ledger(claimed, owner)
        done = Event()
        renewing = Thread(target=self._renew, args=(ledger, done), daemon=True)
        renewing.start()
        try:
            self._attempt(claimed, ledger)
        except Stopped:
            logger.info("delivery %s: stopped", claimed.id)
        finally:
            done.set()
            renewing.join()
        return claimed

    def _renew(self, ledger: StoredLedger, done: Event) -> None:
        while not done.wait(self._lease_seconds / 3):
            if not ledger.renew(self._lease_seconds):
                return

    def _attempt(self, claimed: Delivery, ledger: StoredLedger) -> None:
        """One attempt, and what becomes of the delivery after it."""
        status, error, wait = DeliveryStatus.DELIVERED, None, 0.0
        try:
            self._make(claimed, ledger)
        except MayPass as problem:
            target, failures = self._targets[claimed.target], claimed.failures + 1
            error = str(problem)
            if failures < target.attempts:
                status = DeliveryStatus.WAITING
                wait = wait_before(target, failures, problem.after)
            else:
                status = DeliveryStatus.FAILED
                error = f"given up after {failures} attempts: {error}"
        except Case2FhirError as problem:
            status, error = DeliveryStatus.FAILED, str(problem)
        except Stopped as reason:
            if str(reason) != "cancelled":
                raise
            status, error = DeliveryStatus.CANCELLED, "cancelled on the way"
        except OperationalError:  # the database is away: the lease runs out, another one goes on
            raise
        except Exception as problem:  # noqa: BLE001 - the boundary of a delivery: a bug fails it,
            # with its place and without its message, which may hold words of the report
            status = DeliveryStatus.FAILED
            error = f"internal error: {type(problem).__name__} at {place_of(problem)}"
        if error is not None:
            logger.warning("delivery %s: %s", claimed.id, status.value)
        ledger.close(status, error, wait)
        if self._finished is not None:
            self._finished(status)

    def _make(self, claimed: Delivery, ledger: StoredLedger) -> None:
        target = self.target(claimed.target)
        case = self._store.cases.get(claimed.case_id, claimed.case_version)
        found = contents(self._bundles(case, target.fhir_version))
        client = self._client(target)
        capability = self._capabilities.get(target.name, client.capability_statement)
        delivering = Delivering(
            found,
            client,
            capability,
            ledger,
            words=Words(found, facts_of(orjson.loads(case.json))),
            withdrawn=ledger.withdrawn(found.names),
            verify=claimed.verify,
            manner=self._learned(target),
        )
        try:
            delivering.run()
        finally:
            if delivering.manner.learned:
                with self._lock:
                    self._manners[target.name] = (time.monotonic(), delivering.manner)

    def _learned(self, target: Target) -> Manner | None:
        """What a delivery to this target has learned a while ago."""
        with self._lock:
            learned = self._manners.get(target.name)
        if learned is None or time.monotonic() - learned[0] > KEPT_SECONDS:
            return None
        return learned[1]

    def target(self, name: str) -> Target:
        """The target of that name; NotFound."""
        return targets_of.find(self._targets, name)

    def plan(self, case: StoredCase, target: Target) -> dict[str, Any]:
        """What a delivery of a case would do now; nothing is sent."""
        found = contents(self._bundles(case, target.fhir_version))
        client = self._client(target)
        capability = self._capabilities.get(target.name, client.capability_statement)
        known = self._store.deliveries.on_target(case.id, target.name)
        planned = Delivering(
            found,
            client,
            capability,
            MemoryLedger(known),
            withdrawn=self._store.deliveries.withdrawn(case.id, target.name, found.names),
            manner=self._learned(target),
        )
        return planned.plan().as_dict(target.name)

    def _client(self, target: Target) -> Client:
        with self._lock:
            if target.name not in self._clients:
                self._clients[target.name] = Client(
                    target, transport=self._transport, tokens=self._tokens[target.name]
                )
            return self._clients[target.name]

"""The thread that makes the deliveries which are waiting in the store."""

from __future__ import annotations

import logging
from datetime import timedelta
from threading import Event, Thread

from app import delivery
from app.api.service import Service
from app.errors import Case2FhirError
from app.jobs import BundleForm
from app.store import Delivery, DeliveryStatus

logger = logging.getLogger("case2fhir.delivery")

_LOOK_EVERY_SECONDS = 2.0
"""How often to look for deliveries that another process left behind."""

_STALE_FACTOR = 20
"""A delivery counts as left behind after this many times the longest wait for an answer:
a bundle that goes in parts needs several answers."""


class Sender:
    """Sends what is waiting, one delivery after another; several processes may each have one."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._wake = Event()
        self._stop = Event()
        longest = max(
            [service.settings.delivery_timeout_seconds]
            + [t.timeout_seconds for t in service.targets.values()]
        )
        self._stale = timedelta(seconds=longest * _STALE_FACTOR)
        self._thread = Thread(target=self._run, name="sender", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Look now: a delivery was stored."""
        self._wake.set()

    def stop(self) -> None:
        """Stop after the delivery that is being made."""
        self._stop.set()
        self._wake.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        deliveries = self._service.store.deliveries
        while not self._stop.is_set():
            self._wake.wait(_LOOK_EVERY_SECONDS)
            self._wake.clear()
            while not self._stop.is_set() and deliveries.waiting():
                claimed = deliveries.claim(self._stale)
                if claimed is None:
                    break
                self._make(claimed)

    def _make(self, claimed: Delivery) -> None:
        receipt, error = None, None
        try:
            target = delivery.find(self._service.targets, claimed.target)
            case = self._service.store.cases.get(claimed.case_id, claimed.case_version)
            form = BundleForm(target.fhir_version, "transaction")
            receipt = delivery.send(self._service.bundle_now(case, form), target)
            if not receipt.ok:
                error = receipt.note or "the target refused some entries"
        except Case2FhirError as problem:
            error = str(problem)
            logger.warning("delivery %s: %s", claimed.id, type(problem).__name__)
        self._service.store.deliveries.finish(claimed.id, receipt, error)
        status = DeliveryStatus.DELIVERED if error is None else DeliveryStatus.FAILED
        self._service.metrics.count("case2fhir_deliveries_total", outcome=status)

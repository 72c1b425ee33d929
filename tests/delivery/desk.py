"""A store with one case, and an outbox on it, for tests."""

from __future__ import annotations

from typing import Any

import httpx

from app.delivery.outbox import Outbox
from app.delivery.targets import Target
from app.store import Delivery, Store, StoredCase
from tests.delivery.servers import entry, target, transaction
from tests.store.test_store import read


class Desk:
    """A store with one case, whose bundle a test chooses, and an outbox without threads."""

    def __init__(self, store: Store, server: Any, **how: Any) -> None:
        self.store = store
        self.case: StoredCase = store.cases.add(read(b"a report"))[0]
        self.bundle = transaction(entry("a"), entry("b", "a"))
        handle = server if callable(server) else server.handle
        self.to: Target = target(backoff_seconds=0.001, **{"attempts": 3, **how})
        self.outbox = Outbox(
            store,
            {"test": self.to},
            lambda case, version: self.bundle,
            threads=0,
            transport=httpx.MockTransport(handle),
        )

    def deliver(self, **options: Any) -> Delivery:
        made = self.store.deliveries.add(self.case.id, 1, "test", **options)
        while self.outbox.make_one() is not None:
            pass
        return self.store.deliveries.get(made.id)

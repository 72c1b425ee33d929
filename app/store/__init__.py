"""Where cases, bundles and deliveries are kept: a SQLite file, or PostgreSQL by its URL."""

from __future__ import annotations

from app.settings import Settings
from app.store.cases import Cases, CaseSummary, StoredCase, StoredDocument, case_id
from app.store.deliveries import Deliveries, Delivery, DeliveryStatus
from app.store.engine import open_engine
from app.store.ledger import StoredLedger

__all__ = [
    "CaseSummary",
    "Cases",
    "Deliveries",
    "Delivery",
    "DeliveryStatus",
    "Store",
    "StoredCase",
    "StoredDocument",
    "StoredLedger",
    "case_id",
]


class Store:
    """An open database; safe to share between threads and to open in several processes."""

    def __init__(self, settings: Settings) -> None:
        self._engine = open_engine(settings.database_url)
        self.cases = Cases(self._engine)
        self.deliveries = Deliveries(self._engine)

    def ledger(self, delivery: Delivery, owner: str) -> StoredLedger:
        """The ledger of a delivery that `owner` has claimed."""
        return StoredLedger(self._engine, delivery, owner)

    def close(self) -> None:
        self._engine.dispose()

"""Sending a bundle from a file, without a store: for the command line and for programs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from app.delivery.capability import Capabilities
from app.delivery.client import Client, wait_before
from app.delivery.errors import MayPass, Refused
from app.delivery.execute import Delivering
from app.delivery.form import contents
from app.delivery.ledger import MemoryLedger
from app.delivery.plan import Plan
from app.delivery.receipt import EntryReceipt, Receipt
from app.delivery.targets import Target


def send(
    bundle: dict[str, Any],
    target: Target,
    *,
    verify: bool | None = None,
    transport: httpx.BaseTransport | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> Receipt:
    """Send a transaction to a target; what may pass is tried again, as often as the target says.

    The receipt has an entry for each of the bundle's. Raises InputError for a bundle that cannot
    be sent, DeliveryError when the server said nothing about any of them.
    """
    found = contents(bundle)
    ledger = MemoryLedger()
    note: str | None = None
    with Client(target, transport=transport) as client:
        capabilities = Capabilities()
        for failures in range(1, target.attempts + 1):
            try:
                capability = capabilities.get(target.name, client.capability_statement)
                Delivering(
                    found,
                    client,
                    capability,
                    ledger,
                    verify=target.verify if verify is None else verify,
                ).run()
                break
            except MayPass as error:
                if failures == target.attempts:
                    if not ledger.receipts:
                        raise
                    note = f"given up after {failures} attempts: {error}"
                else:
                    wait(wait_before(target, failures, error.after))
            except Refused as error:
                if not any(r.status for r in ledger.receipts.values()):
                    raise
                note = f"stopped: {error}"
                break
    entries = tuple(ledger.receipts.get(n, EntryReceipt(n)) for n in found.names)
    return Receipt(target.name, entries, requests=ledger.requests, note=note or _learned(ledger))


def plan(
    bundle: dict[str, Any], target: Target, *, transport: httpx.BaseTransport | None = None
) -> Plan:
    """What `send` would do, after reading the server's CapabilityStatement; nothing is sent."""
    with Client(target, transport=transport) as client:
        capability = Capabilities().get(target.name, client.capability_statement)
        return Delivering(contents(bundle), client, capability, MemoryLedger()).plan()


def _learned(ledger: MemoryLedger) -> str | None:
    held = ledger.plan()
    return "; ".join(held["learned"]) or None if held else None

"""A case that a reviewer corrects after it was delivered, on a real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from app import delivery, exact
from app.delivery.outbox import Outbox
from app.jobs import BundleForm, read, review
from app.pipeline import Converter
from app.settings import Settings
from app.store import DeliveryStatus, Store


def correct(converter: Converter, to: delivery.Target, folder: Path) -> None:
    """Deliver a case, take a problem out of it, deliver it again: what is no longer said is
    deleted or marked on the server, the rest reads back as it was sent."""
    store = Store(Settings(_env_file=None, database_url=f"sqlite:///{folder / 'cases.db'}"))
    text = b"A 47-year-old man presented with cough. He also had a headache and a rash."
    form = BundleForm(to.fhir_version, "transaction")
    first = read(converter, text, "text/plain", form)
    case, _ = store.cases.add(first)
    bundles = {1: exact.loads(first.bundle.json)}

    def bundle_of(stored: Any, _: str) -> dict[str, Any]:
        found: dict[str, Any] = bundles[stored.version]
        return found

    outbox = Outbox(store, {to.name: to}, bundle_of, threads=0)

    def deliver(number: int) -> Any:
        made = store.deliveries.add(case.id, number, to.name, verify=True)
        outbox.make_one(made.id)
        return store.deliveries.get(made.id)

    done = deliver(1)
    assert done.status == DeliveryStatus.DELIVERED, done.error
    problems = [e for e in bundles[1]["entry"] if e["resource"]["resourceType"] == "Condition"]
    assert problems
    data = exact.loads(case.json)
    gone = data["problems"].pop()
    for fact in [f for v in data.values() if isinstance(v, list) for f in v]:
        for link in ("due_to", "seen_in", "findings", "reason", "complications"):
            if gone["id"] in fact.get(link, ()):
                fact[link].remove(gone["id"])
    second = review(converter, exact.dumps(data), form)
    bundles[2] = exact.loads(second.bundle.json)
    store.cases.put(case.id, second, None)
    done = deliver(2)
    assert done.status == DeliveryStatus.DELIVERED, done.error
    withdrawn = {e["resource"]: e["withdrawn"] for e in done.entries if "withdrawn" in e}
    names = {e["request"]["url"] for e in bundles[1]["entry"]}
    assert set(withdrawn) == names - {e["request"]["url"] for e in bundles[2]["entry"]}
    assert withdrawn
    for name, how in withdrawn.items():
        answer = httpx.get(f"{to.base_url}/{name}", trust_env=False, timeout=60)
        if how == "deleted":
            assert answer.status_code in (404, 410)
        else:
            assert "entered-in-error" in answer.text
    outbox.stop()
    store.close()

"""How fast cases reach HAPI on this machine, and the server's share of the time.

python -m tests.integration.speed --cases 1000 --reports FOLDER
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import httpx

from app import exact
from app.delivery import Client, Target
from app.delivery.outbox import Outbox
from app.jobs import BundleForm, read
from app.pipeline import Converter
from app.settings import Settings
from app.store import DeliveryStatus, Store
from tests.integration.hapi import hapi

CASES = Path(__file__).parents[1] / "cases"


class Timed(httpx.BaseTransport):
    """Counts the time that the server takes."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport()
        self.seconds = 0.0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        begin = perf_counter()
        response = self._inner.handle_request(request)
        response.read()
        self.seconds += perf_counter() - begin
        return response


def measure(folder: Path, reports: list[str], cases: int) -> dict[str, Any]:
    """Convert, then deliver; only the delivery is timed."""
    store = Store(Settings(_env_file=None, database_url=f"sqlite:///{folder / 'cases.db'}"))
    converter, form = Converter(), BundleForm("4.0", "transaction")
    bundles: dict[str, Any] = {}
    resources = 0
    begin = perf_counter()
    for n in range(cases):
        text = f"{reports[n % len(reports)]}\n\nReport number {n} of the collection.\n"
        made = read(converter, text.encode(), "text/plain", form)
        case, _ = store.cases.add(made)
        bundles[case.id] = exact.loads(made.bundle.json)
        resources += len(bundles[case.id]["entry"])
        store.deliveries.add(case.id, 1, "hapi")
    converted = perf_counter() - begin
    with hapi("4.0", database=f"jdbc:h2:file:{folder / 'hapi'}") as (base, _):
        target = Target("hapi", base, "4.0", timeout_seconds=300)
        timed = Timed()
        with Client(target) as client:
            client.capability_statement()
        outbox = Outbox(
            store, {"hapi": target}, lambda case, _: bundles[case.id], threads=0, transport=timed
        )
        begin, own = perf_counter(), process_time()
        while outbox.make_one() is not None:
            pass
        seconds, own = perf_counter() - begin, process_time() - own
        found = store.deliveries.list(cases + 1)
        outbox.stop()
        count = httpx.get(f"{base}/DocumentReference?_summary=count", trust_env=False).json()
    store.close()
    return {
        "cases": cases,
        "resources": resources,
        "delivered": sum(d.status == DeliveryStatus.DELIVERED for d in found),
        "on_the_server": count["total"],
        "cases_per_second": round(cases / seconds, 2),
        "seconds": round(seconds, 1),
        "servers_share": round(timed.seconds / seconds, 3),
        "own_processor_seconds": round(own, 1),
        "converting_seconds": round(converted, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--reports", type=Path, default=CASES)
    given = parser.parse_args()
    reports = [p.read_text() for p in sorted(given.reports.glob("**/*.txt"))]
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), reports, given.cases), indent=2))


if __name__ == "__main__":
    main()

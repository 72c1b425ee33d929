"""How fast cases reach HAPI on this machine, and the server's share of the time.

python -m tests.integration.speed --cases 1000 --reports FOLDER

The cases are the reports, converted once each, under new ids again and again: converting is
measured elsewhere (tests.bench). Processor seconds do not depend on who else uses the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from uuid import NAMESPACE_OID, uuid5

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


_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def renamed(bundle: bytes, number: int) -> dict[str, Any]:
    """A bundle under ids of its own; the program that made it stays the same Device."""
    data = exact.loads(bundle)
    shared = {
        e["resource"]["id"] for e in data["entry"] if e["resource"]["resourceType"] == "Device"
    }

    def new(found: re.Match[bytes]) -> bytes:
        key = found.group().decode()
        return (key if key in shared else str(uuid5(NAMESPACE_OID, f"{key} {number}"))).encode()

    made: dict[str, Any] = exact.loads(_ID.sub(new, bundle))
    return made


def processor_seconds(process: int) -> float | None:
    """What a process has used; None where the system does not say (/proc)."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(folder: Path, reports: list[str], cases: int, minutes: float) -> dict[str, Any]:
    """Deliver as many of the cases as there is time for."""
    store = Store(Settings(_env_file=None, database_url=f"sqlite:///{folder / 'cases.db'}"))
    converter, form = Converter(), BundleForm("4.0", "transaction")
    read_reports = [read(converter, text.encode(), "text/plain", form) for text in reports]
    bundles: dict[str, Any] = {}
    for n in range(cases):
        made = read_reports[n % len(reports)]
        case, _ = store.cases.add(replace(made, source=b"%d %b" % (n, made.source)))
        bundles[case.id] = (made.bundle.json, n)
        store.deliveries.add(case.id, 1, "hapi")
    with hapi("4.0", database=f"jdbc:h2:file:{folder / 'hapi'}") as (base, server):
        target = Target("hapi", base, "4.0", timeout_seconds=300)
        timed, resources = Timed(), 0
        with Client(target) as client:
            client.capability_statement()

        def bundle_of(case: Any, _: str) -> dict[str, Any]:
            nonlocal resources
            found = renamed(*bundles[case.id])
            resources += len(found["entry"])
            return found

        outbox = Outbox(store, {"hapi": target}, bundle_of, threads=0, transport=timed)
        begin, own, theirs = perf_counter(), process_time(), processor_seconds(server.pid)
        count = 0
        while perf_counter() - begin < minutes * 60 and outbox.make_one() is not None:
            count += 1
        seconds, own = perf_counter() - begin, process_time() - own
        used = processor_seconds(server.pid)
        found = store.deliveries.list(cases + 1, status=DeliveryStatus.DELIVERED)
        outbox.stop()
        held = httpx.get(
            f"{base}/DocumentReference?_summary=count", trust_env=False, timeout=120
        ).json()
    store.close()
    return {
        "cases": count,
        "resources": resources,
        "delivered": len(found),
        "on_the_server": held["total"],
        "seconds": round(seconds, 1),
        "cases_per_second": round(count / seconds, 2),
        "servers_share_of_the_time": round(timed.seconds / seconds, 3),
        "own_processor_seconds_per_case": round(own / count, 3),
        "servers_processor_seconds_per_case": used and theirs and round((used - theirs) / count, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--reports", type=Path, default=CASES)
    parser.add_argument("--minutes", type=float, default=60.0, help="stop after so long")
    given = parser.parse_args()
    reports = [p.read_text() for p in sorted(given.reports.glob("**/*.txt"))]
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(Path(folder), reports, given.cases, given.minutes), indent=2))


if __name__ == "__main__":
    main()

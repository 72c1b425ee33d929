"""Deliveries while everything breaks: services are killed at random moments, answers are lost,
the FHIR server is restarted. What arrived is counted on the server.

    python -m tests.integration.endure --points 200 --cases 100     # HAPI, on a file
    python -m tests.integration.endure --points 20 --cases 20 --medplum
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Semaphore, Thread
from time import monotonic, sleep
from typing import Any

import httpx

from tests.integration.conftest import fhir_server
from tests.integration.faults import faulty
from tests.integration.hapi import hapi
from tests.integration.instance import Instance
from tests.serving import free_port

_MOST_SECONDS = 1200
"""How long the last deliveries may take after the last kill; a busy machine is slow."""


@dataclass
class Result:
    """What the server held at the end."""

    cases: int
    kills: int
    restarts_of_the_server: int
    deliveries: int
    not_delivered: int
    expected: int
    lost: int
    duplicates: int
    faults: dict[str, int]
    seconds: float


def post_all(instances: list[Instance], cases: int, stop: Event, turn: Semaphore) -> None:
    """Post cases and ask for their deliveries, at whichever service answers, until all are in;
    each when its turn has come."""
    with httpx.Client(trust_env=False, timeout=10) as client:
        for n in range(cases):
            text = f"There she was, number {n}. Nothing else is known."
            done = False
            turn.acquire()
            while not done and not stop.is_set():
                for instance in instances:
                    try:
                        posted = client.post(
                            instance.url("/cases"),
                            content=text,
                            headers={"Content-Type": "text/plain"},
                        )
                        posted.raise_for_status()
                        where = instance.url(f"{posted.headers['Location']}/deliveries")
                        client.post(where, json={"target": "server"}).raise_for_status()
                        done = True
                        break
                    except httpx.HTTPError:
                        sleep(0.05)


def endure(
    folder: Path, *, points: int, cases: int, medplum: bool, ids: str = "ours", seed: int = 7
) -> Result:
    """Do it; the figures."""
    begin, chance, restarts = monotonic(), random.Random(seed), 0
    with ExitStack() as stack:
        database = f"jdbc:h2:file:{folder / 'hapi'}"
        port = free_port()
        hapi_stack = stack.enter_context(ExitStack())
        if medplum:
            base = stack.enter_context(fhir_server("4.0"))
        else:
            base, _ = hapi_stack.enter_context(hapi("4.0", port=port, database=database))
        proxy = stack.enter_context(faulty(base, 0.15, late_seconds=4))
        (folder / "targets.toml").write_text(
            f'[targets.server]\nbase_url = "{proxy.url}"\nfhir_version = "4.0"\n'
            f'timeout_seconds = 3\nattempts = 100000\nbackoff_seconds = 0.2\nids = "{ids}"\n'
            "max_backoff_seconds = 2\nconcurrency = 4\n"
        )
        instances = [Instance(folder, name) for name in ("one", "two")]
        for instance in instances:
            instance.start()
            stack.callback(instance.kill)
        stop, turn = Event(), Semaphore(0)
        poster = Thread(target=post_all, args=(instances, cases, stop, turn), daemon=True)
        poster.start()
        stack.callback(stop.set)
        for point in range(points):
            due = (point + 1) * cases // points - point * cases // points
            if due:
                turn.release(due)
            instance = instances[point % 2]
            instance.ready(30)  # not only kills while it starts
            sleep(chance.uniform(0.0, 1.0))
            instance.kill()
            instance.start()
            if point % 20 == 19:
                print(f"{point + 1} kills, {monotonic() - begin:.0f} s", file=sys.stderr)
            if not medplum and points >= 50 and point == points // 2:
                hapi_stack.close()
                restarts += 1
                base, _ = hapi_stack.enter_context(hapi("4.0", port=port, database=database))
        poster.join(timeout=_MOST_SECONDS)
        assert not poster.is_alive(), "the cases could not be posted"
        deliveries = _finished(instances[0])
        held = _held(base)
        expected = 2 * cases
        bad = [d for d in deliveries if d["status"] != "delivered"]
        for d in bad[:3]:
            print(d["status"], d["error"], file=sys.stderr)
        return Result(
            cases=cases,
            kills=points,
            restarts_of_the_server=restarts,
            deliveries=len(deliveries),
            not_delivered=len(bad),
            expected=expected,
            lost=max(0, expected - len(set(held))),
            duplicates=len(held) - len(set(held)),
            faults=dict(sorted(proxy.done.items())),
            seconds=round(monotonic() - begin, 1),
        )


def _finished(instance: Instance) -> list[dict[str, Any]]:
    """All deliveries, when none is under way any more."""
    end = monotonic() + _MOST_SECONDS
    with httpx.Client(trust_env=False, timeout=10) as client:
        while True:
            try:
                found = client.get(instance.url("/deliveries?limit=1000")).json()["deliveries"]
                if all(d["status"] in ("delivered", "failed", "cancelled") for d in found):
                    return list(found)
            except httpx.HTTPError:
                pass
            assert monotonic() < end, "the deliveries did not end"
            sleep(0.2)


def _held(base: str) -> list[str]:
    """What each resource on the server is (its kind and the case that it is of), once for each
    resource: two equal ones are a duplicate."""
    out = []
    with httpx.Client(trust_env=False, timeout=60) as client:
        url: str | None = f"{base}/DocumentReference?_count=500"
        while url:
            page = client.get(url).json()
            for e in page.get("entry", []):
                resource = e["resource"]
                subject = resource["subject"]["reference"]
                out.append(f"document {resource['description']}")
                assert client.get(f"{base}/{subject}").status_code == 200
                out.append(f"patient of {resource['description']}")
            links = {x["relation"]: x["url"] for x in page.get("link", [])}
            url = links.get("next")
        total = client.get(f"{base}/Patient?_summary=count&_total=accurate").json()["total"]
        out += ["patient of nobody"] * (total - len(out) // 2)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--medplum", action="store_true")
    parser.add_argument("--ids", choices=("ours", "server"), default="ours")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = endure(
            Path(folder),
            points=given.points,
            cases=given.cases,
            medplum=given.medplum,
            ids=given.ids,
            seed=given.seed,
        )
    print(json.dumps(asdict(found), indent=2))
    sys.exit(1 if found.lost or found.duplicates or found.not_delivered else 0)


if __name__ == "__main__":
    main()

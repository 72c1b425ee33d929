"""The service as users start it: `case2fhir serve`, real conversions, a real target."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx

from tests.serving import free_port

ROOT = Path(__file__).parents[2]
REPORT = (Path(__file__).parents[1] / "cases" / "headings" / "report.txt").read_bytes()
PLAIN = {"Content-Type": "text/plain"}


@contextmanager
def serve(folder: Path, *options: str, **settings: str) -> Iterator[httpx.Client]:
    port = free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "CASE2FHIR_DATABASE_URL": f"sqlite:///{folder / 'cases.db'}",
        "CASE2FHIR_WORKERS": "2",
        **{f"CASE2FHIR_{k.upper()}": v for k, v in settings.items()},
    }
    command = [sys.executable, "-m", "app", "serve", "--port", str(port), *options]
    with (
        (folder / "log.txt").open("ab") as log,
        subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client,
    ):
        try:
            end = monotonic() + 60
            while True:
                try:
                    client.get("/health")
                    break
                except httpx.TransportError:
                    assert process.poll() is None, (folder / "log.txt").read_text()
                    assert monotonic() < end, "the service did not answer in time"
                    sleep(0.1)
            yield client
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def test_cases_outlive_a_restart(tmp_path: Path) -> None:
    with serve(tmp_path) as client:
        posted = client.post("/cases", content=REPORT, headers=PLAIN)
        assert posted.status_code == 201
        assert posted.json()["patients"]
        url = posted.headers["Location"]
        bundle = client.get(f"{url}/bundle").content
    with serve(tmp_path) as client:
        assert client.post("/cases", content=REPORT, headers=PLAIN).status_code == 200
        assert client.get(url).content == posted.content
        assert client.get(f"{url}/bundle").content == bundle
        convert = client.post("/fhir/$convert", content=REPORT, headers=PLAIN)
        assert convert.content == bundle
    log = (tmp_path / "log.txt").read_text()
    assert "Traceback" not in log
    assert REPORT.decode()[:40] not in log


def test_two_service_processes_share_the_cases(tmp_path: Path) -> None:
    with serve(tmp_path, "--workers", "2") as client:
        urls = {
            client.post("/cases", content=REPORT, headers={**PLAIN, "Connection": "close"}).headers[
                "Location"
            ]
            for _ in range(8)
        }
        assert len(urls) == 1
        assert len(client.get("/cases").json()["cases"]) == 1


def test_a_case_is_delivered(tmp_path: Path, server: tuple[str, str]) -> None:
    version, base = server
    targets = tmp_path / "targets.toml"
    targets.write_text(
        f'[targets.loopback]\nbase_url = "{base}"\nfhir_version = "{version}"\n'
        '[targets.nowhere]\nbase_url = "http://127.0.0.1:9"\nfhir_version = "4.0"\n'
        "attempts = 1\n"
    )
    with serve(tmp_path, targets_file=str(targets)) as client:
        assert [t["name"] for t in client.get("/targets").json()["targets"]] == [
            "loopback",
            "nowhere",
        ]
        url = client.post("/cases", content=REPORT, headers=PLAIN).headers["Location"]
        for _ in range(2):
            delivered = deliver(client, url, "loopback")
            assert delivered["status"] == "delivered", delivered["error"]
            entries = delivered["entries"]
            assert isinstance(entries, list)
            assert entries
            assert all(200 <= e["status"] < 300 for e in entries)
        failed = deliver(client, url, "nowhere")
        assert failed["status"] == "failed"
        assert "no connection" in str(failed["error"])
        assert client.post(f"{url}/deliveries", json={"target": "other"}).status_code == 404
        listed = client.get("/deliveries").json()["deliveries"]
        assert [d["target"] for d in listed] == ["nowhere", "loopback", "loopback"]
    patients = httpx.get(f"{base}/Patient", trust_env=False).json()["entry"]
    assert len(patients) == 1


def deliver(client: httpx.Client, url: str, target: str) -> dict[str, object]:
    accepted = client.post(f"{url}/deliveries", json={"target": target})
    assert accepted.status_code == 202
    end = monotonic() + 60
    while monotonic() < end:
        found: dict[str, object] = client.get(accepted.headers["Location"]).json()
        if found["status"] in ("delivered", "failed"):
            return found
        sleep(0.1)
    raise AssertionError("the delivery did not end in time")

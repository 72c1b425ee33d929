"""The HAPI FHIR JPA server on loopback: built once with Maven, started for the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "hapi-server"
OUT = Path(__file__).parents[2] / ".tools" / "hapi-server"
JAR = OUT / "hapi-server.jar"
JVM = ("-Xmx1500m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""A server that lives for minutes: half of its start was spent on the best machine code."""


def built() -> Path:
    """The server's jar, built when it is not there; integration tests need Java 17 and Maven."""
    if shutil.which("java") is None:
        pytest.fail("HAPI needs Java 17")
    if not JAR.is_file():
        maven = shutil.which("mvn")
        if maven is None:
            pytest.fail("HAPI is built with Maven")
        done = subprocess.run(
            [maven, "-q", "-B", "package", f"-Dout={OUT}"],
            cwd=FOLDER,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        if done.returncode != 0:
            pytest.fail(f"HAPI could not be built: {done.stdout[-300:]}")
    return JAR


@contextmanager
def hapi(
    version: str, *options: str, port: int = 0, database: str = "jdbc:h2:mem:tests"
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The base URL of a HAPI server and its process."""
    command = ["java", *JVM, "-jar", str(built()), version, str(port), database, *options]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "LANG": "C.UTF-8"},
    ) as process:
        try:
            assert process.stdout is not None
            ready = ""
            while not ready.startswith("ready"):
                line = process.stdout.readline()
                assert line, "HAPI did not start"
                ready = line
            yield ready.split()[1], process
        finally:
            process.kill()

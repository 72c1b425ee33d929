from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "fhir-server"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with real servers run when they are asked for, in CI always."""
    on = os.environ.get("CASE2FHIR_INTEGRATION") == "1"
    skip = pytest.mark.skip(reason="set CASE2FHIR_INTEGRATION=1 (and run npm ci, see CONTRIBUTING)")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.integration)
            if not on:
                item.add_marker(skip)


def node(*arguments: str) -> list[str]:
    """The command line of a script of the test server's folder."""
    program = shutil.which("node")
    assert program, "Node is needed for the integration tests"
    assert (FOLDER / "node_modules").is_dir(), f"run npm ci in {FOLDER}"
    return [program, str(FOLDER / arguments[0]), *arguments[1:]]


@contextmanager
def fhir_server(version: str) -> Iterator[str]:
    """The base URL of an empty FHIR server."""
    with subprocess.Popen(
        node("server.mjs", version), stdout=subprocess.PIPE, text=True, cwd=FOLDER
    ) as process:
        try:
            assert process.stdout is not None
            ready = process.stdout.readline().split()
            assert ready[:1] == ["ready"], "the FHIR server did not start"
            yield ready[1]
        finally:
            process.kill()


@pytest.fixture(params=["4.0", "5.0"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """A FHIR server of each version: (version, base URL)."""
    with fhir_server(request.param) as url:
        yield request.param, url


@pytest.fixture(scope="session")
def check_bundles() -> Callable[[str, list[Path]], str]:
    """What third-party checkers say against bundles: HL7's JSON schema, all error invariants."""

    def run(version: str, files: list[Path]) -> str:
        done = subprocess.run(
            node("check.mjs", version, *map(str, files)),
            capture_output=True,
            text=True,
            cwd=FOLDER,
            check=False,
        )
        assert done.returncode in (0, 1), done.stderr
        return done.stdout

    return run

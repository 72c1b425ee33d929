"""Many documents at once: all cores, atomic outputs, resumable."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

import orjson

from app import jobs
from app.cli.inputs import Input, inputs
from app.cli.options import put_out, write_bytes
from app.errors import Case2FhirError, InputError
from app.jobs import BundleForm
from app.resources import fingerprint
from app.settings import Settings
from app.workers import ConverterFactory, WorkerPool, load_converter

_MANIFEST = ".case2fhir.json"
"""Says how the bundles of a folder were made; made otherwise, they are made again."""

_AHEAD = 4
"""Documents per worker that wait in memory."""


@dataclass
class _Tally:
    done: int = 0
    skipped: int = 0
    failed: int = 0


def run_batch(
    settings: Settings,
    source: Path,
    out: Path,
    form: BundleForm,
    *,
    ndjson: bool = False,
    factory: ConverterFactory = load_converter,
) -> int:
    """Convert all documents of a folder or JSON Lines file; the number of those that failed."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    found = inputs(source)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made: {error.strerror}", place=str(out)) from None
    same = _same_making(settings, out, form)
    tally, begin = _Tally(), perf_counter()
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        WorkerPool(
            settings, size=min(settings.workers, max(1, len(found))), factory=factory
        ) as pool,
        Progress(*columns, console=console, disable=not sys.stderr.isatty()) as progress,
    ):
        bar = progress.add_task("converting", total=len(found))
        todo: list[Input] = []
        for one in found:
            if same and _is_done(out / one.output, one, form):
                tally.skipped += 1
                progress.advance(bar)
            else:
                todo.append(one)
        for one, problem in _convert(pool, todo, out, form):
            if problem is None:
                tally.done += 1
            else:
                tally.failed += 1
                reason = " ".join(str(problem).split())
                console.print(f"failed: {one.name}: {reason}", markup=False)
            progress.advance(bar)
    if ndjson:
        _join(out, found)
    _sum_up(console.print, tally, perf_counter() - begin)
    return tally.failed


def _convert(
    pool: WorkerPool, todo: Iterable[Input], out: Path, form: BundleForm
) -> Iterator[tuple[Input, Case2FhirError | None]]:
    """Each input as it is finished, with its error if it has one."""
    if not todo:
        return
    pool.start()
    running: dict[Future[jobs.WrittenBundle], Input] = {}
    rest = iter(todo)
    while True:
        for one in rest:
            try:
                job = partial(_bundle, document=one.read(), media_type=one.media_type, form=form)
            except Case2FhirError as error:
                yield one, error
                continue
            running[pool.submit(job)] = one
            if len(running) >= _AHEAD * pool.size:
                break
        if not running:
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            one = running.pop(future)
            try:
                write_bytes(out / one.output, future.result().json)
            except Case2FhirError as error:
                (out / one.output).unlink(missing_ok=True)  # of an earlier run, and stale now
                yield one, error
            else:
                yield one, None


def _bundle(
    converter: object, document: bytes, media_type: str | None, form: BundleForm
) -> jobs.WrittenBundle:
    return jobs.read(converter, document, media_type, form).bundle  # type: ignore[arg-type]


def _same_making(settings: Settings, out: Path, form: BundleForm) -> bool:
    """Whether the bundles in `out` were made by these rules and in this form; notes that those
    made from now on are."""
    making = {
        "rules": fingerprint(settings.mappings),
        "fhirVersion": form.fhir_version,
        "type": form.kind,
    }
    path = out / _MANIFEST
    data = orjson.dumps(making)
    try:
        same = path.read_bytes() == data
    except OSError:
        same = False
    if not same:
        write_bytes(path, data)
    return same


def _is_done(path: Path, one: Input, form: BundleForm) -> bool:
    """Whether a whole bundle is there that is not older than its document."""
    try:
        if path.stat().st_mtime_ns < one.modified_ns:
            return False
        bundle = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return False
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        return False
    return bool(bundle.get("type") == form.bundle_type)


def _join(out: Path, found: list[Input]) -> None:
    """All bundles, one a line, in the order of the inputs."""
    paths = [out / one.output for one in found]
    lines = [path.read_bytes().strip() for path in paths if path.is_file()]
    put_out(b"".join(line + b"\n" for line in lines), out / "bundles.ndjson")


def _sum_up(say: object, tally: _Tally, seconds: float) -> None:
    assert callable(say)
    rate = f", {tally.done / seconds:.1f} a second" if tally.done and seconds > 0 else ""
    say(
        f"{tally.done} converted, {tally.skipped} already there, {tally.failed} failed"
        f" in {seconds:.1f} s{rate}"
    )

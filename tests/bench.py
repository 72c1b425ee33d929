"""Speed and memory, measured on this machine: python -m tests.bench [FILE ...] [--reports FOLDER]

Prints the cold start of the command line, the time of one conversion in a warm process
(median and 95th percentile), its parts, and the memory of a worker. Before a report is read
again and again, the samples and the `*.txt` of the folder are each read for the first time:
processor time of one core, to a transaction of FHIR 4.0, as it would be for 3 KB.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app import documents, fhir
from app.pipeline import Converter
from app.settings import get_settings
from app.workers import load_converter

CASES = Path(__file__).parent / "cases"
REPORT = 3 * 1024
WARM = """A 63-year-old woman had fever for two days. There was no cough. CT of the chest showed a
mass in the left lung. Hemoglobin was 9.1 g/dl. She was given aspirin 100 mg and recovered."""


def timed(run: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each of several runs."""
    took: list[float] = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        took.append((time.perf_counter() - start) * 1000)
    return sorted(took)


def row(name: str, took: list[float]) -> str:
    """One line of the table."""
    p95 = took[min(len(took) - 1, int(len(took) * 0.95))]
    return f"{name:<42}{statistics.median(took):>9.1f} ms{p95:>9.1f} ms"


def unseen(files: list[Path], converter: Converter) -> None:
    """Prints the time of reports that the process, warmed by another one, has not seen."""
    took: list[float] = []
    scaled: list[float] = []
    size = 0
    for file in files:
        source = file.read_bytes()
        start = time.process_time()
        converter.convert(source, media_type="text/plain", bundle_type="transaction").json()
        took.append((time.process_time() - start) * 1000)
        scaled.append(took[-1] * REPORT / len(source))
        size += len(source)
    print(row(f"{len(files)} unseen reports, each as for 3 KB", sorted(scaled)))
    mean = sum(took) / size * REPORT
    print(f"{'  mean of them':<42}{mean:>9.1f} ms")


def measure(file: Path, converter: Converter, times: int) -> None:
    """Prints the time of one report's conversion and of each step."""
    source = file.read_bytes()
    settings = converter.settings
    document = documents.read(source, media_type="text/plain", settings=settings)
    narrative = converter.reader.read(document)
    case, _ = converter.assembler.assemble(narrative)
    bundle, _ = converter.write(case)
    title = f"convert {file.parent.name}/{file.name} ({len(source) / 1024:.1f} KB)"
    steps: dict[str, Callable[[], object]] = {
        title: lambda: converter.convert(source, media_type="text/plain").json(),
        "  document": lambda: documents.read(source, media_type="text/plain", settings=settings),
        "  narrative": lambda: converter.reader.read(document),
        "  case": lambda: converter.assembler.assemble(narrative),
        "  fhir, with the gates": lambda: converter.write(case),
        "  serialise": lambda: fhir.dumps(bundle),
    }
    for name, run in steps.items():
        print(row(name, timed(run, times)))


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--reports", type=Path, help="folder of reports to read once")
    parser.add_argument("--times", type=int, default=40)
    options = parser.parse_args()
    files = options.files or sorted(CASES.glob("*/report.txt"))
    command = [sys.executable, "-m", "app", "convert", str(files[0]), "-o", "/dev/null"]
    print(f"{'':<42}{'median':>12}{'95 %':>12}")
    cold = timed(lambda: subprocess.run(command, check=True, capture_output=True), 5)
    print(row("cold start: case2fhir convert", cold))
    start = time.perf_counter()
    converter: Converter = load_converter(get_settings())
    print(
        f"{'loading rules, vocabulary, model':<42}{(time.perf_counter() - start) * 1000:>9.1f} ms"
    )
    converter.convert(WARM, bundle_type="transaction")
    reports = sorted(options.reports.glob("*.txt")) if options.reports else []
    unseen([*files, *reports], converter)
    for file in files:
        measure(file, converter, options.times)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'memory of this process':<42}{memory:>9.0f} MB")


if __name__ == "__main__":
    main()

"""Counts and durations in Prometheus' text form. No clinical text: labels are routes,
methods, statuses and outcomes. Each process of the service counts for itself and says so
in the label `process`."""

from __future__ import annotations

import os
from collections import defaultdict
from threading import Lock

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the duration buckets, in seconds."""

_HELP = {
    "case2fhir_requests_total": "HTTP requests answered.",
    "case2fhir_conversions_total": "Documents and cases converted, by outcome.",
    "case2fhir_deliveries_total": "Deliveries made, by outcome.",
    "case2fhir_request_seconds": "Duration of HTTP requests.",
    "case2fhir_conversion_seconds": "Duration of conversions, waiting included.",
}


class Metrics:
    """The counters of this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: dict[tuple[str, str], int] = defaultdict(int)
        self._times: dict[tuple[str, str], list[float]] = {}

    def count(self, name: str, **labels: str) -> None:
        """Add one to a counter."""
        with self._lock:
            self._counts[name, _labels(labels)] += 1

    def time(self, name: str, seconds: float, **labels: str) -> None:
        """Add a duration to a histogram."""
        key = name, _labels(labels)
        with self._lock:
            row = self._times.setdefault(key, [0.0] * (len(BUCKETS) + 2))
            for i, bound in enumerate(BUCKETS):
                row[i] += seconds <= bound
            row[-2] += 1
            row[-1] += seconds

    def text(self) -> str:
        """All of them, in Prometheus' text form."""
        with self._lock:
            counts = sorted(self._counts.items())
            times = sorted((key, list(row)) for key, row in self._times.items())
        out: list[str] = []
        seen: set[str] = set()
        for (name, labels), value in counts:
            out += _head(name, "counter", seen)
            out.append(f"{name}{{{labels}}} {value}")
        for (name, labels), row in times:
            out += _head(name, "histogram", seen)
            for bound, below in zip(BUCKETS, row, strict=False):
                out.append(f'{name}_bucket{{{labels},le="{bound:g}"}} {below:g}')
            out.append(f'{name}_bucket{{{labels},le="+Inf"}} {row[-2]:g}')
            out.append(f"{name}_count{{{labels}}} {row[-2]:g}")
            out.append(f"{name}_sum{{{labels}}} {row[-1]:.6f}")
        return "\n".join(out) + "\n"


def _head(name: str, kind: str, seen: set[str]) -> list[str]:
    if name in seen:
        return []
    seen.add(name)
    return [f"# HELP {name} {_HELP[name]}", f"# TYPE {name} {kind}"]


def _labels(labels: dict[str, str]) -> str:
    pairs = {"process": str(os.getpid()), **labels}
    return ",".join(f'{k}="{_escape(v)}"' for k, v in sorted(pairs.items()))


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

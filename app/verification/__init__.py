"""Does every statement of a bundle point at its words? Asked of any bundle, also of one that was
stored elsewhere and read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from app.contents import Contents
from app.fhir.gates.finding import Finding
from app.verification.check import MAX_FINDINGS, Check
from app.verification.rules import evidence_rules

__all__ = ["MAX_FINDINGS", "Report", "outcome", "verify", "verify_json"]


@dataclass(frozen=True)
class Report:
    """What is wrong, and how many statements and places were looked at."""

    findings: tuple[Finding, ...]
    statements: int
    places: int

    @property
    def errors(self) -> int:
        """How many findings are errors; the others only say what could not be looked at."""
        return sum(f.severity == "error" for f in self.findings)


def verify(
    bundles: Sequence[tuple[str, dict[str, Any]]],
    *,
    text: str | None = None,
    overlay: Path | None = None,
) -> Report:
    """Read every place again that a bundle points at.

    `bundles` are one or several (parts, pages of a search) with the path their elements begin
    with; `text` is the text of the document, when the bundle does not hold it or is not trusted.
    Raises InputError for what is no Bundle.
    """
    check = Check(Contents(bundles), evidence_rules(overlay), text)
    check.run()
    return Report(tuple(check.findings), check.statements, check.places)


def outcome(report: Report) -> dict[str, Any]:
    """The report as an OperationOutcome, which FHIR wants to have an issue in any case."""
    issues = [
        {
            "severity": finding.severity,
            "code": "invariant" if finding.severity == "error" else "incomplete",
            "details": {"text": finding.message},
            "expression": [finding.path],
        }
        for finding in report.findings
    ]
    said = f"{report.statements} statements, {report.places} places read again"
    if not report.errors:
        issues.append(
            {"severity": "information", "code": "informational", "details": {"text": said}}
        )
    return {"resourceType": "OperationOutcome", "issue": issues}


def verify_json(_: object, bundles: bytes, text: str | None, overlay: Path | None) -> bytes:
    """The same of a JSON array of [path, bundle], as an OperationOutcome: a worker's job."""
    found = [(str(path), bundle) for path, bundle in orjson.loads(bundles)]
    return orjson.dumps(outcome(verify(found, text=text, overlay=overlay)))

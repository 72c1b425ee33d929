"""What the gates found, as issues that name the words concerned."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from app.fhir.gates.finding import Finding
from app.fhir.run import DERIVATION
from app.issues import Issue, IssueKind
from app.text import Span

_ENTRY = re.compile(r"Bundle\.entry\[(\d+)\]")


def as_issues(findings: Iterable[Finding], bundle: dict[str, Any]) -> tuple[Issue, ...]:
    """An issue for each error, with the first words that its resource came from."""
    out = []
    for finding in findings:
        if finding.severity == "error":
            at = _ENTRY.match(finding.path)
            span = _first_place(bundle["entry"][int(at[1])].get("resource")) if at else None
            out.append(Issue(IssueKind.GATE, f"{finding.path}: {finding.message}", span))
    return tuple(out)


def _first_place(node: Any) -> Span | None:
    """The first place that a resource or one of its elements names, the resource's own before."""
    if isinstance(node, list):
        return next((found for item in node if (found := _first_place(item))), None)
    if not isinstance(node, dict):
        return None
    if node.get("url") == DERIVATION:
        parts = {p["url"]: p for p in node["extension"]}
        start = parts["offset"]["valueInteger"]
        return Span(start, start + parts["length"]["valueInteger"])
    own = _first_place(node.get("extension"))
    return own or next((s for v in node.values() if (s := _first_place(v))), None)

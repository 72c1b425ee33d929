"""A server's answer, entry by entry."""

from __future__ import annotations

import re
from typing import Any

from app.delivery.receipt import EntryReceipt, OutcomeIssue
from app.delivery.references import name_of
from app.errors import DeliveryError

_ENTRY = re.compile(r"entry\[(\d+)\]")


def entry_receipts(
    answer: dict[str, Any], entries: list[dict[str, Any]], place: str
) -> tuple[EntryReceipt, ...]:
    """The receipts for `entries` in a transaction-response; they stand in the same order."""
    answers = answer.get("entry", [])
    if not isinstance(answers, list) or len(answers) != len(entries):
        raise DeliveryError(
            "the server's answer does not have one entry for each that was sent", place=place
        )
    return tuple(_one(a, e) for a, e in zip(answers, entries, strict=True))


def _one(answer: Any, entry: dict[str, Any]) -> EntryReceipt:
    response = answer.get("response", {}) if isinstance(answer, dict) else {}
    status = re.match(r"\s*(\d{3})", str(response.get("status", "")))
    return EntryReceipt(
        resource=name_of(entry),
        status=int(status.group(1)) if status else None,
        location=_text(response.get("location")),
        etag=_text(response.get("etag")),
        last_modified=_text(response.get("lastModified")),
        issues=_errors(outcome_issues(response.get("outcome"), [entry])),
    )


def _errors(issues: tuple[OutcomeIssue, ...]) -> tuple[OutcomeIssue, ...]:
    """Without the "all OK" that many servers attach to what went well."""
    return tuple(i for i in issues if i.severity != "information")


def outcome_issues(outcome: Any, entries: list[dict[str, Any]]) -> tuple[OutcomeIssue, ...]:
    """The issues of an OperationOutcome; where one names `entry[n]`, the resource is added."""
    if not isinstance(outcome, dict) or outcome.get("resourceType") != "OperationOutcome":
        return ()
    issues = outcome.get("issue", [])
    return tuple(_issue(i, entries) for i in issues if isinstance(i, dict))


def _issue(issue: dict[str, Any], entries: list[dict[str, Any]]) -> OutcomeIssue:
    details = issue.get("details")
    text = (details.get("text") if isinstance(details, dict) else None) or issue.get("diagnostics")
    where = issue.get("expression") or issue.get("location") or []
    expression = str(where[0]) if isinstance(where, list) and where else None
    found = _ENTRY.search(f"{expression or ''} {text or ''}")
    said = _text(text)
    if found and int(found.group(1)) < len(entries):
        said = f"{name_of(entries[int(found.group(1))])}: {said or ''}".rstrip(": ")
    return OutcomeIssue(
        severity=str(issue.get("severity", "error")),
        code=str(issue.get("code", "unknown")),
        text=said,
        expression=expression,
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)[:1000]

"""A server's answer, entry by entry."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.delivery.errors import NoAnswer
from app.delivery.receipt import EntryReceipt, OutcomeIssue

_ENTRY = re.compile(r"entry\[(\d+)\]")
_KEY = r"[A-Za-z0-9.-]{1,64}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that is final: 2xx, or a refusal."""

    status: int
    body: dict[str, Any] | None
    headers: Mapping[str, str]

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class RawIssue:
    """An issue as the server said it; `entry` is the position, among what was sent in the same
    request, of the entry that it names."""

    issue: OutcomeIssue
    entry: int | None


def entry_receipts(
    body: dict[str, Any] | None, sent: Sequence[dict[str, Any]], names: Sequence[str], place: str
) -> tuple[EntryReceipt, ...]:
    """The receipts for the entries `sent` in a transaction; the answers stand in the same order.

    Raises NoAnswer for an answer that is none: the transaction may have been carried out.
    """
    if body is None or body.get("resourceType") != "Bundle":
        raise NoAnswer("answers without a Bundle; check base_url", place=place)
    answers = body.get("entry", [])
    if not isinstance(answers, list) or len(answers) != len(sent):
        raise NoAnswer("the answer does not have one entry for each that was sent", place=place)
    return tuple(
        _one(a if isinstance(a, dict) else {}, e, n)
        for a, e, n in zip(answers, sent, names, strict=True)
    )


def _one(answer: dict[str, Any], entry: dict[str, Any], name: str) -> EntryReceipt:
    response = answer.get("response")
    response = response if isinstance(response, dict) else {}
    status = re.match(r"\s*(\d{3})", str(response.get("status", "")))
    location = _text(response.get("location"))
    issues = raw_issues(response.get("outcome"))
    return EntryReceipt(
        resource=name,
        status=int(status.group(1)) if status else None,
        location=location,
        etag=_text(response.get("etag")),
        last_modified=_text(response.get("lastModified")),
        server=server_name(location, entry, answer.get("resource")),
        # without the "all OK" that many servers attach to what went well
        issues=tuple(r.issue for r in issues if r.issue.severity != "information"),
    )


def single_receipt(answer: Answer, entry: dict[str, Any], name: str) -> EntryReceipt:
    """The receipt for an entry that went in a request of its own."""
    headers = answer.headers
    location = headers.get("content-location") or headers.get("location")
    body = answer.body if answer.body and answer.body.get("id") else None
    server = server_name(location, entry, body)
    version = headers.get("etag")
    if location is None and server is not None:
        number = re.search(r'"([^"]+)"', version or "")
        location = f"{server}/_history/{number.group(1)}" if number else server
    return EntryReceipt(
        resource=name,
        status=answer.status,
        location=location,
        etag=version,
        last_modified=headers.get("last-modified"),
        server=server,
    )


def server_name(location: str | None, entry: Mapping[str, Any], resource: Any) -> str | None:
    """`Type/id` of a resource on the server: from its location or content, else the id that we
    asked for; None when the server chose one and does not say which."""
    kind = entry["resource"]["resourceType"]
    found = re.search(rf"(?:^|/)({kind}/{_KEY})(?:/_history/|/?$)", location or "")
    if found:
        return found.group(1)
    if isinstance(resource, dict) and resource.get("resourceType") == kind and resource.get("id"):
        return f"{kind}/{resource['id']}"
    url = str(entry["request"]["url"])
    return url if "/" in url and "?" not in url else None


def raw_issues(outcome: Any) -> tuple[RawIssue, ...]:
    """The issues of an OperationOutcome."""
    if not isinstance(outcome, dict) or outcome.get("resourceType") != "OperationOutcome":
        return ()
    issues = outcome.get("issue", [])
    return tuple(_issue(i) for i in issues if isinstance(i, dict))


def first_words(outcome: Any) -> str:
    """What the first issues of an OperationOutcome say, in one line; "" when nothing."""
    return "; ".join(r.issue.text or r.issue.code for r in raw_issues(outcome)[:3])


def _issue(issue: dict[str, Any]) -> RawIssue:
    details = issue.get("details")
    text = (details.get("text") if isinstance(details, dict) else None) or issue.get("diagnostics")
    where = issue.get("expression") or issue.get("location") or []
    expression = str(where[0]) if isinstance(where, list) and where else None
    found = _ENTRY.search(f"{expression or ''} {text or ''}")
    said = OutcomeIssue(
        severity=str(issue.get("severity", "error")),
        code=str(issue.get("code", "unknown")),
        text=_text(text),
        expression=expression,
    )
    return RawIssue(said, int(found.group(1)) if found else None)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)[:1000]

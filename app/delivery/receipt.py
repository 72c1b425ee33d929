"""What a target answered."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class OutcomeIssue:
    """An issue of the server's OperationOutcome."""

    severity: str
    code: str
    text: str | None = None
    expression: str | None = None


@dataclass(frozen=True, slots=True)
class EntryReceipt:
    """The answer for one entry of the bundle that was sent.

    `resource` is what was sent (Type/id), `status` the HTTP status of its answer (None when
    the server did not come to it), `location` where it is now, with its version.
    """

    resource: str
    status: int | None = None
    location: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    issues: tuple[OutcomeIssue, ...] = ()

    @property
    def ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    def as_dict(self) -> dict[str, Any]:
        return {k: v for k, v in asdict(self).items() if v not in (None, ())}


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer for a whole bundle; `requests` is how many transactions carried it."""

    target: str
    entries: tuple[EntryReceipt, ...]
    requests: int = 1
    note: str | None = None

    @property
    def ok(self) -> bool:
        return all(entry.ok for entry in self.entries)

    def as_dict(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            "target": self.target,
            "ok": self.ok,
            "requests": self.requests,
            "entries": [entry.as_dict() for entry in self.entries],
        }
        if self.note is not None:
            out["note"] = self.note
        return out

"""What a target answered."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class OutcomeIssue:
    """An issue of the server's OperationOutcome.

    `words` are the words of the report that the element concerned was made of, at `start` (in
    code points of the text), `sentence` the sentence that they stand in, `fact` the id of the
    case's fact; all None where the server does not say which element it means.
    """

    severity: str
    code: str
    text: str | None = None
    expression: str | None = None
    fact: str | None = None
    words: str | None = None
    start: int | None = None
    sentence: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {k: v for k, v in asdict(self).items() if v is not None}


@dataclass(frozen=True, slots=True)
class EntryReceipt:
    """The answer for one entry of the bundle that was sent.

    `resource` is what was sent (Type/id), `status` the HTTP status of its answer (None when
    the server did not come to it), `location` where it is now, with its version, `server` its
    `Type/id` there. `verified` is whether it read back as it was sent, `differences` the paths
    where it did not. `left_out` is why it was not sent at all, `withdrawn` how a resource of an
    earlier version of the case was taken back.
    """

    resource: str
    status: int | None = None
    location: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    server: str | None = None
    issues: tuple[OutcomeIssue, ...] = ()
    verified: bool | None = None
    differences: tuple[str, ...] = ()
    left_out: str | None = None
    withdrawn: str | None = None

    @property
    def ok(self) -> bool:
        done = self.status is not None and 200 <= self.status < 300
        return (done or self.left_out is not None) and self.verified is not False

    def as_dict(self) -> dict[str, Any]:
        out = {k: v for k, v in asdict(self).items() if v not in (None, ())}
        if self.issues:
            out["issues"] = [issue.as_dict() for issue in self.issues]
        return out

    @staticmethod
    def of(data: dict[str, Any]) -> EntryReceipt:
        """From what `as_dict` wrote."""
        issues = tuple(OutcomeIssue(**issue) for issue in data.get("issues", ()))
        differences = tuple(data.get("differences", ()))
        return EntryReceipt(**{**data, "issues": issues, "differences": differences})


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer for a whole bundle; `requests` is how many requests carried it."""

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

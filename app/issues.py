"""What a conversion did not use, so that nothing is lost silently."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from app.text import Span


class IssueKind(StrEnum):
    NO_PATIENT = "no-patient"
    SENTENCE_UNUSED = "sentence-unused"
    MENTION_UNCODED = "mention-uncoded"
    MENTION_UNUSED = "mention-unused"
    FACT_UNMAPPED = "fact-unmapped"
    GATE = "gate"


@dataclass(frozen=True, slots=True)
class Issue:
    """Something of the document that did not (fully) reach the bundle; `reason` says why,
    without words of the report, `fact` is the id of the fact concerned."""

    kind: IssueKind
    reason: str
    span: Span | None = None
    fact: str | None = None

    def as_dict(self) -> dict[str, Any]:
        out: dict[str, Any] = {k: v for k, v in asdict(self).items() if v is not None}
        if self.span is not None:
            out["span"] = {"start": self.span.start, "end": self.span.end}
        return out

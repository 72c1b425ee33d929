"""What may happen to a request, beside being taken."""

from __future__ import annotations

from app.errors import DeliveryError, TargetUnreachable


class MayPass(DeliveryError):
    """Not taken now; the same request may be tried again, after `after` seconds where the server
    says so. `status_code` is what it answered."""

    def __init__(
        self,
        message: str,
        *,
        place: str | None = None,
        after: float | None = None,
        status_code: int | None = None,
    ) -> None:
        super().__init__(message, place=place)
        self.after = after
        self.status_code = status_code


class NoAnswer(MayPass, TargetUnreachable):
    """No answer, or none that can be read: the server may have done what was asked."""

    status = 504
    code = "timeout"


class Refused(DeliveryError):
    """The server will not take it, however often it is sent."""

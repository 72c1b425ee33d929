"""What a delivery remembers while it is made, entry by entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from app.delivery.receipt import EntryReceipt


class Ledger(Protocol):
    """Written before and after every request, so that a delivery resumes where it stopped."""

    def known(self) -> Mapping[str, str]:
        """What is on the target already: our `Type/id` to the server's."""

    def plan(self) -> dict[str, Any] | None:
        """The plan that was made before, as `Plan.as_dict` wrote it."""

    def finished(self) -> Mapping[str, str]:
        """What this delivery has sent: our `Type/id` to the hash of what was sent, "" for an
        entry that is to be completed."""

    def planned(self, plan: dict[str, Any], left_out: Sequence[EntryReceipt]) -> None:
        """Keep the plan before anything of it is sent."""

    def sending(self, names: Sequence[str]) -> None:
        """A request for these is about to go out (for none: one that only reads). Raises Stopped
        when it must not."""

    def answered(self, receipts: Sequence[EntryReceipt], shas: Sequence[str]) -> None:
        """Keep the answers; `shas` as in `finished`, for those that were taken."""

    def located(self, found: Mapping[str, str]) -> None:
        """These were found on the target: our `Type/id` to the server's."""

    def forget(self, names: Sequence[str]) -> None:
        """These are no longer on the target."""

    def verified(self, found: Sequence[tuple[str, bool, tuple[str, ...]]]) -> None:
        """Keep what reading back found: name, whether it is as sent, where it is not."""


class Stopped(Exception):
    """The delivery must not go on."""


class MemoryLedger:
    """For a bundle that is sent from a file, and for plans: it lasts as long as the program."""

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._known = dict(known or {})
        self._finished: dict[str, str] = {}
        self._plan: dict[str, Any] | None = None
        self.receipts: dict[str, EntryReceipt] = {}
        self.requests = 0

    def known(self) -> Mapping[str, str]:
        return self._known

    def plan(self) -> dict[str, Any] | None:
        return self._plan

    def finished(self) -> Mapping[str, str]:
        return self._finished

    def planned(self, plan: dict[str, Any], left_out: Sequence[EntryReceipt]) -> None:
        self._plan = plan
        self.receipts |= {r.resource: r for r in left_out}

    def sending(self, names: Sequence[str]) -> None:
        self.requests += bool(names)

    def answered(self, receipts: Sequence[EntryReceipt], shas: Sequence[str]) -> None:
        for receipt, sha in zip(receipts, shas, strict=True):
            self.receipts[receipt.resource] = receipt
            if receipt.ok and receipt.withdrawn is None:
                self._finished[receipt.resource] = sha
                self._known[receipt.resource] = receipt.server or receipt.resource

    def located(self, found: Mapping[str, str]) -> None:
        self._known |= found

    def forget(self, names: Sequence[str]) -> None:
        for name in names:
            self._known.pop(name, None)

    def verified(self, found: Sequence[tuple[str, bool, tuple[str, ...]]]) -> None:
        for name, same, paths in found:
            held = self.receipts[name]
            self.receipts[name] = replace(held, verified=same, differences=paths)

"""What is known about how a server wants what it is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from app.delivery.capability import Capability
from app.delivery.targets import FoundBy, Target
from app.errors import DeliveryError


@dataclass(frozen=True, slots=True)
class Manner:
    """How a case is sent; refusals teach more. `sure` is False where the server does not say
    that it honours If-None-Exist."""

    single: bool = False
    server_ids: bool = False
    found_by: FoundBy = "conditional-update"
    sure: bool = True
    max_entries: int | None = None
    max_conditional: int | None = None  # of a transaction in which any makes the server search
    max_bytes: int | None = None
    learned: tuple[str, ...] = ()

    @property
    def searched(self) -> bool:
        """Whether what may be there is searched for before it is made."""
        return self.server_ids and self.found_by != "conditional-update"

    @property
    def conditional(self) -> bool:
        """Whether requests for what is not known to be there make the server search."""
        return self.server_ids and self.found_by != "search"

    @property
    def alone(self) -> bool:
        """Whether two senders at once could make something twice."""
        return self.searched and (self.found_by == "search" or not self.sure)

    def learn(self, why: str, **changes: Any) -> Manner:
        """The same with what a refusal taught."""
        return replace(self, learned=(*self.learned, why), **changes)

    def as_dict(self) -> dict[str, Any]:
        """As it is stored and shown in a plan."""
        limits = {
            "max_entries": self.max_entries,
            "max_conditional": self.max_conditional,
            "max_bytes": self.max_bytes,
        }
        return {
            "strategy": "single" if self.single else "transaction",
            "ids": "server" if self.server_ids else "ours",
            "found_by": self.found_by if self.server_ids else None,
            "limits": {k: v for k, v in limits.items() if v is not None},
            "learned": list(self.learned),
            "notes": self.notes(),
        }

    def notes(self) -> list[str]:
        """What somebody who reads a plan should know."""
        if not self.searched:
            return []
        out = [
            "the server takes neither ids of ours nor conditional updates: each entry is searched "
            "for by its identifier (or tag) first, updated where it is there, else created"
        ]
        if self.found_by == "search":
            out.append("the server has no conditional create: If-None-Exist is not used")
        elif not self.sure:
            out.append(_UNSURE)
        if self.alone:
            out.append(
                "nobody else may send the same case there at the same time: two senders that "
                "both find nothing would both create it"
            )
        return out


_UNSURE = "the server does not say whether it honours If-None-Exist"


def of_plan(plan: dict[str, Any]) -> Manner:
    """The manner of a plan, as `Manner.as_dict` wrote it."""
    return Manner(
        single=plan["strategy"] == "single",
        server_ids=plan["ids"] == "server",
        found_by=plan.get("found_by") or "conditional-update",
        sure=_UNSURE not in plan.get("notes", ()),
        learned=tuple(plan["learned"]),
        **plan["limits"],
    )


def manner_of(target: Target, capability: Capability) -> Manner:
    """What the target's settings and the server's own statement say."""
    single = target.send_as == "single"
    if target.send_as == "auto" and capability.transaction is False:
        single = True
    server_ids = target.ids == "server"
    if target.ids == "auto" and capability.update_create is False:
        server_ids = True
    found_by, sure = _found_by(target, capability)
    return Manner(
        single=single,
        server_ids=server_ids,
        found_by=found_by,
        sure=sure,
        max_entries=target.max_entries,
        max_conditional=target.max_conditional_entries,
        max_bytes=target.max_bytes,
    )


def _found_by(target: Target, capability: Capability) -> tuple[FoundBy, bool]:
    """The safest way that the server does not deny, and whether it says that it has it."""
    if target.found_by != "auto":
        return target.found_by, True
    if capability.conditional_update is not False:
        return "conditional-update", True  # a server that has none refuses and makes nothing
    if capability.conditional_create is not False:
        return "conditional-create", capability.conditional_create is True
    return "search", True


def check_alone(manner: Manner, target: Target) -> None:
    """DeliveryError where deliveries at the same time could make what they share twice."""
    if manner.alone and target.concurrency > 1:
        raise DeliveryError(
            "the server takes neither ids of ours nor (surely) conditional requests: what is "
            "there can only be searched for, which needs concurrency = 1",
            place=f"target {target.name}",
        )

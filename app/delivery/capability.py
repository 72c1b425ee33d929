"""What a server says that it can do, from its CapabilityStatement."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from app.errors import DeliveryError

KEPT_SECONDS = 600.0
"""How long a statement that was read is used before it is read again."""


@dataclass(frozen=True, slots=True)
class Capability:
    """None means that the server does not say.

    `types` are the resource types that it knows; `update_create` whether a PUT may make a
    resource under our id, `conditional_update` whether one may be found by what it holds,
    `conditional_create` whether one is made only if none is found.
    """

    fhir_version: str | None = None
    software: str | None = None
    transaction: bool | None = None
    types: frozenset[str] | None = None
    update_create: bool | None = None
    conditional_update: bool | None = None
    conditional_create: bool | None = None

    @staticmethod
    def read(statement: dict[str, Any]) -> Capability:
        """The summary of a CapabilityStatement."""
        rest = next(
            (r for r in _list(statement, "rest") if r.get("mode", "server") == "server"), {}
        )
        codes = {i.get("code") for i in _list(rest, "interaction")}
        resources = [r for r in _list(rest, "resource") if isinstance(r.get("type"), str)]
        software = statement.get("software")
        version = statement.get("fhirVersion")
        return Capability(
            fhir_version=version if isinstance(version, str) else None,
            software=software.get("name") if isinstance(software, dict) else None,
            transaction="transaction" in codes if codes else None,
            types=frozenset(r["type"] for r in resources) or None,
            update_create=_agreed(resources, "updateCreate"),
            conditional_update=_agreed(resources, "conditionalUpdate"),
            conditional_create=_agreed(resources, "conditionalCreate"),
        )


def _list(node: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = node.get(key, [])
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _agreed(resources: list[dict[str, Any]], key: str) -> bool | None:
    """What all types that say it say; None when none says it, False when one denies it."""
    said = [r[key] for r in resources if isinstance(r.get(key), bool)]
    return all(said) if said else None


class Capabilities:
    """The statements of the targets, each read once in a while; shared by threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[str, tuple[float, Capability]] = {}

    def get(self, name: str, fetch: Callable[[], dict[str, Any]]) -> Capability:
        """The capability of the target `name`; `fetch` reads its statement when it must."""
        with self._lock:
            kept = self._kept.get(name)
        if kept is not None and time.monotonic() - kept[0] < KEPT_SECONDS:
            return kept[1]
        statement = fetch()
        if statement.get("resourceType") != "CapabilityStatement":
            raise DeliveryError(
                "gives no CapabilityStatement at /metadata; check base_url", place=f"target {name}"
            )
        capability = Capability.read(statement)
        with self._lock:
            self._kept[name] = (time.monotonic(), capability)
        return capability


def check_version(capability: Capability, fhir_version: str, name: str) -> None:
    """DeliveryError when the server is of another FHIR version than the target says."""
    said = capability.fhir_version
    if said is not None and not said.startswith(fhir_version.split(".")[0] + "."):
        raise DeliveryError(
            f"the server speaks FHIR {said}, the target says {fhir_version}",
            place=f"target {name}",
        )

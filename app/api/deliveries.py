"""/targets and /deliveries: sending cases to FHIR servers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app import delivery
from app.api import delivery_examples as examples
from app.api.cases import CaseId
from app.api.service import AService
from app.store import Delivery, DeliveryStatus

router = APIRouter(tags=["deliveries"])
DeliveryId = Annotated[str, Path(description="Id of a delivery.")]


class NewDelivery(BaseModel):
    """What to send where."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"target": "test"}]})

    target: str = Field(min_length=1, max_length=128, description="Name of a configured target.")
    verify: bool | None = Field(
        default=None,
        description="Read everything back and compare; as the target says when not given.",
    )


@router.get("/targets", summary="List the configured targets", responses=examples.TARGETS)
def list_targets(service: AService) -> dict[str, Any]:
    """The FHIR servers that may be sent to, without their secrets."""
    return {
        "targets": [
            {
                "name": t.name,
                "base_url": t.base_url,
                "fhir_version": t.fhir_version,
                "auth": t.auth,
            }
            for t in service.targets.values()
        ]
    }


@router.post(
    "/cases/{case_id}/deliveries",
    status_code=202,
    summary="Send a case to a target",
    responses=examples.ACCEPTED,
)
def post_delivery(
    case_id: CaseId, body: NewDelivery, response: Response, service: AService
) -> dict[str, Any]:
    """The delivery is noted and made in the background; ask for it at its `Location`. Sending a
    case again makes no duplicates; a corrected case updates what is there and takes back what
    it no longer says."""
    target = delivery.find(service.targets, body.target)
    case = service.store.cases.get(case_id)
    verify = target.verify if body.verify is None else body.verify
    made = service.store.deliveries.add(case_id, case.version, target.name, verify=verify)
    service.outbox.wake()
    response.headers["Location"] = f"/deliveries/{made.id}"
    return _shown(made)


@router.get("/cases/{case_id}/plan", summary="What a delivery would do", responses=examples.PLANNED)
def get_plan(
    case_id: CaseId,
    service: AService,
    target: Annotated[str, Query(min_length=1, description="Name of a configured target.")],
) -> dict[str, Any]:
    """The requests that a delivery would send now, after reading the target's
    CapabilityStatement; nothing is sent."""
    found = delivery.find(service.targets, target)
    return service.outbox.plan(service.store.cases.get(case_id), found)


@router.get("/deliveries", summary="List the deliveries, newest first", responses=examples.SENT)
def list_deliveries(
    service: AService,
    case: Annotated[str | None, Query(description="Only those of this case.")] = None,
    target: Annotated[str | None, Query(description="Only those to this target.")] = None,
    status: Annotated[DeliveryStatus | None, Query(description="Only those that are so.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Without their plans and entries; `GET /deliveries/{id}` has these."""
    found = service.store.deliveries.list(limit, case, target, status)
    return {"deliveries": [_shown(d) for d in found]}


@router.get("/deliveries/{delivery_id}", summary="Get a delivery", responses=examples.DELIVERY)
def get_delivery(delivery_id: DeliveryId, service: AService) -> dict[str, Any]:
    """Its status, how far it is, its plan, and what the target answered for each entry."""
    found = service.store.deliveries.get(delivery_id)
    progress = {"done": found.done, "total": found.total}
    return {**_shown(found), "progress": progress, "plan": found.plan, "entries": found.entries}


@router.post(
    "/deliveries/{delivery_id}/cancel", summary="Stop a delivery", responses=examples.STOPPED
)
def cancel_delivery(delivery_id: DeliveryId, service: AService) -> dict[str, Any]:
    """One that is being made stops before its next request. What was sent stays there."""
    return _shown(service.store.deliveries.cancel(delivery_id))


@router.post(
    "/deliveries/{delivery_id}/retry",
    status_code=202,
    summary="Try a delivery again now",
    responses=examples.AGAIN,
)
def retry_delivery(delivery_id: DeliveryId, service: AService) -> dict[str, Any]:
    """For one that failed, waits or was cancelled; it goes on where it stopped."""
    found = service.store.deliveries.retry(delivery_id)
    service.outbox.wake()
    return _shown(found)


def _shown(found: Delivery) -> dict[str, Any]:
    shown = asdict(found)
    for key in ("entries", "plan", "done", "total"):
        del shown[key]
    return {**shown, "url": f"/deliveries/{found.id}"}

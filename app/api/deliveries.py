"""/targets and /deliveries: sending cases to FHIR servers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app import delivery
from app.api import examples
from app.api.cases import CaseId
from app.api.service import AService
from app.store import Delivery

router = APIRouter(tags=["deliveries"])


class NewDelivery(BaseModel):
    """What to send where."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"target": "test"}]})

    target: str = Field(min_length=1, max_length=128, description="Name of a configured target.")


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
    case_id: CaseId, body: NewDelivery, request: Request, response: Response, service: AService
) -> dict[str, Any]:
    """The delivery is noted and made in the background; ask for it at its `Location`. Sending a
    case again makes no duplicates: its resources have the same ids each time."""
    target = delivery.find(service.targets, body.target)
    case = service.store.cases.get(case_id)
    made = service.store.deliveries.add(case_id, case.version, target.name)
    request.app.state.sender.wake()
    response.headers["Location"] = f"/deliveries/{made.id}"
    return _shown(made)


@router.get("/deliveries", summary="List the deliveries, newest first", responses=examples.SENT)
def list_deliveries(
    service: AService,
    case: Annotated[str | None, Query(description="Only those of this case.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Without their entries; `GET /deliveries/{id}` has these."""
    return {"deliveries": [_shown(d) for d in service.store.deliveries.list(limit, case)]}


@router.get("/deliveries/{delivery_id}", summary="Get a delivery", responses=examples.DELIVERY)
def get_delivery(
    delivery_id: Annotated[str, Path(description="Id of a delivery.")], service: AService
) -> dict[str, Any]:
    """Its status, and what the target answered for each entry."""
    found = service.store.deliveries.get(delivery_id)
    return {**_shown(found), "entries": found.entries}


def _shown(found: Delivery) -> dict[str, Any]:
    shown = asdict(found)
    del shown["entries"]
    return {**shown, "url": f"/deliveries/{found.id}"}

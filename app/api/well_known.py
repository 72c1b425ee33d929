"""/.well-known: what authorization servers look up."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from app import delivery
from app.api import delivery_examples as examples
from app.api.service import AService

router = APIRouter(prefix="/.well-known", default_response_class=JSONResponse, tags=["service"])


@router.get("/jwks.json", summary="The public keys to check us by", responses=examples.JWKS)
def jwks(service: AService) -> dict[str, Any]:
    """The JSON Web Key Set to register with servers that use SMART Backend Services: the public
    half of the key of every target that is switched on."""
    return delivery.public_keys(service.targets.values())

"""/fhir: the stateless conversion, and kept cases as FHIR resources."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from app import exact, jobs
from app.api import examples
from app.api.capability import statement
from app.api.negotiate import MediaRange, fhir_form, fhir_type, form_of, is_case
from app.api.service import AService, Service
from app.api.upload import AnyUpload, from_parameters, is_fhir, parse_object
from app.delivery.references import rewrite, server_names
from app.errors import NotFound
from app.jobs import BundleForm

router = APIRouter(default_response_class=Response, prefix="/fhir", tags=["fhir"])

FhirId = Annotated[str, Path(pattern=r"^[A-Za-z0-9.-]{1,64}$", description="Id of the resource.")]
FhirType = Annotated[str, Path(pattern=r"^[A-Z][A-Za-z]{1,63}$", description="Resource type.")]


@router.post(
    "/$convert",
    summary="Convert a document, keep nothing",
    openapi_extra=examples.convert_body(),
    responses=examples.BUNDLE,
)
async def convert(request: Request, service: AService, upload: AnyUpload) -> Response:
    """The document as raw body, in a form, or in the parameter `document` of a FHIR Parameters
    resource (valueAttachment or valueString); the answer is the bundle. `type`, `fhirVersion`
    and `profile` are query parameters, or parameters of the resource."""
    form = fhir_form(request)
    if is_fhir(upload):
        upload, form = from_parameters(upload.data, form, service.settings.mappings)
    if is_case(upload.media_type):
        written = await service.run(partial(jobs.write, data=upload.data, form=form))
    else:
        job = partial(jobs.read, source=upload.data, media_type=upload.media_type, form=form)
        written = (await service.run(job)).bundle
    return Response(written.json, media_type=fhir_type(form))


@router.get(
    "/metadata",
    summary="What this server can do",
    openapi_extra=examples.VERSION,
    responses=examples.CAPABILITY,
)
def metadata(request: Request, service: AService) -> Response:
    """The CapabilityStatement, in R4 or R5."""
    form = fhir_form(request)
    body = statement(form.fhir_version, service.settings.base_url)
    return Response(orjson.dumps(body), media_type=fhir_type(form))


@router.post(
    "/Bundle/$validate",
    summary="Check a bundle",
    openapi_extra=examples.bundle_body(),
    responses=examples.OUTCOME,
)
async def validate(request: Request, service: AService) -> Response:
    """Runs the gates that every conversion passes; the answer is an OperationOutcome, also when
    there is nothing to say. The body is the bundle, or Parameters with it as `resource`.
    Without `fhirVersion` the version is recognised."""
    chosen = fhir_form(request)
    said = request.query_params.get("fhirVersion")
    body = parse_object(await request.body(), "body")
    if body.get("resourceType") == "Parameters":
        body = _resource(body)
    version = form_of(request, MediaRange("", {}, 1.0)).fhir_version if said else None
    found = await service.run(partial(jobs.check, data=orjson.dumps(body), fhir_version=version))
    return Response(found, media_type=fhir_type(chosen))


def _resource(parameters: dict[str, Any]) -> dict[str, Any]:
    """The resource in Parameters, or what is there instead, for the gates to refuse."""
    parts = parameters.get("parameter")
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, dict) and isinstance(part.get("resource"), dict):
            found: dict[str, Any] = part["resource"]
            return found
    return parameters


@router.get(
    "/Bundle/{id}",
    summary="Get the bundle of a case",
    openapi_extra=examples.FORM,
    responses=examples.BUNDLE,
)
async def get_bundle(id: FhirId, request: Request, service: AService) -> Response:
    """By the id of the case, or the bundle's own. `type` and `fhirVersion` as elsewhere."""
    form = fhir_form(request)
    try:
        case = await run_in_threadpool(service.store.cases.get, id)
    except NotFound:
        case = await run_in_threadpool(_case_with, service, id)
    bundle = await service.bundle(case, form)
    return Response(bundle.json, media_type=fhir_type(form))


@router.get(
    "/{type}/{id}",
    summary="Get a resource",
    openapi_extra=examples.VERSION,
    responses=examples.RESOURCE,
)
async def get_resource(
    type: FhirType,
    id: FhirId,
    request: Request,
    service: AService,
) -> Response:
    """A resource of a kept case; its references are relative to this server."""
    version = fhir_form(request).fhir_version
    form = BundleForm(version)
    case = await run_in_threadpool(_case_with, service, id)
    bundle = exact.loads((await service.bundle(case, form)).json)
    names = server_names(bundle)
    for entry in bundle.get("entry", ()):
        resource = entry.get("resource", {})
        if resource.get("resourceType") == type and resource.get("id") == id:
            body = rewrite(resource, lambda r: names.get(r, r))
            return Response(exact.dumps(body), media_type=fhir_type(form))
    raise NotFound(f"no such {type}")


def _case_with(service: Service, resource_id: str) -> Any:
    """The case whose bundle holds a resource; NotFound."""
    return service.store.cases.get(service.store.cases.with_resource(resource_id))

"""/cases: documents in, cases, bundles and issues out."""

from __future__ import annotations

import re
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from app.api import examples
from app.api.negotiate import FHIR_JSON, JSON, choose, fhir_type, form_of
from app.api.service import AService, Service
from app.api.upload import AnyUpload
from app.errors import GateError, InputError, UnsupportedMediaType
from app.jobs import CASE_MEDIA_TYPE
from app.store import StoredCase

router = APIRouter(default_response_class=Response, tags=["cases"])

CaseId = Annotated[str, Path(description="Id of a case.", examples=[examples.CASE_ID])]
_ETAG = re.compile(r'"([^"]*)"')


@router.post(
    "/cases",
    status_code=201,
    summary="Read a document and keep its case",
    openapi_extra=examples.document_body(),
    responses=examples.CREATED,
)
async def post_case(request: Request, service: AService, upload: AnyUpload) -> Response:
    """Send the document as the raw body with its media type (text/plain, text/markdown,
    application/xml for JATS, application/json, application/pdf, or that of .docx), as part
    `file` of a form, or a reviewed case as `application/vnd.case2fhir.case+json`. The same
    document posted again gives 200 and the same case. With `Accept: application/fhir+json`
    the answer is the bundle."""
    chosen = choose(request, JSON, CASE_MEDIA_TYPE, FHIR_JSON)
    form = form_of(request, chosen)
    case, created = await service.add(upload, form)
    response = await _as_wanted(request, service, case)
    response.status_code = 201 if created else 200
    response.headers["Location"] = f"/cases/{case.id}"
    return response


@router.get(
    "/cases",
    response_class=JSONResponse,
    summary="List the cases, newest first",
    responses=examples.LISTED,
)
def list_cases(
    service: AService,
    limit: Annotated[int, Query(ge=1, le=1000, description="Most cases of one answer.")] = 100,
    after: Annotated[
        str | None, Query(description="Id of the last case of the answer before.")
    ] = None,
) -> dict[str, Any]:
    """`next` is the address of what follows, null at the end."""
    found = service.store.cases.list(limit + 1, after)
    shown = found[:limit]
    more = f"/cases?limit={limit}&after={shown[-1].id}" if len(found) > limit else None
    cases = [
        {
            "id": c.id,
            "title": c.title,
            "created": c.created,
            "modified": c.modified,
            "version": c.version,
            "url": f"/cases/{c.id}",
        }
        for c in shown
    ]
    return {"cases": cases, "next": more}


@router.get("/cases/{case_id}", summary="Get a case", responses=examples.CASE_RESPONSES)
async def get_case(
    case_id: CaseId,
    request: Request,
    service: AService,
    version: Annotated[int | None, Query(ge=1, description="An earlier version.")] = None,
) -> Response:
    """The case as JSON with its `ETag`, or its bundle with `Accept: application/fhir+json`."""
    case = await run_in_threadpool(service.store.cases.get, case_id, version)
    tags = _ETAG.findall(request.headers.get("if-none-match", ""))
    if case.etag in tags and choose(request, JSON, CASE_MEDIA_TYPE, FHIR_JSON).media_type != (
        FHIR_JSON
    ):
        return Response(status_code=304, headers={"ETag": f'"{case.etag}"'})
    return await _as_wanted(request, service, case)


@router.put(
    "/cases/{case_id}",
    summary="Keep a reviewed case",
    openapi_extra=examples.case_body(),
    responses=examples.PUT,
)
async def put_case(case_id: CaseId, request: Request, service: AService) -> Response:
    """The reviewed case becomes the current version; earlier ones stay (`?version=1`). Send the
    `ETag` that you read as `If-Match`: when somebody else was faster the answer is 412."""
    kind = request.headers.get("content-type", JSON).split(";")[0].strip().lower()
    if kind not in (JSON, CASE_MEDIA_TYPE):
        raise UnsupportedMediaType(f"send the case as {JSON}", place="Content-Type")
    written = request.headers.get("if-match")
    if_match = None
    if written is not None and written.strip() != "*":
        if_match = frozenset(_ETAG.findall(written))
        if not if_match:
            raise InputError('write the entity tag in quotes, "..."', place="If-Match")
    case = await service.review(case_id, await request.body(), if_match)
    return await _as_wanted(request, service, case)


@router.delete(
    "/cases/{case_id}", status_code=204, summary="Delete a case for good", responses=examples.GONE
)
def delete_case(case_id: CaseId, service: AService) -> Response:
    """The case goes with its document, versions, bundles and deliveries. What was delivered to a
    target stays there."""
    service.store.cases.delete(case_id)
    return Response(status_code=204)


@router.get("/cases/{case_id}/document", summary="Get the document", responses=examples.DOCUMENT_OK)
def get_document(case_id: CaseId, service: AService) -> Response:
    """The bytes that came in, unchanged."""
    document = service.store.cases.document(case_id)
    return Response(
        document.data,
        media_type=document.media_type,
        # a document is shown as what it is and never run as a page of this service
        headers={"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"},
    )


@router.get(
    "/cases/{case_id}/bundle",
    summary="Get the bundle",
    openapi_extra=examples.FORM,
    responses=examples.BUNDLE,
)
async def get_bundle(
    case_id: CaseId,
    request: Request,
    service: AService,
) -> Response:
    """The version may also be asked for by `Accept: application/fhir+json; fhirVersion=5.0`."""
    case = await run_in_threadpool(service.store.cases.get, case_id)
    form = form_of(request, choose(request, FHIR_JSON, JSON))
    bundle = await service.bundle(case, form)
    return Response(bundle.json, media_type=fhir_type(form))


@router.get(
    "/cases/{case_id}/issues",
    summary="What was not used",
    openapi_extra=examples.FORM,
    responses=examples.ISSUES,
)
async def get_issues(case_id: CaseId, request: Request, service: AService) -> Response:
    """What of the document did not reach the case or the bundle, each with its place (`span`
    counts code points of the text) and the reason."""
    case = await run_in_threadpool(service.store.cases.get, case_id)
    try:
        bundle = await service.bundle(case, form_of(request, choose(request, JSON)))
        of_bundle = orjson.loads(bundle.issues)
    except GateError as error:
        of_bundle = [issue.as_dict() for issue in error.issues]
    issues = orjson.loads(case.issues) + of_bundle
    return Response(orjson.dumps({"issues": issues}), media_type=JSON)


async def _as_wanted(request: Request, service: Service, case: StoredCase) -> Response:
    """The case as JSON, or as the bundle when the client asked for FHIR."""
    chosen = choose(request, JSON, CASE_MEDIA_TYPE, FHIR_JSON)
    headers = {"ETag": f'"{case.etag}"', "Content-Location": f"/cases/{case.id}"}
    if chosen.media_type == FHIR_JSON:
        form = form_of(request, chosen)
        bundle = await service.bundle(case, form)
        del headers["ETag"]  # it is the case's
        return Response(bundle.json, headers=headers, media_type=fhir_type(form))
    return Response(case.json, headers=headers, media_type=chosen.media_type)

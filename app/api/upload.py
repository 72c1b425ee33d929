"""The body of a request: a document raw, in a form, or inside FHIR Parameters; or a case."""

from __future__ import annotations

import binascii
from base64 import b64decode
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import orjson
from fastapi import Depends, Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from app.api.negotiate import FHIR_JSON, type_of, version_of
from app.errors import EmptyDocument, InputError, MalformedDocument
from app.jobs import BundleForm, type_for

_ANY = ("", "application/octet-stream")
_PARAMETERS = ("document", "type", "fhirVersion", "profile")


class Upload(NamedTuple):
    """What came in. `media_type` None means that the reader has to recognise it."""

    data: bytes
    media_type: str | None


async def read_upload(request: Request) -> Upload:
    """The document (or case) of a request: its body, or the part `file` of its form."""
    content_type = request.headers.get("content-type", "").strip()
    essence = content_type.split(";")[0].strip().lower()
    if essence == "multipart/form-data":
        upload = await _part(request)
    else:
        upload = Upload(await request.body(), None if essence in _ANY else content_type)
    if not upload.data:
        raise EmptyDocument("the body is empty; send the document as the body or as part 'file'")
    return upload


async def _part(request: Request) -> Upload:
    try:
        async with request.form(max_files=1, max_fields=10) as form:
            part = form.get("file")
            if not isinstance(part, UploadFile):
                raise InputError("the form has no file in its part 'file'", place="file")
            kind = (part.content_type or "").strip()
            return Upload(await part.read(), None if kind.lower() in _ANY else kind)
    except HTTPException as error:  # what the form parser could not read
        raise MalformedDocument(f"not a readable form: {error.detail}", place="body") from None


AnyUpload = Annotated[Upload, Depends(read_upload)]


def is_fhir(upload: Upload) -> bool:
    """Whether the body is FHIR Parameters instead of the document itself."""
    essence = (upload.media_type or "").split(";")[0].strip().lower()
    if essence == FHIR_JSON:
        return True
    return essence == "application/json" and parse_object(upload.data, "body").get(
        "resourceType"
    ) == ("Parameters")


def parse_object(data: bytes, place: str) -> dict[str, Any]:
    """A JSON object; MalformedDocument for anything else."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise MalformedDocument(
            f"not valid JSON (line {error.lineno}, column {error.colno})", place=place
        ) from None
    if not isinstance(value, dict):
        raise MalformedDocument("must be a JSON object", place=place)
    return value


def from_parameters(
    data: bytes, form: BundleForm, mappings: Path | None
) -> tuple[Upload, BundleForm]:
    """The document in FHIR Parameters, and the bundle that they ask for.

    Parameter `document` is a valueAttachment (contentType, data), a valueString or a
    valueBase64Binary; `type`, `fhirVersion` and `profile`, as code or string, go before what
    the address and headers say. `mappings` is the user's folder, for the profile's own type.
    """
    body = parse_object(data, "body")
    if body.get("resourceType") != "Parameters":
        raise InputError(
            "send the document with its own media type, or a Parameters resource with a "
            "parameter 'document'",
            place="resourceType",
        )
    found: dict[str, dict[str, Any]] = {}
    parameters = body.get("parameter")
    for part in parameters if isinstance(parameters, list) else []:
        if isinstance(part, dict) and isinstance(part.get("name"), str):
            found[part["name"]] = part
    if found.keys() - set(_PARAMETERS):
        raise InputError(f"known are: {', '.join(_PARAMETERS)}", place="Parameters.parameter")
    if "document" not in found:
        raise InputError("no parameter 'document'", place="Parameters.parameter")
    version = _word(found, "fhirVersion")
    kind, profile = _word(found, "type"), _word(found, "profile")
    if profile is not None and kind is None:
        kind = type_for(profile, mappings)
    return _document(found["document"]), BundleForm(
        version_of(version, "fhirVersion") if version is not None else form.fhir_version,
        type_of(kind) if kind is not None else form.bundle_type,
        profile or form.profile,
    )


def _word(found: dict[str, dict[str, Any]], name: str) -> str | None:
    part = found.get(name)
    if part is None:
        return None
    value = part.get("valueCode", part.get("valueString"))
    if not isinstance(value, str):
        raise InputError("must be a valueCode or valueString", place=name)
    return value


def _document(part: dict[str, Any]) -> Upload:
    match part:
        case {"valueString": str(text)} | {"valueMarkdown": str(text)}:
            kind = "text/plain" if "valueString" in part else "text/markdown"
            try:
                return Upload(text.encode(), f"{kind}; charset=utf-8")
            except UnicodeEncodeError:
                raise InputError("holds half a character pair", place="document") from None
        case {"valueAttachment": {"data": str(encoded), **rest}}:
            kind_given = rest.get("contentType")
            return Upload(_decode(encoded), kind_given if isinstance(kind_given, str) else None)
        case {"valueBase64Binary": str(encoded)}:
            return Upload(_decode(encoded), None)
    raise InputError(
        "must be a valueAttachment with data, a valueString or a valueBase64Binary",
        place="document",
    )


def _decode(encoded: str) -> bytes:
    try:
        return b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise MalformedDocument("is not base64", place="document") from None

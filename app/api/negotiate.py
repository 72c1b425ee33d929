"""What a client wants back: case or FHIR, and which version and type of bundle."""

from __future__ import annotations

from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request

from app.errors import InputError
from app.jobs import BUNDLE_TYPES, CASE_MEDIA_TYPE, BundleForm, type_for

FHIR_JSON = "application/fhir+json"
JSON = "application/json"

_VERSIONS = {"4.0": "4.0", "4.0.1": "4.0", "r4": "4.0", "5.0": "5.0", "5.0.0": "5.0", "r5": "5.0"}
"""Ways to write a FHIR version, and the version meant."""

_FORMATS = ("json", JSON, FHIR_JSON)


class MediaRange(NamedTuple):
    """One alternative of an Accept header."""

    media_type: str
    parameters: dict[str, str]
    quality: float


def accepted(header: str) -> list[MediaRange]:
    """The alternatives of an Accept header, the preferred one first."""
    out = []
    for part in header.split(","):
        media_type, *rest = (p.strip() for p in part.split(";"))
        if not media_type:
            continue
        pairs = (p.partition("=") for p in rest)
        parameters = {k.strip().lower(): v.strip().strip('"') for k, _, v in pairs}
        try:
            quality = float(parameters.pop("q", "1"))
        except ValueError:
            quality = 0.0
        out.append(MediaRange(media_type.lower(), parameters, quality))
    return sorted((r for r in out if r.quality > 0), key=lambda r: -r.quality)


def choose(request: Request, *offers: str) -> MediaRange:
    """The offer that the client likes best (the first one when it does not say); 406 for none."""
    header = ", ".join(request.headers.getlist("accept"))
    if not header.strip():
        return MediaRange(offers[0], {}, 1.0)
    for wanted in accepted(header):
        main, _, sub = wanted.media_type.partition("/")
        for offer in offers:
            if wanted.media_type in ("*/*", offer) or (sub == "*" and offer.startswith(main + "/")):
                return MediaRange(offer, wanted.parameters, wanted.quality)
    raise HTTPException(406, f"this address answers with: {', '.join(offers)}")


def wants_fhir(request: Request) -> bool:
    """Whether errors go back as an OperationOutcome."""
    path = request.url.path
    if path == "/fhir" or path.startswith("/fhir/"):
        return True
    return any(r.media_type == FHIR_JSON for r in accepted(request.headers.get("accept", "")))


def version_of(written: str, place: str) -> str:
    """ "4.0" or "5.0" for a version as clients write it; InputError for another."""
    version = _VERSIONS.get(written.strip().lower())
    if version is None:
        raise InputError("the FHIR version is 4.0 or 5.0", place=place)
    return version


def type_of(written: str, place: str = "type") -> str:
    """A bundle type that can be made; InputError for another."""
    if written not in BUNDLE_TYPES:
        raise InputError(f"the bundle type is one of {', '.join(BUNDLE_TYPES)}", place=place)
    return written


def form_of(request: Request, chosen: MediaRange) -> BundleForm:
    """The bundle that is meant: query parameters first, then the Accept header's fhirVersion."""
    query = request.query_params
    written = query.get("fhirVersion") or chosen.parameters.get("fhirversion") or "4.0"
    profile = query.get("profile") or None
    overlay = request.app.state.service.settings.mappings
    kind = type_of(query.get("type") or type_for(profile, overlay))
    return BundleForm(version_of(written, "fhirVersion"), kind, profile)


def fhir_form(request: Request) -> BundleForm:
    """The form of an answer under /fhir, `_format` included; 406 for what is not JSON."""
    written = request.query_params.get("_format")
    if written is not None:
        essence = written.split(";")[0].strip().lower().replace(" ", "+")
        if essence not in _FORMATS:
            raise HTTPException(406, f"_format is {FHIR_JSON}")
        return form_of(request, MediaRange(FHIR_JSON, {}, 1.0))
    return form_of(request, choose(request, FHIR_JSON, JSON))


def fhir_type(form: BundleForm) -> str:
    """The media type of an answer in FHIR."""
    return f"{FHIR_JSON}; fhirVersion={form.fhir_version}; charset=utf-8"


def is_case(media_type: str | None) -> bool:
    """Whether a body is a case instead of a document."""
    return media_type is not None and media_type.split(";")[0].strip().lower() == CASE_MEDIA_TYPE

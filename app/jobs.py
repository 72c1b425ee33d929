"""What a worker process is asked to do: plain functions of the converter and picklable values.

Cases and bundles travel as JSON bytes, so that a worker's answer is what is stored and sent.
"""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError

from app import exact
from app.errors import InvalidCase, MalformedDocument
from app.issues import Issue
from app.resources import profile_type

if TYPE_CHECKING:
    from app.case.model import Case
    from app.pipeline import Converter

CASE_MEDIA_TYPE = "application/vnd.case2fhir.case+json"
FHIR_VERSIONS = ("4.0", "5.0")
BUNDLE_TYPES = ("collection", "transaction", "document", "batch")


def type_for(profile: str | None, mappings: Path | None) -> str:
    """The type of bundle that is meant when none is named; `mappings` is the user's folder."""
    found = None if profile is None else profile_type(profile, mappings)
    return found if found in BUNDLE_TYPES else BUNDLE_TYPES[0]


@dataclass(frozen=True, slots=True)
class BundleForm:
    """Which bundle of a case is meant."""

    fhir_version: str = "4.0"
    bundle_type: str = "collection"
    profile: str | None = None

    @property
    def kind(self) -> str:
        """The type, and the profile if there is one: what tells kept bundles apart."""
        return f"{self.bundle_type}+{self.profile}" if self.profile else self.bundle_type


@dataclass(frozen=True, slots=True)
class WrittenBundle:
    """A bundle as bytes, and what of the case did not reach it (a JSON array)."""

    json: bytes
    issues: bytes


@dataclass(frozen=True, slots=True)
class ReadCase:
    """A case as JSON with its first bundle. `source` are the bytes of the document it was read
    from, `text_sha256` the hash of its text; `issues` a JSON array from reading."""

    json: bytes
    issues: bytes
    source: bytes
    media_type: str
    text_sha256: str
    title: str | None
    bundle: WrittenBundle


def case_json(case: Case) -> bytes:
    """The case as it is stored and sent: fields without a value are left out."""
    return case.model_dump_json(exclude_none=True).encode()


def _issues_json(issues: tuple[Issue, ...]) -> bytes:
    return orjson.dumps([issue.as_dict() for issue in issues])


def parse_case(data: bytes) -> Case:
    """The case in JSON; InvalidCase names the first field that is wrong, not its content."""
    from app.case.model import Case  # only worker processes load the steps of the conversion

    try:
        return Case.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        if first["type"] == "json_invalid":
            raise MalformedDocument("not valid JSON", place="case") from None
        place = ".".join(str(part) for part in first["loc"]) or "case"
        count = error.error_count()
        more = f" ({count - 1} more)" if count > 1 else ""
        kind = first["type"]
        message = first["msg"] if kind == "value_error" else kind.replace("_", " ")
        raise InvalidCase(f"not a valid case: {message}{more}", place=place) from None


def read(converter: Converter, source: bytes, media_type: str | None, form: BundleForm) -> ReadCase:
    """Read a document: its case, and a bundle of it that has passed the gates."""
    document, case, issues = converter.read(source, media_type=media_type)
    return ReadCase(
        json=case_json(case),
        issues=_issues_json(issues),
        source=source,
        media_type=document.media_type,
        text_sha256=document.sha256,
        title=case.document.title,
        bundle=_write(converter, case, form),
    )


def review(converter: Converter, data: bytes, form: BundleForm) -> ReadCase:
    """Take a case that a reviewer (or another program) wrote instead of a document."""
    case = parse_case(data)
    info = case.document
    source = info.text.encode()
    text_sha256 = hashlib.sha256(source).hexdigest()
    if info.sha256 != text_sha256:
        raise InvalidCase("is not the SHA-256 of document.text", place="document.sha256")
    if info.original is not None:
        try:
            source = b64decode(info.original.data, validate=True)
        except binascii.Error:
            raise InvalidCase("is not base64", place="document.original.data") from None
    return ReadCase(
        json=case_json(case),
        issues=b"[]",
        source=source,
        media_type=info.original.media_type if info.original else info.media_type,
        text_sha256=text_sha256,
        title=info.title,
        bundle=_write(converter, case, form),
    )


def write(converter: Converter, data: bytes, form: BundleForm) -> WrittenBundle:
    """A bundle of a stored case."""
    return _write(converter, parse_case(data), form)


def _write(converter: Converter, case: Case, form: BundleForm) -> WrittenBundle:
    bundle, issues = converter.write(
        case,
        fhir_version=form.fhir_version,
        bundle_type=form.bundle_type,
        profile=form.profile,
    )
    return WrittenBundle(json=exact.dumps(bundle), issues=_issues_json(issues))


def check(_: Converter, data: bytes, fhir_version: str | None) -> bytes:
    """What the gates find in a bundle, as an OperationOutcome in JSON."""
    return orjson.dumps(check_outcome(exact.loads(data), fhir_version))


def check_outcome(bundle: dict[str, Any], fhir_version: str | None) -> dict[str, Any]:
    """What the gates find in a bundle, as an OperationOutcome; it has an issue also when there
    is nothing to say, because FHIR demands one."""
    from app import fhir

    issues: list[dict[str, Any]] = [
        {
            "severity": finding.severity,
            "code": "invalid",
            "details": {"text": finding.message},
            "expression": [finding.path],
        }
        for finding in fhir.check(bundle, fhir_version)
    ]
    if not issues:
        issues = [
            {"severity": "information", "code": "informational", "details": {"text": "valid"}}
        ]
    return {"resourceType": "OperationOutcome", "issue": issues}

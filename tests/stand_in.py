"""A converter that is quick and knows little: for tests of what is around the conversion.

It takes plain text, finds "he" and "she", and writes a Patient and a DocumentReference.
Words of its own make it fail: CRASH ends the process, SLEEP takes long, BUG raises.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from app.case.model import Case, DocumentInfo, Evidence, Patient
from app.errors import EmptyDocument
from app.issues import Issue, IssueKind
from app.pipeline import Conversion
from app.settings import Settings
from app.text import Block, BlockKind, Document, Span


class StandIn:
    """The faces of `app.pipeline.Converter` that the service uses."""

    def read(
        self, source: bytes | str | Path, *, media_type: str | None = None
    ) -> tuple[Document, Case, tuple[Issue, ...]]:
        data = source.read_bytes() if isinstance(source, Path) else source
        text = data if isinstance(data, str) else data.decode()
        if not text.strip():
            raise EmptyDocument("no words")
        if "CRASH" in text:
            os._exit(3)
        if "SLEEP" in text:
            time.sleep(60)
        if "BUG" in text:
            raise ValueError("the secret words of the report")
        document = Document(
            text=text,
            media_type=(media_type or "text/plain").split(";")[0],
            blocks=(Block(BlockKind.CASE, Span(0, len(text))),),
        )
        patients: tuple[Patient, ...] = ()
        issues: tuple[Issue, ...] = ()
        if " she " in text:
            at = text.index(" she ") + 1
            seen = (Evidence(start=at, end=at + 3),)
            patients = (Patient(key="1", sex="female", sex_evidence=seen),)
        else:
            issues = (Issue(IssueKind.NO_PATIENT, "no patient is described"),)
        info = DocumentInfo(text=text, sha256=document.sha256, media_type=document.media_type)
        return document, Case(document=info, patients=patients), issues

    def write(
        self,
        case: Case,
        *,
        fhir_version: str = "4.0",
        bundle_type: str = "collection",
        recorded: object = None,
        profile: str | None = None,
    ) -> tuple[dict[str, Any], tuple[Issue, ...]]:
        def key(name: str) -> str:
            return str(uuid5(NAMESPACE_OID, f"{case.document.sha256} {name}"))

        def identifier(of: str) -> dict[str, str]:
            return {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{of}"}

        document, patient = key("document"), key("patient")
        resources: list[dict[str, Any]] = [
            {
                "resourceType": "DocumentReference",
                "id": document,
                "identifier": [identifier(document)],
                "status": "current",
                "description": case.document.sha256,
                "content": [{"attachment": {"contentType": "text/plain"}}],
            }
        ]
        if case.patients:
            resources[0]["subject"] = {"reference": f"urn:uuid:{patient}"}
            sex = {"gender": case.patients[0].sex} if case.patients[0].sex else {}
            named = {"id": patient, "identifier": [identifier(patient)]}
            resources.append({"resourceType": "Patient", **named, **sex})
        entries: list[dict[str, Any]] = [
            {"fullUrl": f"urn:uuid:{r['id']}", "resource": r} for r in resources
        ]
        if bundle_type in ("transaction", "batch"):
            for entry in entries:
                name = f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
                entry["request"] = {"method": "PUT", "url": name}
        tag: dict[str, Any] = {"tag": [{"system": "urn:test", "code": fhir_version}]}
        if profile is not None:
            tag["profile"] = [f"urn:test:{profile}"]
        bundle = {
            "resourceType": "Bundle",
            "id": key("bundle"),
            "meta": tag,
            "type": bundle_type,
            "entry": entries,
        }
        return bundle, ()

    def convert(
        self,
        source: bytes | str | Path,
        *,
        media_type: str | None = None,
        fhir_version: str = "4.0",
        bundle_type: str = "collection",
        profile: str | None = None,
    ) -> Conversion:
        document, case, issues = self.read(source, media_type=media_type)
        bundle, more = self.write(
            case, fhir_version=fhir_version, bundle_type=bundle_type, profile=profile
        )
        return Conversion(document, case, bundle, issues + more)


def stand_in(settings: Settings) -> StandIn:
    """The factory for worker processes."""
    return StandIn()


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

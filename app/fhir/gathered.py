"""The sources of mapping rules, filled from a case.

Facts are the case's own, with their links made mutual, so that a rule may follow a link from
either side.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from app.case import model
from app.case.model import Case, Coding, Component, Model
from app.fhir.sources import (
    AffiliationSource,
    AuthorshipSource,
    AuthorSource,
    Bytes,
    DocumentSource,
    LaboratorySource,
    PathologySource,
    PatientSource,
    ProcedureSource,
    ProgramSource,
)
from app.fhir.strings import clean

_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(\s*;\s*[\w.-]+=[\w.\"-]+)*")
_EMAIL = re.compile(r"(?:\b[Ee]-?mail\b\s*:?\s*)?\S+@\S+\.\w+")


def _bytes(data: bytes, media_type: str) -> Bytes:
    # SHA-1 because Attachment.hash is defined as it; it guards against accident, not attack.
    digest = hashlib.sha1(data, usedforsecurity=False).digest()
    return Bytes(
        media_type=media_type,
        data=base64.b64encode(data).decode("ascii"),
        hash=base64.b64encode(digest).decode("ascii"),
        size=len(data),
    )


def document_sources(case: Case) -> dict[str, tuple[Model, ...]]:
    """Document, authors, affiliations and program, by source name."""
    info = case.document
    original = None
    if info.original is not None:
        kind = info.original.media_type
        if not _MEDIA_TYPE.fullmatch(kind):
            kind = "application/octet-stream"
        original = _bytes(base64.b64decode(info.original.data), kind)
    document = DocumentSource(
        text=_bytes(info.text.encode("utf-8"), "text/plain; charset=utf-8"),
        original=original if original and original.size else None,
        media_type=info.media_type,
        title=info.title,
        journal=info.journal,
        doi=info.doi,
        licence=info.licence,
        published=info.published if _DATE.fullmatch(info.published or "") else None,
        language=info.language if _LANGUAGE.fullmatch(info.language or "") else None,
        speaks_of_a_patient=bool(case.patients),
    )
    authors, roles = [], []
    shown = {i: clean(_EMAIL.sub("", a)).strip(" ,;") for i, a in enumerate(info.affiliations)}
    for number, a in enumerate(info.authors):
        if not clean(a.name):
            continue
        key = f"author{number + 1}"
        authors.append(AuthorSource(key=key, name=a.name, family=a.family, given=a.given))
        roles += [
            AuthorshipSource(key=f"{key}.{i + 1}", author=key, affiliation=f"affiliation{i + 1}")
            for i in dict.fromkeys(a.affiliations)
            if shown.get(i)
        ]
    affiliations = [AffiliationSource(key=f"affiliation{i + 1}", name=n) for i, n in shown.items()]
    return {
        "document": (document,),
        "author": tuple(authors),
        "affiliation": tuple(a for a in affiliations if a.name),
        "authorship": tuple(roles),
        "program": (ProgramSource(),),
    }


def _distinct(component: Component, codes: tuple[Coding, ...]) -> Component:
    """A component without the codes of its test: with a value on both, FHIR forbids it."""
    taken = {(c.system, c.code) for c in codes}
    kept = tuple(c for c in component.codes if (c.system, c.code) not in taken)
    return component if kept == component.codes else component.model_copy(update={"codes": kept})


def fact_sources(case: Case) -> dict[str, tuple[Model, ...]]:
    """Patients and facts by source name, links made mutual."""
    shown: dict[str, list[str]] = {}
    seen: dict[str, list[str]] = {}
    for study in (*case.imaging, *case.pathology):
        for problem in study.findings:
            shown.setdefault(study.id, []).append(problem)
            seen.setdefault(problem, []).append(study.id)
    for told in case.problems:
        for by in told.seen_in:
            shown.setdefault(by, []).append(told.id)
            seen.setdefault(told.id, []).append(by)
    taken: dict[str, list[str]] = {}
    for pathology in case.pathology:
        if pathology.procedure is not None:
            taken.setdefault(pathology.procedure, []).append(pathology.id)
    sites = {p.id: p.site for p in case.procedures}

    def mutual(own: tuple[str, ...], other: list[str] | None) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*own, *(other or ()))))

    def fields(fact: Model) -> dict[str, Any]:
        return {name: getattr(fact, name) for name in type(fact).model_fields}

    return {
        "patient": tuple(
            PatientSource.model_construct(patient=p.key, **fields(p)) for p in case.patients
        ),
        "problem": tuple(
            p.model_copy(update={"seen_in": mutual(p.seen_in, seen.get(p.id))})
            for p in case.problems
        ),
        "test": tuple(
            t.model_copy(update={"components": tuple(_distinct(c, t.codes) for c in t.components)})
            if t.value is not None
            else t
            for t in case.tests
        ),
        "laboratory": _laboratory(case),
        "imaging": tuple(
            i.model_copy(update={"findings": mutual(i.findings, shown.get(i.id))})
            for i in case.imaging
        ),
        "pathology": tuple(
            PathologySource.model_construct(
                **{**fields(p), "findings": mutual(p.findings, shown.get(p.id))},
                procedure_site=sites.get(p.procedure or "", ()),
            )
            for p in case.pathology
        ),
        "procedure": tuple(
            ProcedureSource.model_construct(pathology=tuple(taken.get(p.id, ())), **fields(p))
            for p in case.procedures
        ),
        "medication": case.medications,
        "family": case.family_history,
        "allergy": case.allergies,
        "social": case.social_history,
        "outcome": case.outcomes,
        "consent": case.consents,
    }


def _laboratory(case: Case) -> tuple[LaboratorySource, ...]:
    """The laboratory results of each patient that has any."""
    out = []
    for patient in case.patients:
        own = [
            test
            for test in case.tests
            if test.patient == patient.key and test.category is model.TestCategory.LABORATORY
        ]
        if own:
            found = LaboratorySource.model_construct(
                key=f"laboratory-{patient.key}",
                patient=patient.key,
                tests=tuple(test.id for test in own),
                evidence=tuple(test.evidence[0] for test in own),
            )
            out.append(found)
    return tuple(out)

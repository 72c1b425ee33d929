"""Patients, their background, outcomes and consents; the document."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from app.case.model.base import (
    Assertion,
    Evidence,
    Fact,
    Key,
    Model,
    Phrase,
    Value,
)


class FamilyHistory(Fact):
    kind: Literal["family"] = "family"
    relation: Phrase | None = None
    assertion: Assertion = Assertion.PRESENT


class Allergy(Fact):
    kind: Literal["allergy"] = "allergy"
    assertion: Assertion = Assertion.PRESENT
    reaction: Phrase | None = None


class SocialHistory(Fact):
    kind: Literal["social"] = "social"
    value: Value | None = None
    assertion: Assertion = Assertion.PRESENT


class OutcomeFact(Fact):
    """How the patient, as a whole, fared."""

    kind: Literal["outcome"] = "outcome"


class Consent(Fact):
    """A consent that the report states. `by` is who gave it."""

    kind: Literal["consent"] = "consent"
    scope: Literal["publication", "treatment", "research"]
    by: Literal["patient", "parent", "relative", "unknown"] = "unknown"
    written: bool | None = None


class Age(Phrase):
    value: Decimal
    unit: Literal["a", "mo", "wk", "d", "h"]


class Patient(Model):
    """One patient of the report."""

    key: Key
    sex: Literal["female", "male"] | None = None
    sex_evidence: tuple[Evidence, ...] = ()
    age: Age | None = None
    deceased: bool | None = None
    deceased_evidence: tuple[Evidence, ...] = ()


class CaseAuthor(Model):
    name: str
    family: str | None = None
    given: str | None = None
    affiliations: tuple[int, ...] = ()


class Original(Model):
    """The bytes that came in, base64, when they are not the text itself."""

    media_type: str
    data: str


class DocumentInfo(Model):
    """The document that the case was read from."""

    text: str
    sha256: str
    media_type: str = "text/plain"
    title: str | None = None
    authors: tuple[CaseAuthor, ...] = ()
    affiliations: tuple[str, ...] = ()
    journal: str | None = None
    doi: str | None = None
    licence: str | None = None
    published: str | None = None
    language: str | None = None
    original: Original | None = None

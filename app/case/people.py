"""Patients, consents, allergies, habits and outcomes."""

from __future__ import annotations

from decimal import Decimal

from app.case.context import Context, evidence, tidy
from app.case.ids import Ids
from app.case.model import (
    Age,
    Allergy,
    Assertion,
    Consent,
    OutcomeFact,
    Patient,
    SocialHistory,
)
from app.case.problems import UNSAID
from app.narrative.mentions import MentionKind
from app.terminology import Domain


def make_patients(context: Context) -> tuple[Patient, ...]:
    """One patient per description; nothing that the text does not say."""
    out: list[Patient] = []
    for found in context.narrative.patients:
        age = None
        if found.age_value is not None and found.age_unit is not None:
            words = context.narrative.document.quote(found.age_spans[0])
            age = Age(
                text=tidy(words),
                evidence=evidence(found.age_spans),
                value=Decimal(found.age_value),
                unit=found.age_unit,
            )
        out.append(
            Patient(
                key=found.key,
                sex=found.sex,
                sex_evidence=evidence(found.sex_spans),
                age=age,
                deceased=found.deceased,
                deceased_evidence=evidence(found.deceased_spans),
            )
        )
    return tuple(out)


def make_consents(context: Context, ids: Ids) -> tuple[Consent, ...]:
    """One fact per consent that the text states and patient that it is said of: a consent that
    names none of several patients is said of all."""
    keys = [p.key for p in context.narrative.patients]
    out: list[Consent] = []
    for found in context.narrative.consents:
        for patient in [found.patient] if found.patient in keys else keys:
            out.append(
                Consent(
                    id=ids.make("consent", patient, found.scope.value, found.by),
                    patient=patient,
                    name=tidy(context.narrative.document.quote(found.span)),
                    evidence=evidence([found.span]),
                    scope=found.scope.value,
                    by=found.by,
                    written=found.written,
                )
            )
    return tuple(out)


def make_allergies(context: Context, ids: Ids) -> tuple[Allergy, ...]:
    """Allergies that the text states or denies; the same one told again is one fact."""
    out: dict[tuple[str, str, str], Allergy] = {}
    for index, mention in enumerate(context.mentions):
        if mention.kind is not MentionKind.ALLERGY or mention.label == "social":
            continue
        patient, words = context.patient(index), context.words(index)
        if patient is None:
            continue
        assertion = Assertion(mention.assertion.presence.value)
        key = (patient, words.lower(), assertion.value)
        spans = evidence([mention.span])
        if key in out:
            spans = (*out[key].evidence, *spans)
            out[key] = out[key].model_copy(update={"evidence": spans})
            continue
        out[key] = Allergy(
            id=ids.make("allergy", *key),
            patient=patient,
            name=words,
            evidence=spans,
            codes=context.codes(words, Domain.DRUG),
            assertion=assertion,
        )
    return tuple(out.values())


def make_social(context: Context, ids: Ids) -> tuple[SocialHistory, ...]:
    """Habits that the text states or denies."""
    out: dict[tuple[str, str], SocialHistory] = {}
    for index, mention in enumerate(context.mentions):
        if mention.kind is not MentionKind.ALLERGY or mention.label != "social":
            continue
        patient, words = context.patient(index), context.words(index)
        if patient is None:
            continue
        key = (patient, words.lower())
        spans = evidence([mention.span])
        if key in out:
            spans = (*out[key].evidence, *spans)
            out[key] = out[key].model_copy(update={"evidence": spans})
            continue
        out[key] = SocialHistory(
            id=ids.make("social", *key),
            patient=patient,
            name=words,
            evidence=spans,
            assertion=Assertion(mention.assertion.presence.value),
        )
    return tuple(out.values())


def make_outcomes(context: Context, ids: Ids, used: set[int]) -> tuple[OutcomeFact, ...]:
    """Outcome words that were not taken up by a problem or a procedure."""
    out: dict[tuple[str, str], OutcomeFact] = {}
    for index, mention in enumerate(context.mentions):
        patient = context.patient(index)
        if mention.kind is not MentionKind.OUTCOME or patient is None or index in used:
            continue
        if mention.assertion.relative is not None or mention.assertion.mode in UNSAID:
            continue
        words = context.words(index)
        key = (patient, words.lower())
        if key in out:
            spans = (*out[key].evidence, *evidence([mention.span]))
            out[key] = out[key].model_copy(update={"evidence": spans})
            continue
        out[key] = OutcomeFact(
            id=ids.make("outcome", *key),
            patient=patient,
            name=words,
            evidence=evidence([mention.span]),
            time=None,
        )
    return tuple(out.values())

"""Patients, consents, allergies, habits and outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from app.case.context import Context, evidence, tidy
from app.case.ids import Ids
from app.case.model import (
    Age,
    Allergy,
    Assertion,
    Consent,
    Evidence,
    OutcomeFact,
    Patient,
    SocialHistory,
)
from app.case.problems import UNSAID
from app.narrative.mentions import Mention, MentionKind
from app.terminology import Domain
from app.text import Span


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


def _told(
    context: Context, wanted: Callable[[int, Mention], bool]
) -> Iterator[tuple[str, str, Assertion, tuple[Evidence, ...]]]:
    """Patient, words, assertion and all places of the wanted mentions; the same words said of
    the same patient in the same sense are one, in the order in which they are first told."""
    found: dict[tuple[str, str, Assertion], tuple[str, list[Span]]] = {}
    for index, mention in enumerate(context.mentions):
        patient = context.patient(index)
        if patient is None or not wanted(index, mention):
            continue
        words = context.words(index)
        key = patient, words.lower(), Assertion(mention.assertion.presence.value)
        found.setdefault(key, (words, []))[1].append(mention.span)
    for (patient, _, assertion), (words, spans) in found.items():
        yield patient, words, assertion, evidence(spans)


def make_allergies(context: Context, ids: Ids) -> tuple[Allergy, ...]:
    """Allergies that the text states or denies."""

    def wanted(_index: int, mention: Mention) -> bool:
        return mention.kind is MentionKind.ALLERGY and mention.label != "social"

    return tuple(
        Allergy(
            id=ids.make("allergy", patient, words, assertion.value),
            patient=patient,
            name=words,
            evidence=spans,
            codes=context.codes(words, Domain.DRUG),
            assertion=assertion,
        )
        for patient, words, assertion, spans in _told(context, wanted)
    )


def make_social(context: Context, ids: Ids) -> tuple[SocialHistory, ...]:
    """Habits that the text states or denies."""

    def wanted(_index: int, mention: Mention) -> bool:
        return mention.kind is MentionKind.ALLERGY and mention.label == "social"

    return tuple(
        SocialHistory(
            id=ids.make("social", patient, words, assertion.value),
            patient=patient,
            name=words,
            evidence=spans,
            assertion=assertion,
        )
        for patient, words, assertion, spans in _told(context, wanted)
    )


def make_outcomes(context: Context, ids: Ids, used: set[int]) -> tuple[OutcomeFact, ...]:
    """Outcome words that were not taken up by a problem or a procedure."""

    def wanted(index: int, mention: Mention) -> bool:
        return (
            mention.kind is MentionKind.OUTCOME
            and index not in used
            and mention.assertion.relative is None
            and mention.assertion.mode not in UNSAID
        )

    return tuple(
        OutcomeFact(
            id=ids.make("outcome", patient, words), patient=patient, name=words, evidence=spans
        )
        for patient, words, _, spans in _told(context, wanted)
    )

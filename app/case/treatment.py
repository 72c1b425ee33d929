"""Procedures and medications."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from app.case.context import Context, evidence, tidy
from app.case.follow_up import phrase_of
from app.case.groups import group
from app.case.ids import Ids
from app.case.model import (
    Medication,
    MedicationStatus,
    Outcome,
    Phrase,
    Procedure,
    ProcedureStatus,
    Value,
)
from app.case.naming import best_name
from app.case.problems import usable
from app.case.values import make_value
from app.narrative.mentions import Assertion, MentionKind, Mode, Presence, RelationKind
from app.terminology import Domain
from app.text import Span

_PROCEDURE_STATUS = {
    Mode.PLANNED: ProcedureStatus.PLANNED,
    Mode.DECLINED: ProcedureStatus.DECLINED,
    Mode.NOT_DONE: ProcedureStatus.NOT_DONE,
}
_MEDICATION_STATUS = {
    Mode.PLANNED: MedicationStatus.PLANNED,
    Mode.DECLINED: MedicationStatus.DECLINED,
    Mode.NOT_DONE: MedicationStatus.NOT_TAKEN,
    Mode.STOPPED: MedicationStatus.STOPPED,
}
_SUCCESS = {"successful": "successful", "partial": "partial", "unsuccessful": "unsuccessful"}


def procedure_status(assertion: Assertion) -> ProcedureStatus:
    """Completed unless the text plans, declines or denies it."""
    if assertion.mode in _PROCEDURE_STATUS:
        return _PROCEDURE_STATUS[assertion.mode]
    if assertion.presence is Presence.ABSENT:
        return ProcedureStatus.NOT_DONE
    return ProcedureStatus.COMPLETED


def medication_status(assertion: Assertion) -> MedicationStatus:
    """Given unless the text stops, plans, declines or denies it."""
    if assertion.mode in _MEDICATION_STATUS:
        return _MEDICATION_STATUS[assertion.mode]
    if assertion.presence is Presence.ABSENT:
        return MedicationStatus.NOT_TAKEN
    return MedicationStatus.GIVEN


def _status_words(context: Context, members: Sequence[int]) -> Phrase | None:
    for index in members:
        cue = context.mentions[index].assertion.cue
        if cue is not None and context.mentions[index].assertion.mode is not Mode.STATED:
            words = tidy(context.narrative.document.quote(cue))
            return Phrase(text=words, evidence=evidence([cue]))
    return None


def procedure_indices(context: Context) -> list[int]:
    """Mentions of treatments, and of diagnostic acts that FHIR calls procedures."""
    return [
        i
        for i, m in enumerate(context.mentions)
        if usable(context, i)
        and (
            m.kind is MentionKind.PROCEDURE
            or (
                m.kind is MentionKind.TEST
                and context.kinds.diagnostic_procedure.search(context.words(i))
                and not context.kinds.pathology.search(context.words(i))
                and not context.kinds.modality(context.words(i))
            )
        )
    ]


def group_procedures(context: Context) -> list[list[int]]:
    """Repeats of a procedure in one patient with one status; another time is another procedure."""
    return _repeats(
        context,
        procedure_indices(context),
        Domain.PROCEDURE,
        procedure_status,
        RelationKind.TIME,
    )


def _repeats(
    context: Context,
    indices: Sequence[int],
    domain: Domain,
    status: Callable[[Assertion], ProcedureStatus | MedicationStatus],
    parting: RelationKind,
) -> list[list[int]]:
    """Repeats of a treatment in one patient with one status; two that say different things of
    the kind `parting` are two."""

    def apart(index: int) -> tuple[str | None, ProcedureStatus | MedicationStatus]:
        return context.patient(index), status(context.mentions[index].assertion)

    def said(index: int) -> set[str]:
        return {context.words(m).lower() for m in context.of(index, parting)}

    def fits(members: list[int], index: int) -> bool:
        mine = said(index)
        theirs = set().union(*(said(m) for m in members))
        return not mine or not theirs or bool(mine & theirs)

    return group(context, indices, domain, apart, fits)


def follow_ups(context: Context, groups: Sequence[Sequence[int]]) -> dict[int, tuple[Span, ...]]:
    """How the patient was seen again, by the mention of the procedure after which."""
    done = {
        i: context.words(i)
        for members in groups
        for i in members
        if procedure_status(context.mentions[i].assertion) is ProcedureStatus.COMPLETED
    }
    return context.kinds.follow_ups.find(context.narrative, done)


def make_procedure(
    context: Context,
    ids: Ids,
    members: Sequence[int],
    problem_of: Mapping[int, str],
    seen_again: Mapping[int, tuple[Span, ...]],
) -> Procedure:
    """One procedure of a group of mentions; `seen_again` is as `follow_ups` gives it."""
    first = members[0]
    patient = context.patient(first) or ""
    name = best_name(context, members, Domain.PROCEDURE)
    status = procedure_status(context.mentions[first].assertion)
    return Procedure(
        id=ids.make("procedure", patient, name.text, status.value),
        patient=patient,
        name=name.text,
        name_evidence=evidence([name.span]),
        evidence=evidence(context.mentions[i].span for i in members),
        codes=name.codes,
        status=status,
        status_words=_status_words(context, members),
        approach=_approach(context, members),
        site=context.sites(members),
        details=context.phrases(members, RelationKind.DETAIL),
        reason=_links(context, members, RelationKind.REASON, problem_of),
        complications=_links(context, members, RelationKind.COMPLICATION, problem_of),
        outcome=_outcome(context, members),
        follow_up=phrase_of(context.text, [s for i in members for s in seen_again.get(i, ())]),
        time=context.first_phrase(members, RelationKind.TIME),
    )


def _links(
    context: Context, members: Sequence[int], kind: RelationKind, fact_of: Mapping[int, str]
) -> tuple[str, ...]:
    found = [fact_of[m] for index in members for m in context.of(index, kind) if m in fact_of]
    return tuple(dict.fromkeys(found))


def _approach(context: Context, members: Sequence[int]) -> Phrase | None:
    text = context.narrative.document.text
    for index in members:
        mention = context.mentions[index]
        sentence = context.narrative.sentences[mention.sentence].span
        end = min(sentence.end, mention.span.end + 30)
        start = max(sentence.start, mention.span.start - 25)
        match = context.kinds.approach.search(text, start, end)
        if match and not Span(*match.span()).overlaps(mention.span):
            return Phrase(text=tidy(match[0]), evidence=evidence([Span(*match.span())]))
    return None


def _outcome(context: Context, members: Sequence[int]) -> Outcome | None:
    for index in members:
        for outcome in context.of(index, RelationKind.OUTCOME):
            label = context.mentions[outcome].label
            phrase = context.phrase(outcome)
            success = _success(label)
            return Outcome(text=phrase.text, evidence=phrase.evidence, success=success)
    return None


def _success(label: str) -> str | None:
    """Only plain words count as success: a problem that is gone after it, or stated success."""
    parts = label.split(":")
    if parts[0] == "general":
        return _SUCCESS.get(parts[1])
    return None


def medication_indices(context: Context) -> list[int]:
    """Mentions of drugs given to, refused by or stopped in the patient."""
    return [
        i
        for i, m in enumerate(context.mentions)
        if m.kind is MentionKind.MEDICATION and usable(context, i)
    ]


def group_medications(context: Context) -> list[list[int]]:
    """Repeats of a drug in one patient with one status; another dose is another statement."""
    return _repeats(
        context, medication_indices(context), Domain.DRUG, medication_status, RelationKind.DOSE
    )


def make_medication(
    context: Context, ids: Ids, members: Sequence[int], problem_of: Mapping[int, str]
) -> Medication:
    """One medication statement of a group of mentions."""
    first = members[0]
    patient = context.patient(first) or ""
    name = best_name(context, members, Domain.DRUG)
    status = medication_status(context.mentions[first].assertion)
    dose, *further = _doses(context, members) or [None]
    return Medication(
        id=ids.make("medication", patient, name.text, status.value, dose.text if dose else None),
        patient=patient,
        name=name.text,
        name_evidence=evidence([name.span]),
        evidence=evidence(context.mentions[i].span for i in members),
        codes=name.codes,
        status=status,
        status_words=_status_words(context, members),
        dose=dose,
        further_doses=tuple(d for d in further if d is not None),
        route=context.first_phrase(members, RelationKind.ROUTE, Domain.QUALIFIER),
        frequency=context.first_phrase(members, RelationKind.FREQUENCY),
        duration=context.first_phrase(members, RelationKind.DURATION),
        reason=_links(context, members, RelationKind.REASON, problem_of),
        time=context.first_phrase(members, RelationKind.TIME),
    )


def _doses(context: Context, members: Sequence[int]) -> list[Value | None]:
    """The doses of a drug: the one nearest to the first mention that has one, then the others in
    the order of the text, the same words once."""
    said = {
        context.mentions[d].span: index
        for index in reversed(members)
        for d in context.of(index, RelationKind.DOSE)
    }
    if not said:
        return []
    first = next(i for i in members if i in said.values())
    drug = context.mentions[first].span
    nearest = min(
        (s for s, index in said.items() if index == first),
        key=lambda s: (max(s.start - drug.end, drug.start - s.end), s),
    )
    out: dict[str, Value] = {}
    for span in [nearest, *sorted(said)]:
        value = make_value(context, span)
        known = out.setdefault(value.text.casefold(), value)
        places = {*known.evidence, *value.evidence}
        out[value.text.casefold()] = known.model_copy(
            update={"evidence": tuple(sorted(places, key=lambda e: (e.start, e.end)))}
        )
    return list(out.values())

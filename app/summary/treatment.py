"""Procedures, medicines and consents in words."""

from __future__ import annotations

from app.case.model import Consent, Medication, MedicationStatus, Procedure, ProcedureStatus
from app.summary.lines import Line, Words, places, sites

_DONE = {
    ProcedureStatus.COMPLETED: "",
    ProcedureStatus.PLANNED: "planned: ",
    ProcedureStatus.DECLINED: "declined: ",
    ProcedureStatus.NOT_DONE: "not done: ",
    ProcedureStatus.UNKNOWN: "done or not, not told: ",
}
_TAKEN = {
    MedicationStatus.GIVEN: "",
    MedicationStatus.STOPPED: "stopped: ",
    MedicationStatus.PLANNED: "planned: ",
    MedicationStatus.DECLINED: "declined: ",
    MedicationStatus.NOT_TAKEN: "not taken: ",
}


def procedure(fact: Procedure, names: dict[str, str]) -> Line:
    """What was done, planned or declined, how, where, why, what came of it and how the patient was
    seen again."""
    words = Words(_DONE[fact.status] + fact.name)
    words.add(fact.approach.text if fact.approach else None)
    words.add(sites(fact.site, fact.name))
    for detail in fact.details:
        words.add(detail.text)
    words.add(fact.time.text if fact.time else None)
    words.add(" and ".join(names[k] for k in fact.reason if k in names), ", ", "for ")
    words.add(
        " and ".join(names[k] for k in fact.complications if k in names), ", ", "complicated by "
    )
    if fact.outcome is not None:
        success = fact.outcome.success
        known = {None: "", "partial": "partly successful: "}.get(success, f"{success}: ")
        words.add(fact.outcome.text, "; ", known if known.strip(": ") != fact.outcome.text else "")
    for seen_again in fact.follow_up:
        words.add(seen_again.text, "; ")
    return Line(words.text, places(fact, fact.outcome, fact.status_words, *fact.follow_up))


def medication(fact: Medication, names: dict[str, str]) -> Line:
    """A medicine with dose, route, frequency, duration, reason."""
    words = Words(_TAKEN[fact.status] + fact.name)
    doses = (fact.dose, *fact.further_doses)
    for part in (*doses, fact.route, fact.frequency, fact.duration, fact.time):
        words.add(part.text if part else None, " " if part is fact.dose else ", ")
    words.add(" and ".join(names[k] for k in fact.reason if k in names), ", ", "for ")
    return Line(words.text, places(fact, fact.dose, *fact.further_doses, fact.status_words))


def consent(fact: Consent) -> Line:
    """A consent: to what, by whom, in writing or not."""
    how = {True: "written ", False: "oral ", None: ""}[fact.written]
    by = f", given by the {fact.by}" if fact.by != "unknown" else ""
    return Line(f"{how}consent to {fact.scope}{by}", places(fact))

"""Problems, family history, allergies and habits in words."""

from __future__ import annotations

from app.case.model import (
    Allergy,
    Assertion,
    Certainty,
    FamilyHistory,
    OutcomeFact,
    Problem,
    SocialHistory,
)
from app.summary.lines import Line, Words, asserted, places, sites


def problem(fact: Problem, names: dict[str, str], *, course: bool = True) -> Line:
    """A problem: whether it is there, how bad, which stage, where, since when, why, its course."""
    name = fact.name
    if fact.severity is not None and fact.severity.text.casefold() not in name.casefold():
        name = f"{fact.severity.text} {name}"
    words = Words(asserted(name, fact.assertion))
    if fact.assertion is Assertion.ABSENT and fact.certainty is Certainty.EXCLUDED:
        words = Words(f"{name}: excluded")
    elif fact.certainty is Certainty.DIFFERENTIAL:
        words.add("differential diagnosis", " (").text += ")"
    words.add(sites(fact.site, fact.name))
    for detail in (*fact.stage, *fact.details):
        words.add(detail.text)
    words.add(fact.onset.text if fact.onset else None, ", ", "onset ")
    words.add(fact.duration.text if fact.duration else None)
    words.add(fact.time.text if fact.time else None)
    causes = [names[k] for k in fact.due_to if k in names]
    words.add(" and ".join(causes), ", ", "due to ")
    if course and fact.course is not None:
        words.add(fact.course.text, ": ")
    return Line(words.text, places(fact, fact.course if course else None))


def family(fact: FamilyHistory) -> Line:
    """A disease of a relative."""
    who = fact.relation.text if fact.relation else "family"
    words = Words(f"{who}: {asserted(fact.name, fact.assertion)}")
    words.add(fact.time.text if fact.time else None)
    return Line(words.text, places(fact, fact.relation))


def allergy(fact: Allergy) -> Line:
    """An allergy, or that there is none."""
    name = fact.name
    if "allerg" not in name.casefold():
        name = f"allergy to {name}"
    words = Words(asserted(name, fact.assertion))
    words.add(fact.reaction.text if fact.reaction else None, ": ")
    return Line(words.text, places(fact, fact.reaction))


def social(fact: SocialHistory) -> Line:
    """A habit, an occupation, a journey."""
    words = Words(asserted(fact.name, fact.assertion))
    words.add(fact.value.text if fact.value else None, ": ")
    words.add(fact.time.text if fact.time else None)
    return Line(words.text, places(fact, fact.value))


def outcome(fact: OutcomeFact) -> Line:
    """How the patient fared."""
    words = Words(fact.name).add(fact.time.text if fact.time else None)
    return Line(words.text, places(fact, fact.time))

"""A case as a clinician would write it down, made of the bundle alone: one statement a line, in
the report's words, and plainly said what is absent, possible, past or planned."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from app.case.model import (
    Assertion,
    Basis,
    Case,
    Patient,
    Problem,
    ProblemCategory,
    Test,
    TestCategory,
)
from app.summary import problems, studies, treatment
from app.summary.lines import Line, Section, first_place
from app.summary.render import render

__all__ = ["Line", "PatientSummary", "Section", "render", "summarise"]


@dataclass(frozen=True, slots=True)
class PatientSummary:
    """One patient: who, and what is told, by section; empty sections are left out."""

    who: Line
    sections: tuple[Section, ...]


def summarise(case: Case) -> tuple[PatientSummary, ...]:
    """The summaries of all patients of a case, in its order."""
    return tuple(_Telling(case, p).summary() for p in case.patients)


_UNITS = {"a": "year", "mo": "month", "wk": "week", "d": "day", "h": "hour"}
_ADULT = 18


def who(patient: Patient) -> Line:
    """Age and sex in a few words."""
    age = patient.age
    adult = age is None or (age.unit == "a" and age.value >= _ADULT)
    nouns = {"female": ("woman", "girl"), "male": ("man", "boy"), None: ("person", "child")}
    noun = nouns[patient.sex][0 if adult else 1]
    words = f"{age.value.normalize():f}-{_UNITS[age.unit]}-old {noun}" if age else noun
    places = (*(age.evidence[:1] if age else ()), *patient.sex_evidence[:1])
    if patient.deceased is not None:
        words += ", died" if patient.deceased else ", alive"
        places += patient.deceased_evidence[:1]
    if patient.sex is None:
        words += ", sex not told"
    return Line(words if age else f"{words}, age not told", places)


class _Telling:
    """One patient's facts on their way to sections."""

    def __init__(self, case: Case, patient: Patient) -> None:
        self.case = case
        self.patient = patient
        self.names = {f.id: f.name for f in case.facts()}
        self.problems = {p.id: p for p in self._own(case.problems)}
        studied = (*self._own(case.imaging), *self._own(case.pathology))
        self.shown = {k for study in studied for k in study.findings}

    def _own(self, facts: Iterable[Any]) -> list[Any]:
        return [f for f in facts if f.patient == self.patient.key]

    def summary(self) -> PatientSummary:
        """All sections that have lines."""
        case = self.case
        sections = [
            Section("History", self._history()),
            Section("Diagnoses", self._some(self._is_diagnosis)),
            Section("Presentation", self._some(self._is_symptom)),
            Section("Examination", self._examination()),
            Section("Other findings", self._some(self._is_finding)),
            Section("Laboratory", self._tests(_is_laboratory), studies.COLUMNS),
            Section("Laboratory findings", self._found(Basis.LABORATORY)),
            Section("Other results", self._tests(_is_of_no_category), studies.COLUMNS),
            Section("Other tests", self._without_result()),
            Section("Imaging", self._imaging()),
            Section("Pathology", self._pathology()),
            Section("Procedures", self._procedures()),
            Section("Seen in procedures", self._found(Basis.PROCEDURE)),
            Section(
                "Treatment",
                _lines(treatment.medication(m, self.names) for m in self._own(case.medications)),
            ),
            Section("Course and outcome", self._course()),
            Section("Consent", _lines(map(treatment.consent, self._own(case.consents)))),
        ]
        return PatientSummary(who(self.patient), tuple(s for s in sections if s.lines))

    def _some(self, fits: Callable[[Problem], bool]) -> tuple[Line, ...]:
        """Problems that fit, those that are there first."""
        chosen = [p for p in self.problems.values() if fits(p)]
        present = [p for p in chosen if p.assertion is not Assertion.ABSENT]
        absent = [p for p in chosen if p.assertion is Assertion.ABSENT]
        told = (
            _lines(problems.problem(p, self.names, course=False) for p in of)
            for of in (present, absent)
        )
        return tuple(line for lines in told for line in lines)

    def _is_diagnosis(self, fact: Problem) -> bool:
        return (
            self._is_here(fact)
            and fact.category is ProblemCategory.DIAGNOSIS
            and not self._was_looked_for(fact)
        )

    def _is_symptom(self, fact: Problem) -> bool:
        return (
            self._is_here(fact)
            and fact.category is ProblemCategory.SYMPTOM
            and fact.basis is not Basis.EXAM
        )

    def _is_finding(self, fact: Problem) -> bool:
        """Whether it is a finding of which the text does not say by what it was found."""
        return (
            self._is_here(fact) and fact.basis is None and fact.category is ProblemCategory.FINDING
        )

    def _was_looked_for(self, fact: Problem) -> bool:
        """Whether an examination did not show it: that excludes no disease."""
        return fact.assertion is Assertion.ABSENT and fact.basis is not None

    def _is_here(self, fact: Problem) -> bool:
        """Whether a problem is of the present, and no study tells it."""
        return not fact.history and fact.id not in self.shown

    def _history(self) -> tuple[Line, ...]:
        past = [problems.problem(p, self.names) for p in self.problems.values() if p.history]
        told = (
            past,
            map(problems.family, self._own(self.case.family_history)),
            map(problems.allergy, self._own(self.case.allergies)),
            map(problems.social, self._own(self.case.social_history)),
        )
        return tuple(line for lines in told for line in _lines(lines))

    def _examination(self) -> tuple[Line, ...]:
        tests = self._tests(lambda t: t.category in (TestCategory.VITAL_SIGNS, TestCategory.EXAM))
        rows = tuple(Line(t.text, t.places) for t in tests)
        found = self._some(
            lambda p: (
                self._is_here(p)
                and p.basis is Basis.EXAM
                and (p.category is not ProblemCategory.DIAGNOSIS or self._was_looked_for(p))
            )
        )
        return (*rows, *found)

    def _found(self, basis: Basis) -> tuple[Line, ...]:
        """Findings of a kind of examination that no study of the case tells."""
        return self._some(
            lambda p: (
                self._is_here(p)
                and p.basis is basis
                and (p.category is not ProblemCategory.DIAGNOSIS or self._was_looked_for(p))
            )
        )

    def _tests(self, fits: Callable[[Test], bool]) -> tuple[Line, ...]:
        own = (t for t in self._own(self.case.tests) if studies.has_result(t))
        return _lines(studies.test(t) for t in own if fits(t))

    def _without_result(self) -> tuple[Line, ...]:
        own = (t for t in self._own(self.case.tests) if not studies.has_result(t))
        return studies.done(sorted(own, key=lambda t: t.evidence[0].start))

    def _plain_tests(self, category: TestCategory) -> tuple[Line, ...]:
        rows = self._tests(lambda t: t.category is category)
        return tuple(Line(t.text, t.places) for t in rows)

    def _imaging(self) -> tuple[Line, ...]:
        found = (
            studies.imaging(i, self.problems, self.names) for i in self._own(self.case.imaging)
        )
        rows = self._plain_tests(TestCategory.IMAGING)
        return (*_lines(found), *rows, *self._found(Basis.IMAGING))

    def _pathology(self) -> tuple[Line, ...]:
        found = (
            studies.pathology(p, self.problems, self.names) for p in self._own(self.case.pathology)
        )
        return (*_lines(found), *self._found(Basis.PATHOLOGY))

    def _procedures(self) -> tuple[Line, ...]:
        done = (treatment.procedure(p, self.names) for p in self._own(self.case.procedures))
        rows = self._plain_tests(TestCategory.PROCEDURE)
        return (*_lines(done), *rows)

    def _course(self) -> tuple[Line, ...]:
        went = [
            Line(f"{p.name}: {p.course.text}", p.course.evidence[:1])
            for p in self.problems.values()
            if p.course is not None and not p.history
        ]
        return _lines((*went, *map(problems.outcome, self._own(self.case.outcomes))))


def _is_laboratory(test: Test) -> bool:
    return test.category is TestCategory.LABORATORY


def _is_of_no_category(test: Test) -> bool:
    return test.category is None


def _lines(found: Iterable[Line]) -> tuple[Line, ...]:
    """Lines in the order of the text, the same one once."""
    lines = sorted(found, key=first_place)
    return tuple({(line.text, line.under): line for line in lines}.values())

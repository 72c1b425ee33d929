"""Problems, tests and the studies that show them."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from app.case.model.base import (
    Assertion,
    Certainty,
    Coding,
    Course,
    Evidence,
    Fact,
    Key,
    Model,
    Phrase,
    Site,
    Value,
)


class ProblemCategory(StrEnum):
    """A diagnosis or symptom becomes a Condition, a finding an Observation."""

    DIAGNOSIS = "diagnosis"
    SYMPTOM = "symptom"
    FINDING = "finding"


class Basis(StrEnum):
    """By what a finding was found."""

    EXAM = "exam"
    IMAGING = "imaging"
    PATHOLOGY = "pathology"
    LABORATORY = "laboratory"
    PROCEDURE = "procedure"


class Stage(Phrase):
    """How far a disease has gone, or its grade, by a classification ("stage IIIA", "pT2N0M0").

    `by` is how it was found when the words say it: on examination, or under the microscope.
    """

    by: Literal["clinical", "pathological"] | None = None


class Problem(Fact):
    kind: Literal["problem"] = "problem"
    category: ProblemCategory = ProblemCategory.SYMPTOM
    assertion: Assertion = Assertion.PRESENT
    assertion_words: Phrase | None = Field(
        default=None, description="The words that say that it is not there."
    )
    certainty: Certainty = Certainty.STATED
    history: bool = Field(default=False, description="Belongs to the past history.")
    lasting: bool = Field(
        default=False,
        description="A disease that does not end by itself: a history of it is still there.",
    )
    basis: Basis | None = None
    site: tuple[Site, ...] = ()
    severity: Phrase | None = None
    stage: tuple[Stage, ...] = ()
    details: tuple[Phrase, ...] = Field(
        default=(), description="What else is said of it: size, colour, type."
    )
    onset: Phrase | None = None
    duration: Phrase | None = None
    course: Course | None = None
    seen_in: tuple[Key, ...] = Field(
        default=(), description="Ids of the imaging, pathology or procedure that showed it."
    )
    due_to: tuple[Key, ...] = Field(default=(), description="Ids of the problems that caused it.")


class TestCategory(StrEnum):
    __test__ = False  # not a test of pytest's

    LABORATORY = "laboratory"
    VITAL_SIGNS = "vital-signs"
    EXAM = "exam"
    PROCEDURE = "procedure"
    IMAGING = "imaging"


class Interpretation(StrEnum):
    HIGH = "H"
    LOW = "L"
    NORMAL = "N"
    ABNORMAL = "A"
    POSITIVE = "POS"
    NEGATIVE = "NEG"


class InterpretationPhrase(Phrase):
    code: Interpretation


class Component(Model):
    """A part of a result with a name of its own: systolic pressure, a staining pattern, a titre."""

    name: str
    evidence: tuple[Evidence, ...] = ()
    codes: tuple[Coding, ...] = ()
    value: Value


class Performed(StrEnum):
    """Whether a test took place."""

    DONE = "done"
    PLANNED = "planned"
    DECLINED = "declined"
    NOT_DONE = "not-done"


class Test(Fact):
    """A laboratory test, vital sign, measurement or examination with what came out."""

    __test__ = False  # not a test of pytest's

    kind: Literal["test"] = "test"
    category: TestCategory | None = None
    assertion: Assertion = Assertion.PRESENT
    assertion_words: Phrase | None = Field(
        default=None, description="The words that say that what was looked for is not there."
    )
    performed: Performed = Performed.DONE
    value: Value | None = None
    interpretation: tuple[InterpretationPhrase, ...] = ()
    reference_range: Value | None = None
    components: tuple[Component, ...] = ()
    specimen: Phrase | None = None
    site: tuple[Site, ...] = ()


class Study(Fact):
    """An examination that yields a report: what imaging and pathology have in common."""

    findings: tuple[Key, ...] = Field(default=(), description="Ids of the problems it showed.")
    conclusion: Phrase | None = None
    reason: tuple[Key, ...] = ()
    planned: bool = False


class Imaging(Study):
    kind: Literal["imaging"] = "imaging"
    modality: tuple[Phrase, ...] = ()
    site: tuple[Site, ...] = ()
    contrast: Phrase | None = None
    plane: tuple[Phrase, ...] = ()


class Pathology(Study):
    """The examination of a specimen; `procedure` is the id of what yielded the specimen."""

    kind: Literal["pathology"] = "pathology"
    specimen: Phrase | None = None
    procedure: Key | None = None


class ProcedureStatus(StrEnum):
    COMPLETED = "completed"
    PLANNED = "planned"
    DECLINED = "declined"
    NOT_DONE = "not-done"
    UNKNOWN = "unknown"


class Outcome(Phrase):
    success: Literal["successful", "unsuccessful", "partial"] | None = None


class Procedure(Fact):
    kind: Literal["procedure"] = "procedure"
    status: ProcedureStatus = ProcedureStatus.COMPLETED
    status_words: Phrase | None = Field(
        default=None, description="The words that say it was declined, planned or not done."
    )
    approach: Phrase | None = None
    site: tuple[Site, ...] = ()
    details: tuple[Phrase, ...] = ()
    reason: tuple[Key, ...] = Field(default=(), description="Ids of the problems it was for.")
    complications: tuple[Key, ...] = ()
    outcome: Outcome | None = None
    follow_up: tuple[Phrase, ...] = Field(
        default=(), description="How the patient was seen again after it."
    )


class MedicationStatus(StrEnum):
    GIVEN = "given"
    STOPPED = "stopped"
    PLANNED = "planned"
    DECLINED = "declined"
    NOT_TAKEN = "not-taken"


class Medication(Fact):
    kind: Literal["medication"] = "medication"
    status: MedicationStatus = MedicationStatus.GIVEN
    status_words: Phrase | None = None
    dose: Value | None = None
    further_doses: tuple[Value, ...] = Field(
        default=(), description="Other doses of it that were given, in the order of the text."
    )
    route: Phrase | None = None
    frequency: Phrase | None = None
    duration: Phrase | None = None
    reason: tuple[Key, ...] = ()

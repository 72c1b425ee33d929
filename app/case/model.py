"""The case: what a report says of its patients, as a reviewer reads and corrects it.

The case is the pivot between reading and writing. It is complete in itself: it holds the
text that its evidence points into, so a bundle is made from a case and nothing else.
Its JSON Schema is published (`case2fhir schema case`, `GET /schemas/case`).
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

CASE_VERSION = "1"

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$")]


class Model(BaseModel):
    """Immutable, and strict about unknown fields: a misspelt field is an error, not a loss."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(Model):
    """Where in the text the words stand: code points, half-open."""

    start: int = Field(ge=0)
    end: int = Field(gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> Evidence:
        if self.end <= self.start:
            raise ValueError("end must be greater than start")
        return self


class Coding(Model):
    """A code of a code system, with the system's own display."""

    system: str
    code: str
    display: str | None = None
    version: str | None = None


class Phrase(Model):
    """Something said in words: the words, where they stand, and codes when they are certain."""

    text: str
    evidence: tuple[Evidence, ...] = ()
    codes: tuple[Coding, ...] = ()


class Comparator(StrEnum):
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER_OR_EQUAL = ">="
    GREATER = ">"


class Quantity(Model):
    """A number and its unit. `unit` as printed, `code` in UCUM when it is known."""

    value: Decimal
    comparator: Comparator | None = None
    unit: str | None = None
    code: str | None = None


class Value(Phrase):
    """The result of a test. At most one of the structured forms; `text` always holds the words.

    `codes` code a word result (positive, negative, normal).
    """

    quantity: Quantity | None = None
    low: Quantity | None = None
    high: Quantity | None = None
    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Assertion(StrEnum):
    PRESENT = "present"
    ABSENT = "absent"
    POSSIBLE = "possible"


class Certainty(StrEnum):
    """Why a problem is absent or possible."""

    STATED = "stated"
    PROVISIONAL = "provisional"
    DIFFERENTIAL = "differential"
    EXCLUDED = "excluded"


class CourseCode(StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"
    RESOLVED = "resolved"
    REMISSION = "remission"
    RECURRENCE = "recurrence"
    IMPROVED = "improved"
    WORSENED = "worsened"


class Course(Phrase):
    """How a problem went, in words and in one of a few codes."""

    code: CourseCode


class Laterality(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    BILATERAL = "bilateral"


class Site(Phrase):
    """Where in the body; `laterality` when the words say it."""

    laterality: Laterality | None = None


class Fact(Model):
    """What every fact has.

    `id` is unique in the case and made of what the fact says, not of its place.
    `name` is the thing in the text's words, as fully as they stand together somewhere, and
    `name_evidence` where; `evidence` is every place where it is named.
    `time` is when, in the text's words ("three weeks before admission").
    """

    id: Key
    patient: Key
    name: str
    name_evidence: tuple[Evidence, ...] = ()
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    codes: tuple[Coding, ...] = ()
    time: Phrase | None = None


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


class Problem(Fact):
    kind: Literal["problem"] = "problem"
    category: ProblemCategory = ProblemCategory.SYMPTOM
    assertion: Assertion = Assertion.PRESENT
    certainty: Certainty = Certainty.STATED
    history: bool = Field(default=False, description="Belongs to the past history.")
    lasting: bool = Field(
        default=False,
        description="A disease that does not end by itself: a history of it is still there.",
    )
    basis: Basis | None = None
    site: tuple[Site, ...] = ()
    severity: Phrase | None = None
    details: tuple[Phrase, ...] = Field(
        default=(), description="What else is said of it: size, colour, type, stage."
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


class Test(Fact):
    """A laboratory test, vital sign, measurement or examination with what came out."""

    __test__ = False  # not a test of pytest's

    kind: Literal["test"] = "test"
    category: TestCategory | None = None
    assertion: Assertion = Assertion.PRESENT
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
    route: Phrase | None = None
    frequency: Phrase | None = None
    duration: Phrase | None = None
    reason: tuple[Key, ...] = ()


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


AnyFact = (
    Problem
    | Test
    | Imaging
    | Pathology
    | Procedure
    | Medication
    | FamilyHistory
    | Allergy
    | SocialHistory
    | OutcomeFact
    | Consent
)


class Case(Model):
    """Everything a report says of its patients."""

    version: Literal["1"] = "1"
    document: DocumentInfo
    patients: tuple[Patient, ...] = ()
    problems: tuple[Problem, ...] = ()
    tests: tuple[Test, ...] = ()
    imaging: tuple[Imaging, ...] = ()
    pathology: tuple[Pathology, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    medications: tuple[Medication, ...] = ()
    family_history: tuple[FamilyHistory, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    social_history: tuple[SocialHistory, ...] = ()
    outcomes: tuple[OutcomeFact, ...] = ()
    consents: tuple[Consent, ...] = ()

    def facts(self) -> tuple[AnyFact, ...]:
        """All facts, kind by kind, in the order in which the case holds them."""
        return (
            *self.problems,
            *self.tests,
            *self.imaging,
            *self.pathology,
            *self.procedures,
            *self.medications,
            *self.family_history,
            *self.allergies,
            *self.social_history,
            *self.outcomes,
            *self.consents,
        )

    @model_validator(mode="after")
    def _consistent(self) -> Case:
        """Ids are unique, links point at facts that are there, evidence lies in the text."""
        facts = self.facts()
        ids = [f.id for f in facts]
        if len(ids) != len(set(ids)):
            twice = sorted({i for i in ids if ids.count(i) > 1})
            raise ValueError(f"fact ids must be unique; used twice: {', '.join(twice)}")
        patients = {p.key for p in self.patients}
        if len(patients) != len(self.patients):
            raise ValueError("patient keys must be unique")
        known = set(ids)
        for fact in facts:
            if fact.patient not in patients:
                raise ValueError(f"fact {fact.id}: no patient {fact.patient!r} in this case")
            for name in ("seen_in", "due_to", "findings", "reason", "complications"):
                for target in getattr(fact, name, ()):
                    if target not in known:
                        raise ValueError(f"fact {fact.id}: {name} points at no fact: {target!r}")
        length = len(self.document.text)
        if length:
            for path, place in places(self, "case"):
                if place.end > length:
                    raise ValueError(f"{path}: evidence ends at {place.end}, the text at {length}")
        return self


def places(node: Model, path: str) -> list[tuple[str, Evidence]]:
    """Every place in the text that a part of a case names, each with its path."""
    out: list[tuple[str, Evidence]] = []
    _collect(node, path, out)
    return out


def _collect(node: Any, path: str, out: list[tuple[str, Evidence]]) -> None:
    if isinstance(node, Evidence):
        out.append((path, node))
    elif isinstance(node, tuple):
        for index, child in enumerate(node):
            _collect(child, f"{path}[{index}]", out)
    elif isinstance(node, Model):
        for name in _fields_with_places(type(node)):
            child = getattr(node, name)
            if child:
                _collect(child, f"{path}.{name}", out)


@cache
def _fields_with_places(kind: type[Model]) -> tuple[str, ...]:
    """The fields of a model that may hold evidence, themselves or further down."""
    return tuple(n for n, f in kind.model_fields.items() if _has_places(f.annotation))


def _has_places(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation is Evidence or bool(_fields_with_places(annotation))
    return any(_has_places(part) for part in get_args(annotation))

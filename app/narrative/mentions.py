"""What the narrative step finds: sentences, mentions, relations between them.

A mention is words that name something. Which patient it is said of, and whether it is
there, is decided here (`subject`, `assertion`); what several mentions amount to is
decided in the case step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from app.text import Block, Document, Span


class MentionKind(StrEnum):
    """What a mention names. The upper half are heads, which become facts; the lower half
    are modifiers, which say something of a head."""

    DISEASE = "disease"
    SYMPTOM = "symptom"
    TEST = "test"
    PROCEDURE = "procedure"
    MEDICATION = "medication"
    HISTORY = "history"
    FAMILY = "family"
    ALLERGY = "allergy"
    EVENT = "event"
    OUTCOME = "outcome"
    COREFERENCE = "coreference"

    VALUE = "value"
    SITE = "site"
    SEVERITY = "severity"
    DETAIL = "detail"
    DOSE = "dose"
    ROUTE = "route"
    FREQUENCY = "frequency"
    DURATION = "duration"
    TIME = "time"
    AGE = "age"
    SEX = "sex"
    PERSON = "person"
    PLACE = "place"


HEADS = frozenset(
    {
        MentionKind.DISEASE,
        MentionKind.SYMPTOM,
        MentionKind.TEST,
        MentionKind.PROCEDURE,
        MentionKind.MEDICATION,
        MentionKind.HISTORY,
        MentionKind.FAMILY,
        MentionKind.ALLERGY,
        MentionKind.OUTCOME,
    }
)


DEGREE = "degree"  # label of an adverb that says how far the act right behind it went


class Presence(StrEnum):
    """Whether the thing is there, as the text has it."""

    PRESENT = "present"
    ABSENT = "absent"
    POSSIBLE = "possible"


class Mode(StrEnum):
    """How an absent or possible thing is meant, or whether an act took place."""

    STATED = "stated"
    DIFFERENTIAL = "differential"
    EXCLUDED = "excluded"
    PLANNED = "planned"
    DECLINED = "declined"
    NOT_DONE = "not-done"
    STOPPED = "stopped"
    HYPOTHETICAL = "hypothetical"
    GENERAL = "general"


@dataclass(frozen=True, slots=True)
class Assertion:
    """What is asserted of a mention.

    `cue` is the span of the words that decided it, if any did; `past` says that it
    belongs to the history before the present illness; `relative` names the relation
    when it is said of a family member ("mother"), as printed.
    """

    presence: Presence = Presence.PRESENT
    mode: Mode = Mode.STATED
    past: bool = False
    relative: str | None = None
    cue: Span | None = None


class Subject(StrEnum):
    """Of whom a sentence speaks."""

    PATIENT = "patient"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or sign; `span` counts code points of the document."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, the block it stands in and whose it is.

    `patient` is the key of the patient it speaks of ("p1", "p2"); None for background.
    `reason` is the name of the rule that decided, for the reader of `Conversion.issues`.
    """

    span: Span
    tokens: tuple[Token, ...]
    block: Block
    subject: Subject = Subject.PATIENT
    patient: str | None = "p1"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """Words that name something. `sentence` indexes `Narrative.sentences`.

    `label` is the spotter's or vocabulary's own finer label, kept for the rules.
    """

    kind: MentionKind
    span: Span
    sentence: int
    assertion: Assertion = field(default_factory=Assertion)
    label: str = ""


class RelationKind(StrEnum):
    """What the second mention is to the first."""

    VALUE = "value"
    SITE = "site"
    SEVERITY = "severity"
    DETAIL = "detail"
    DOSE = "dose"
    ROUTE = "route"
    FREQUENCY = "frequency"
    DURATION = "duration"
    TIME = "time"
    SEEN_IN = "seen-in"
    CAUSE = "cause"
    REASON = "reason"
    OUTCOME = "outcome"
    COMPLICATION = "complication"
    SAME = "same"
    PART = "part"


@dataclass(frozen=True, slots=True)
class Relation:
    """`head` and `modifier` index `Narrative.mentions`."""

    kind: RelationKind
    head: int
    modifier: int


@dataclass(frozen=True, slots=True)
class PatientDescription:
    """Who a patient is, as the text has it. Ages are as written: 23 days stay 23 d (UCUM)."""

    key: str
    sex: str | None = None
    sex_spans: tuple[Span, ...] = ()
    age_value: str | None = None
    age_unit: str | None = None
    age_spans: tuple[Span, ...] = ()
    deceased: bool | None = None
    deceased_spans: tuple[Span, ...] = ()


class ConsentScope(StrEnum):
    PUBLICATION = "publication"
    TREATMENT = "treatment"
    RESEARCH = "research"


@dataclass(frozen=True, slots=True)
class ConsentStatement:
    """A consent that the text states. `by` is "patient", "parent", "relative" or "unknown"."""

    scope: ConsentScope
    by: str
    written: bool | None
    span: Span
    patient: str | None = None


@dataclass(frozen=True)
class Narrative:
    """Everything found in one document. Mentions are in the order of the text."""

    document: Document
    sentences: tuple[Sentence, ...]
    mentions: tuple[Mention, ...]
    relations: tuple[Relation, ...]
    patients: tuple[PatientDescription, ...]
    consents: tuple[ConsentStatement, ...]

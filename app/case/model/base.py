"""What facts are made of: evidence, codes, phrases, values, sites."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

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

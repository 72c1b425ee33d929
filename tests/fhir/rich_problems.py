"""The problems of the rich case."""

from __future__ import annotations

from app.case.model import (
    Assertion,
    Basis,
    Certainty,
    Coding,
    Course,
    CourseCode,
    Laterality,
    Phrase,
    Problem,
    ProblemCategory,
    Stage,
)
from tests.fhir.report import KIDNEY, SCT, ev, fact, phrase, site


def problems() -> tuple[Problem, ...]:
    """Every category, assertion, certainty, basis and link."""
    return (
        Problem(**fact("gout", "gout"), category=ProblemCategory.DIAGNOSIS, history=True),
        Problem(
            **fact("flank pain", "pain", time=phrase("on admission")),
            severity=phrase("severe", Coding(system=SCT, code="24484000", display="Severe")),
            duration=phrase("for three weeks"),
            onset=phrase("on holiday"),
            due_to=("tumour",),
            site=(site("left flank", laterality=Laterality.LEFT),),
        ),
        Problem(
            **fact("fever", "fever", codes=(Coding(system=SCT, code="386661006"),)),
            assertion=Assertion.ABSENT,
        ),
        Problem(
            **fact("mass", "mass", time=phrase("On examination")),
            category=ProblemCategory.FINDING,
            basis=Basis.EXAM,
            severity=phrase("mild"),
            details=(phrase("firm"), phrase("4 cm")),
            stage=(Stage(text="grade 2", evidence=ev("grade 2"), by="clinical"),),
            site=(site("left flank", laterality=Laterality.LEFT), site("abdomen")),
            duration=phrase("three weeks"),
            onset=phrase("on holiday"),
            course=Course(text="good health", evidence=ev("good health"), code=CourseCode.IMPROVED),
            history=True,
        ),
        Problem(
            **fact("ascites", "ascites"),
            category=ProblemCategory.FINDING,
            assertion=Assertion.POSSIBLE,
        ),
        Problem(
            **fact("jaundice", "jaundice"),
            category=ProblemCategory.FINDING,
            assertion=Assertion.ABSENT,
            assertion_words=Phrase(text="no", evidence=ev("no", 1)),
            basis=Basis.EXAM,
        ),
        Problem(
            **fact("heterogeneous lesion", "lesion"),
            category=ProblemCategory.FINDING,
            basis=Basis.IMAGING,
            seen_in=("ct", "nephrectomy"),
            stage=(Stage(text="category 4", evidence=ev("category 4")),),
        ),
        Problem(
            **fact("tumour", "tumour"),
            category=ProblemCategory.DIAGNOSIS,
            details=(phrase("rare"),),
            stage=(
                Stage(text="pT1bN0M0", evidence=ev("pT1bN0M0"), by="pathological"),
                Stage(
                    text="stage II",
                    evidence=ev("stage II"),
                    codes=(Coding(system=SCT, code="258219007", display="Stage 2"),),
                ),
            ),
            site=(site("left kidney", KIDNEY, laterality=Laterality.LEFT),),
            seen_in=("path", "ct"),
        ),
        Problem(
            **fact("Pheochromocytoma", "pheo"),
            category=ProblemCategory.DIAGNOSIS,
            assertion=Assertion.ABSENT,
            assertion_words=phrase("ruled out"),
            certainty=Certainty.EXCLUDED,
        ),
        Problem(
            **fact("lymphoma", "lymphoma"),
            category=ProblemCategory.DIAGNOSIS,
            assertion=Assertion.POSSIBLE,
            certainty=Certainty.DIFFERENTIAL,
        ),
        Problem(
            **fact("pyelonephritis", "pyelo"),
            category=ProblemCategory.DIAGNOSIS,
            assertion=Assertion.POSSIBLE,
            certainty=Certainty.PROVISIONAL,
        ),
        Problem(
            **fact("Anaemia", "anaemia"),
            category=ProblemCategory.DIAGNOSIS,
            due_to=("tumour", "lesion"),
            course=Course(text="resolved", evidence=ev("resolved"), code=CourseCode.RESOLVED),
        ),
        Problem(
            **fact("clear cells", "cells"),
            category=ProblemCategory.FINDING,
            basis=Basis.PATHOLOGY,
            seen_in=("path",),
        ),
        Problem(**fact("ileus", "ileus"), category=ProblemCategory.DIAGNOSIS),
        Problem(**fact("bleeding", "bleeding"), category=ProblemCategory.FINDING),
        Problem(**fact("infection", "infection")),
    )

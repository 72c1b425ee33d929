"""Of which category a test is: said by its words, or by its code."""

from __future__ import annotations

from app.case.context import Context
from app.case.model import TestCategory
from app.terminology import Domain
from app.terminology.systems import LOINC


def test_category(context: Context, index: int) -> TestCategory | None:
    """The category of a test mention; None where neither words nor code tell it."""
    name, kinds = context.words(index), context.kinds
    if kinds.vital_signs.fullmatch(name):
        return TestCategory.VITAL_SIGNS
    if kinds.laboratory.search(name):
        return TestCategory.LABORATORY
    if kinds.exam.search(name) or kinds.examination.search(name):
        return TestCategory.EXAM
    loinc = {c.code for c in context.codes(name, Domain.TEST) if c.system == LOINC}
    return TestCategory.LABORATORY if loinc - kinds.measures else None

"""Problems that are told to be gone later."""

from __future__ import annotations

from app.case.model import CourseCode
from tests.case.marked import assemble

_RESOLVED = {"o": "course:resolved:after"}


def test_told_of_first_and_gone_later_is_present_then_absent() -> None:
    case = assemble(
        "She had [symptom:tachycardia].\n"
        "On day 3 the [symptom#p:tachycardia] [outcome#o:resolved].",
        "outcome p o",
        labels=_RESOLVED,
    )
    first, later = case.problems
    assert (first.assertion, later.assertion) == ("present", "absent")
    assert first.course is not None
    assert first.course.code is CourseCode.RESOLVED
    assert later.course is None
    assert first.evidence[0].end < later.evidence[0].start
    assert first.id != later.id


def test_told_of_once_as_gone_stays_one_problem() -> None:
    case = assemble(
        "The [symptom#p:seizure] [outcome#o:resolved].", "outcome p o", labels=_RESOLVED
    )
    assert [p.assertion for p in case.problems] == ["present"]


def test_back_again_is_not_absent() -> None:
    case = assemble(
        "The [symptom#p:rash] [outcome#o:resolved].\nLater the [symptom:rash] was seen again.",
        "outcome p o",
        labels=_RESOLVED,
    )
    assert [p.assertion for p in case.problems] == ["present"]


def test_what_got_better_is_still_there() -> None:
    case = assemble(
        "He had a [symptom:cough].\nThe [symptom#p:cough] [outcome#o:improved].",
        "outcome p o",
        labels={"o": "course:improved:after"},
    )
    assert [p.assertion for p in case.problems] == ["present"]

"""Names with the site beside them, whatever white space stands between."""

from __future__ import annotations

import pytest

from tests.case.marked import assemble


@pytest.mark.parametrize("gap", [" ", "  ", "   ", "\u00a0", "-", " - "])
def test_a_site_beside_a_problem_belongs_to_its_name(gap: str) -> None:
    case = assemble(f"She had [site#s:abdominal]{gap}[symptom#p:pain].", "site p s")
    assert case.problems[0].name.startswith("abdominal")
    assert case.problems[0].name.endswith("pain")


def test_words_far_apart_do_not() -> None:
    case = assemble("The [site#s:abdomen] was soft, and she had [symptom#p:pain].", "site p s")
    assert case.problems[0].name == "pain"

"""Allergies and habits, as stated."""

from __future__ import annotations

import pytest

from app.narrative import background
from app.narrative.mentions import Presence
from app.narrative.sentences import split
from app.resources import layers
from app.text import BlockKind
from tests.narrative.building import document

_finder = background.load(layers(None))


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("She was allergic to penicillin.", [("allergy", "penicillin", True)]),
        ("He has a known latex allergy.", [("allergy", "latex", True)]),
        ("There was an allergy to shellfish.", [("allergy", "shellfish", True)]),
        ("Hypersensitivity to ibuprofen was recorded.", [("allergy", "ibuprofen", True)]),
        ("She had no known drug allergies.", [("allergy", "no known drug allergies", False)]),
        ("He denied any known allergies.", [("allergy", "denied any known allergies", False)]),
        ("A systemic allergic reaction followed.", []),
        ("An anaphylactic reaction was suspected.", []),
        ("This allergy was unusual.", []),
        ("He was a former smoker.", [("social", "former smoker", True)]),
        ("He was a former\nsmoker.", [("social", "former\nsmoker", True)]),
        ("She was an ex-smoker.", [("social", "ex-smoker", True)]),
        ("He had a 40\npack-year history.", [("social", "40\npack-year", True)]),
        ("She was a non-smoker.", [("social", "non-smoker", False)]),
        ("He never smoked.", [("social", "never smoked", False)]),
        ("A 30 pack-year smoking history was noted.", [("social", "30 pack-year", True)]),
        ("There was no history of alcohol abuse.", [("social", "alcohol abuse", False)]),
        ("He denied alcohol use.", [("social", "denied alcohol use", False)]),
        ("The chimney was smoking.", []),
        (
            "She was born to non-consanguineous parents.",
            [("family", "non-consanguineous parents", True)],
        ),
        ("The parents were first cousins.", [("family", "parents were first cousins", True)]),
        (
            "His family history was non-contributory.",
            [("family", "family history was non-contributory", True)],
        ),
        ("Family history was negative for gout.", []),
        ("No family history of gout was known.", []),
        (
            "Her parents and brother were healthy.",
            [("family", "Her parents and brother were healthy", True)],
        ),
        ("The parents were informed.", []),
    ],
)
def test_what_is_stated(sentence: str, expected: list[tuple[str, str, bool]]) -> None:
    doc = document((BlockKind.CASE, sentence))
    found = _finder.find(doc.text, split(doc))
    said = [(m.label, doc.quote(m.span), m.assertion.presence is Presence.PRESENT) for m in found]
    assert [(a, c) for a, _, c in said] == [(a, c) for a, _, c in expected]
    for (_, got, _), (_, words, _) in zip(said, expected, strict=True):
        assert words in got

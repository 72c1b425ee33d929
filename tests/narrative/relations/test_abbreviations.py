"""Abbreviations that a document defines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.narrative.abbreviations import abbreviations
from app.text import Block, BlockKind, Document, Span


def document(text: str, kind: BlockKind = BlockKind.CASE) -> Document:
    return Document(text, "text/plain", (Block(kind, Span(0, len(text))),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She had systemic sclerosis (SSc).", {"SSc": "systemic sclerosis"}),
        ("Computed tomography (CT) was done.", {"CT": "Computed tomography"}),
        ("the magnetic resonance imaging (MRI) scan", {"MRI": "magnetic resonance imaging"}),
        ("antinuclear antibodies (ANA) were found", {"ANA": "antinuclear antibodies"}),
        ("C-reactive protein (CRP)", {"CRP": "C-reactive protein"}),
        ("white blood cell (WBC) count", {"WBC": "white blood cell"}),
        ("alpha-fetoprotein [AFP]", {"AFP": "alpha-fetoprotein"}),
        ("Raynaud's phenomenon (RP; since 2001)", {"RP": "Raynaud's phenomenon"}),
        ("AFP (alpha-fetoprotein) rose", {"AFP": "alpha-fetoprotein"}),
        ("heart rate (HR) and blood pressure (BP)", {"HR": "heart rate", "BP": "blood pressure"}),
        ("HR (heart rate), later hazard ratio (HR)", {"HR": "heart rate"}),
        ("a mass (Figure 1)", {}),
        ("a value (12 mg/L)", {}),
        ("the patient (female)", {}),
        ("fever (39)", {}),
        ("the left kidney (see below)", {}),
        ("an unrelated phrase (XYZ)", {}),
    ],
)
def test_defined(text: str, expected: dict[str, str]) -> None:
    assert abbreviations(document(text)) == expected


def test_references_define_nothing() -> None:
    assert abbreviations(document("systemic sclerosis (SSc)", BlockKind.REFERENCES)) == {}


def test_a_definition_does_not_cross_blocks() -> None:
    text = "systemic sclerosis (SSc)"
    blocks = (Block(BlockKind.CASE, Span(0, 19)), Block(BlockKind.CASE, Span(19, len(text))))
    assert abbreviations(Document(text, "text/plain", blocks)) == {}


@given(st.text(alphabet="abcDEF ()[];-1\n", max_size=80))
def test_any_text_and_long_forms_stand_in_it(text: str) -> None:
    for short, long in abbreviations(document(text)).items():
        assert short in text
        assert long in text

"""Where sentences begin and end."""

from __future__ import annotations

import pytest

from app.narrative import sentences
from app.text import BlockKind
from tests.narrative.building import document


@pytest.mark.parametrize(
    "words",
    [
        "He had fever.| She had cough.",
        "The level was 7.5 mg.| It fell.",
        "There was a mass (Figure 1A,B).| It grew.",
        "Cultures grew E. coli in 2 days.| She improved.",
        "Cultures grew S. aureus.| He died.",
        "He got i.v. fluids.| She got none.",
        "Rare manifestations.1,2 |The skin was red.",
        "It was seen before.[3] |The skin was red.",
        "It was seen before [3].| The skin was red.",
        "It is widespread.² |Data showed more.",
        "Dr. Smith saw her.| She was well.",
        "It was seen by Smith et al. in 1999.| It was new.",
        "He had hepatitis B.| Ultrasound was normal.",
        "He took vitamin D.| He improved.",
        "Was it cancer?| It was not.",
        "He was 5 ft. tall and well.",
        "See Fig. 2 for the rash.| It faded.",
        "It was given at 8 a.m. and stopped.",
        "A 1.5 Tesla scanner was used.",
        "It was No. 5 of the list.",
        "The dose was approx. 5 mg.| He slept.",
        '"It hurts."| He cried.',
        "Figure 1. Rash of the arm.",
        "Streptococcus spp. were grown.| He got penicillin.",
        "He was seen by J. B. Roe in May.| She was not.",
        "There were no signs of suffering.|This deformity was corrected.",
        "The variant p.Val600Glu was found.",
        "One line\n\n|Another line",
        "- first item\n|- second item",
        "The pain was severe and\nwent on for days.| He slept.",
    ],
)
def test_boundaries(words: str) -> None:
    expected = [part.strip() for part in words.split("|")]
    read = document((BlockKind.CASE, words.replace("|", "")))
    assert [read.quote(s.span) for s in sentences.split(read)] == expected


def test_long_lines_are_sentences_by_themselves() -> None:
    line = "The patient was admitted with " + "severe pain and " * 9 + "fever"
    read = document((BlockKind.UNKNOWN, f"{line}\nCough\nHe was well."))
    assert [read.quote(s.span) for s in sentences.split(read)] == [line, "Cough", "He was well."]


def test_upper_case_headings_of_a_record_begin_a_sentence() -> None:
    read = document((BlockKind.UNKNOWN, "well known   IMPRESSION: No mass.   PLAN: none"))
    found = [read.quote(s.span) for s in sentences.split(read)]
    assert found == ["well known", "IMPRESSION: No mass.", "PLAN: none"]


def test_spans_and_tokens_are_exact() -> None:
    read = document((BlockKind.CASE, "  He had\u00a0fever (39.5 °C).  She had none. "))
    for sentence in sentences.split(read):
        assert all(read.quote(t.span) == t.text for t in sentence.tokens)
        assert all(sentence.span.covers(t.span) for t in sentence.tokens)


def test_headings_are_no_sentences() -> None:
    read = document((BlockKind.HEADING, "Case report"), (BlockKind.CASE, "He was ill."))
    assert [read.quote(s.span) for s in sentences.split(read)] == ["He was ill."]

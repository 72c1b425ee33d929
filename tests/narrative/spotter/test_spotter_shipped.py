"""The model that is shipped finds what a reader would."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import resources, terminology
from app.narrative import spotter
from app.narrative.mentions import HEADS, Mention, MentionKind
from app.narrative.sentences import split_block
from app.text import Block, BlockKind, Span
from tests.narrative.spotter.marked import SENTENCES, unmark

PROBLEM = {MentionKind.DISEASE, MentionKind.SYMPTOM}


@pytest.fixture(scope="module")
def shipped() -> spotter.Spotter:
    return spotter.load(resources.layers(None), terminology.load(None))


def find(found: spotter.Spotter, text: str) -> list[Mention]:
    return found.spot(split_block(text, Block(BlockKind.UNKNOWN, Span(0, len(text)))))


def alike(a: str, b: str) -> bool:
    return a == b or {a, b} <= PROBLEM


def test_most_marked_mentions_are_found(shipped: spotter.Spotter) -> None:
    wanted, missed, exact = 0, [], 0
    for marked in SENTENCES:
        text, spans = unmark(marked)
        mentions = find(shipped, text)
        for span, kind in spans:
            fit = [m for m in mentions if m.span.overlaps(span) and alike(m.kind, kind)]
            wanted += 1
            exact += any(m.span == span for m in fit)
            if not fit:
                missed.append(text[span.start : span.end])
    assert wanted >= 70
    assert len(missed) <= 0.12 * wanted, missed
    assert exact >= 0.75 * wanted


def test_little_is_invented(shipped: spotter.Spotter) -> None:
    said, wrong = 0, []
    for marked in SENTENCES:
        text, spans = unmark(marked)
        for mention in find(shipped, text):
            if mention.kind in HEADS:
                said += 1
                if not any(mention.span.overlaps(s) and alike(mention.kind, k) for s, k in spans):
                    wrong.append(text[mention.span.start : mention.span.end])
    assert len(wrong) <= 0.12 * said, wrong


@pytest.mark.parametrize(
    ("text", "words", "kind"),
    [
        ("The patient had a fever.", "fever", MentionKind.SYMPTOM),
        ("Hemoglobin was 9.1 g/dL.", "Hemoglobin", MentionKind.TEST),
        ("Hemoglobin was 9.1 g/dL.", "9.1 g/dL", MentionKind.VALUE),
        ("A 45-year-old woman presented with headache.", "45-year-old", MentionKind.AGE),
        ("A 45-year-old woman presented with headache.", "woman", MentionKind.SEX),
        ("He was given prednisone 20 mg daily.", "prednisone", MentionKind.MEDICATION),
        ("A CT scan of the chest was performed.", "chest", MentionKind.SITE),
        ("She had severe abdominal pain.", "severe", MentionKind.SEVERITY),
    ],
)
def test_plain_statements(
    shipped: spotter.Spotter, text: str, words: str, kind: MentionKind
) -> None:
    assert (words, kind) in {(text[m.span.start : m.span.end], m.kind) for m in find(shipped, text)}


def test_mentions_carry_label_and_sentence(shipped: spotter.Spotter) -> None:
    mentions = find(shipped, "The fever was high. The cough was dry.")
    assert {m.sentence for m in mentions} == {0, 1}
    assert all(m.label for m in mentions)
    assert [m.span for m in mentions] == sorted(m.span for m in mentions)


def test_two_loads_and_two_readings_agree(shipped: spotter.Spotter) -> None:
    text = " ".join(unmark(s)[0] for s in SENTENCES)
    again = spotter.load(resources.layers(None), terminology.load(None))
    assert find(shipped, text) == find(shipped, text) == find(again, text)


def test_nothing_in_nothing(shipped: spotter.Spotter) -> None:
    assert shipped.spot([]) == []
    assert find(shipped, " \n ") == []


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read(shipped: spotter.Spotter, text: str) -> None:
    for mention in find(shipped, text):
        assert 0 <= mention.span.start < mention.span.end <= len(text)


def test_size_of_the_model() -> None:
    folder = Path(resources.builtin()) / "models"
    assert sum(p.stat().st_size for p in folder.iterdir()) < 5_000_000

"""Marked sentences: what is asserted of each mention."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.narrative import assertion, sentences
from app.narrative.mentions import Mention, MentionKind, Mode, Presence
from app.resources import layers
from app.text import Block, BlockKind, Document, Span

_MARK = re.compile(r"\[([A-Zt]{1,2}) ([^\]]+)\]")
_LINES = [
    line
    for name in ("marked.txt", "specialties.txt")
    for line in (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
_KNOWN_MISSES = [line.removeprefix("! ") for line in _LINES if line.startswith("! ")]
_MEANT = {
    "A": (Presence.ABSENT, Mode.STATED),
    "FA": (Presence.ABSENT, Mode.STATED),
    "X": (Presence.ABSENT, Mode.EXCLUDED),
    "Q": (Presence.POSSIBLE, Mode.STATED),
    "D": (Presence.POSSIBLE, Mode.DIFFERENTIAL),
    "H": (Presence.POSSIBLE, Mode.HYPOTHETICAL),
    "L": (Presence.POSSIBLE, Mode.PLANNED),
    "N": (Presence.ABSENT, Mode.NOT_DONE),
    "C": (Presence.ABSENT, Mode.DECLINED),
    "S": (Presence.PRESENT, Mode.STOPPED),
}
_KINDS = {"t": MentionKind.TEST} | dict.fromkeys("TLNCS", MentionKind.PROCEDURE)
_ASSERTER = assertion.load(layers(None))


def _judged(line: str) -> list[tuple[str, Mention, str]]:
    """Mark, judged mention and its words, for every mark of a line."""
    text, spans, at = "", [], 0
    for match in _MARK.finditer(line):
        text += line[at : match.start()]
        spans.append((match[1], Span(len(text), len(text) + len(match[2]))))
        text += match[2]
        at = match.end()
    text += line[at:]
    document = Document(text, "text/plain", (Block(BlockKind.CASE, Span(0, len(text))),))
    split = sentences.split(document)
    assert len(split) == 1
    found = [Mention(_KINDS.get(m, MentionKind.SYMPTOM), span, 0) for m, span in spans]
    judged = _ASSERTER.judge(document, split, found)
    return [
        (mark, mention, document.quote(mention.span))
        for (mark, _), mention in zip(spans, judged, strict=True)
    ]


@pytest.mark.parametrize("line", [line for line in _LINES if not line.startswith("! ")])
def test_assertion(line: str) -> None:
    _check(line)


@pytest.mark.parametrize("line", _KNOWN_MISSES)
@pytest.mark.xfail(strict=True, reason="what is known to be read wrongly; see marked.txt")
def test_known_miss(line: str) -> None:
    _check(line)


def _check(line: str) -> None:
    for mark, mention, words in _judged(line):
        said = mention.assertion
        expected = _MEANT.get(mark, (Presence.PRESENT, Mode.STATED))
        assert (said.presence, said.mode) == expected, words
        assert (said.relative is not None) == (mark in ("F", "FA")), words
        if mark in ("B", "P"):
            assert said.past == (mark == "B"), words


def test_there_are_enough_marked_sentences() -> None:
    assert len(_LINES) >= 400


@pytest.mark.parametrize(
    ("line", "relative"),
    [
        ("Her mother had [F breast cancer].", "mother"),
        ("There was [F hemophilia] in his maternal uncle.", "maternal uncle"),
        ("There was a family history of [F epilepsy].", "family"),
    ],
)
def test_the_relative_is_named_as_printed(line: str, relative: str) -> None:
    ((_, mention, _),) = _judged(line)
    assert mention.assertion.relative == relative


def test_the_cue_is_the_words_that_decided() -> None:
    text = "No evidence of sarcoidosis was found."
    document = Document(text, "text/plain", (Block(BlockKind.CASE, Span(0, len(text))),))
    mention = Mention(MentionKind.DISEASE, Span(15, 26), 0)
    (judged,) = _ASSERTER.judge(document, sentences.split(document), [mention])
    assert judged.assertion.cue is not None
    assert document.quote(judged.assertion.cue) == "No evidence of"


def test_a_cue_does_not_leave_its_sentence() -> None:
    text = "There was no fever. Cough was noted."
    document = Document(text, "text/plain", (Block(BlockKind.CASE, Span(0, len(text))),))
    mention = Mention(MentionKind.SYMPTOM, Span(20, 25), 1)
    (judged,) = _ASSERTER.judge(document, sentences.split(document), [mention])
    assert judged.assertion.presence is Presence.PRESENT


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("There were no [A murmurs], [t rubs], or [A gallops].", MentionKind.SYMPTOM),
        ("No [t free fluid] was detected.", MentionKind.SYMPTOM),
        ("No [t CT scan] was done.", MentionKind.TEST),
        ("There were no [t ECG] or [t echocardiographic] [A abnormalities].", MentionKind.TEST),
        ("She had no [A fever], and a [t culture] was not taken.", MentionKind.TEST),
    ],
)
def test_what_was_looked_for_is_a_finding(line: str, kind: MentionKind) -> None:
    judged = [mention for mark, mention, _ in _judged(line) if mark == "t"]
    assert {m.kind for m in judged} == {kind}
    if kind is MentionKind.SYMPTOM:
        said = {(m.assertion.presence, m.assertion.mode) for m in judged}
        assert said == {(Presence.ABSENT, Mode.STATED)}

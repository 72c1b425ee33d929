"""What was looked for and was not there, where the spotter saw a test.

"No murmurs, rubs or gallops" names three findings, and none of them is a test that was left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.narrative.assertion.cues import Cues
from app.narrative.mentions import Assertion, Mention, MentionKind, Mode, Presence
from app.narrative.tokens import tokenize

_PROBLEMS = frozenset({MentionKind.SYMPTOM, MentionKind.DISEASE})
_FEW = 4  # words behind a test in which it may be said that it was not seen
_COPULAS = frozenset({"was", "were", "is", "are", "could", "can"})


def as_findings(text: str, end: int, mentions: Sequence[Mention], cues: Cues) -> dict[int, Mention]:
    """By their place in `mentions`, those of one sentence that become absent findings: not done by
    the very word that denies a problem, or not seen. `end` is the end of the sentence."""
    left_out = [
        i
        for i, m in enumerate(mentions)
        if m.kind is MentionKind.TEST and m.assertion.mode is Mode.NOT_DONE
    ]
    if not left_out:
        return {}
    denied = [
        m for m in mentions if m.kind in _PROBLEMS and m.assertion.presence is Presence.ABSENT
    ]
    # "no ECG or echocardiographic abnormalities": tests, and a problem of them
    of_tests = {
        m.assertion.cue
        for m in denied
        if any(
            t.span.end <= m.span.start and not text[t.span.end : m.span.start].strip()
            for t in mentions
            if t.kind is MentionKind.TEST
        )
    }
    denying = {m.assertion.cue for m in denied} - of_tests
    out: dict[int, Mention] = {}
    for index in left_out:
        mention = mentions[index]
        cue = mention.assertion.cue
        if cue is None or cue.start > mention.span.start:
            continue
        behind = [t.text.lower() for t in tokenize(text, mention.span.end, end)[:_FEW]]
        unseen = behind[:1] and behind[0] in _COPULAS and cues.seen.intersection(behind)
        if cue in denying or unseen:
            said = Assertion(Presence.ABSENT, past=mention.assertion.past, cue=cue)
            out[index] = replace(mention, kind=MentionKind.SYMPTOM, assertion=said)
    return out

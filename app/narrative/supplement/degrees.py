"""What the spotter leaves out around what it marks: how far an act went, and results that only say
that they are like the ones before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.narrative.cues import phrases
from app.narrative.mentions import DEGREE, Mention, MentionKind, Sentence
from app.rules import Rules
from app.text import Span


class DegreeRules(Rules):
    """`words` right before an act say how far it went; `alike` are results like the ones before,
    with one of `showing` right before them."""

    words: list[str]
    alike: list[str]
    showing: list[str]


@dataclass(frozen=True)
class Degrees:
    """The rules of the file, compiled."""

    words: frozenset[str]
    alike: re.Pattern[str]

    def around(
        self, text: str, index: int, sentence: Sentence, mentions: Sequence[Mention]
    ) -> list[Mention]:
        """The mentions to add: details before acts, results of studies."""
        kinds = {m.kind for m in mentions}
        found: list[Mention] = []
        if MentionKind.PROCEDURE in kinds:
            starts = {m.span.start for m in mentions if m.kind is MentionKind.PROCEDURE}
            tokens = sentence.tokens
            found += [
                Mention(MentionKind.DETAIL, before.span, index, label=DEGREE)
                for before, token in pairwise(tokens)
                if token.span.start in starts and before.text.lower() in self.words
            ]
        if MentionKind.TEST in kinds:
            start, end = sentence.span
            found += [
                Mention(MentionKind.VALUE, Span(*match.span("said")), index, label="alike")
                for match in self.alike.finditer(text, start, end)
            ]
        return [f for f in found if not any(f.span.overlaps(m.span) for m in mentions)]


def compile_degrees(rules: DegreeRules) -> Degrees:
    """The rules of the file."""
    return Degrees(
        frozenset(w.lower() for w in rules.words),
        re.compile(
            rf"{phrases(rules.showing).pattern}\s+(?P<said>{phrases(rules.alike).pattern})",
            re.IGNORECASE,
        ),
    )

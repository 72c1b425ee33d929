"""Finds stated allergies, habits (smoking, alcohol) and statements about the family as a whole.

Mentions of kind ALLERGY come out with the label "allergy" or "social", of kind FAMILY with the
label "family", and with their assertion set, since the wording itself says whether the thing is
there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import MappingError
from app.narrative.mentions import Assertion, Mention, MentionKind, Presence, Sentence
from app.rules import Rules, load_rules
from app.text import Span

_KINDS = {
    "allergy": MentionKind.ALLERGY,
    "social": MentionKind.ALLERGY,
    "family": MentionKind.FAMILY,
}


class Wording(Rules):
    present: list[str]
    absent: tuple[str, ...] = ()
    not_things: tuple[str, ...] = ()


class BackgroundRules(Rules):
    allergy: Wording
    social: Wording
    family: Wording


@dataclass(frozen=True)
class Background:
    """Compiled patterns, absent before present: "no known allergies" is no allergy."""

    patterns: tuple[tuple[str, Presence, re.Pattern[str], frozenset[str]], ...]

    def find(self, text: str, sentences: Sequence[Sentence]) -> list[Mention]:
        """Allergy, habit and family mentions of the sentences that speak of a patient, in order."""
        out: list[Mention] = []
        for index, sentence in enumerate(sentences):
            if sentence.patient is None:
                continue
            taken: list[Span] = []
            for label, presence, pattern, not_things in self.patterns:
                for match in pattern.finditer(text, sentence.span.start, sentence.span.end):
                    whole, thing = Span(*match.span()), Span(*match.span("thing"))
                    if any(whole.overlaps(t) for t in taken):
                        continue
                    if match["thing"].lower() in not_things:
                        continue
                    taken.append(whole)
                    out.append(Mention(_KINDS[label], thing, index, Assertion(presence), label))
        return sorted(out, key=lambda m: m.span)


def load(layers: Sequence[Path]) -> Background:
    """The rules of all layers, compiled."""
    rules = load_rules(layers, "narrative/background.toml", BackgroundRules)
    patterns: list[tuple[str, Presence, re.Pattern[str], frozenset[str]]] = []
    for label, wording in (
        ("allergy", rules.allergy),
        ("social", rules.social),
        ("family", rules.family),
    ):
        for presence, sources in (
            (Presence.ABSENT, wording.absent),
            (Presence.PRESENT, wording.present),
        ):
            for source in sources:
                patterns.append((label, presence, _compiled(source), frozenset(wording.not_things)))
    return Background(tuple(patterns))


def _compiled(source: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(source, re.IGNORECASE)
    except re.error as error:
        raise MappingError(
            f"not a regular expression: {error}", place="narrative/background.toml"
        ) from None
    if "thing" not in pattern.groupindex:
        raise MappingError("pattern lacks the group 'thing'", place="narrative/background.toml")
    return pattern

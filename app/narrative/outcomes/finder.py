"""Finds the words that say how a problem or the patient fared.

A mention of kind OUTCOME comes out. Its label is "course:<code>:before", "course:<code>:after"
(what it is said of stands behind, or in front; ":symptoms" is added when that is "the symptoms"
and the like, without naming one) or "general:<success>".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.narrative.cues import phrases
from app.narrative.mentions import Mention, MentionKind, Sentence
from app.rules import Rules, load_rules
from app.text import Span


class CourseRule(Rules):
    code: Literal[
        "active", "inactive", "resolved", "remission", "recurrence", "improved", "worsened"
    ]
    before_problem: tuple[str, ...] = ()
    after_problem: tuple[str, ...] = ()


class GeneralRule(Rules):
    success: Literal["successful", "partial", "unsuccessful", ""]
    words: list[str]


class OutcomeRules(Rules):
    negators: list[str]
    problem_words: list[str]
    course: list[CourseRule]
    general: list[GeneralRule]


# "resolution of her symptoms": the cue takes in the words up to the end of the noun phrase
_PHRASE_END = re.compile(
    r"[,.;:()\[\]]|\b(?:and|or|but|after|before|with|within|in|on|at|by|following|which|who|that|"
    r"was|were|is|are|had|has|to|from|during|without|while|without|over|upon|when|as)\b"
)


@dataclass(frozen=True)
class Outcomes:
    """Compiled outcome rules."""

    rules: OutcomeRules
    labelled: tuple[tuple[str, re.Pattern[str]], ...]
    negated: re.Pattern[str]
    problem_words: re.Pattern[str]

    def find(self, text: str, sentences: Sequence[Sentence]) -> list[Mention]:
        """Outcome mentions of all sentences that speak of a patient, in order."""
        found: list[Mention] = []
        for index, sentence in enumerate(sentences):
            if sentence.patient is None:
                continue
            found.extend(self._in_sentence(text, index, sentence))
        return found

    def _in_sentence(self, text: str, index: int, sentence: Sentence) -> list[Mention]:
        taken: list[Span] = []
        out: list[Mention] = []
        start, end = sentence.span.start, sentence.span.end
        matches = [
            (match, name)
            for name, pattern in self.labelled
            for match in pattern.finditer(text, start, end)
        ]
        # the longer wording wins: "partially resolved" is not "resolved"
        for match, label in sorted(
            matches, key=lambda m: (m[0].start() - m[0].end(), m[0].start())
        ):
            span = Span(*match.span())
            if any(span.overlaps(other) for other in taken):
                continue
            before = text[max(start, span.start - 20) : span.start]
            if label.startswith("course:") and self.negated.search(before):
                continue
            taken.append(span)
            if label.endswith(":before"):
                span = Span(span.start, _phrase_end(text, span.end, end))
                told = self.problem_words.search(text, match.end(), span.end)
            elif label.endswith(":after"):
                told = self.problem_words.search(text, max(start, span.start - 40), span.start)
                if told:
                    span = Span(told.start(), span.end)
            else:
                told = None
            if told:
                label += ":symptoms"
            out.append(Mention(MentionKind.OUTCOME, span, index, label=label))
        return sorted(out, key=lambda m: m.span)


def _phrase_end(text: str, start: int, limit: int) -> int:
    stop = _PHRASE_END.search(text, start, limit)
    end = stop.start() if stop else limit
    while end > start and text[end - 1].isspace():
        end -= 1
    return end


def load(layers: Sequence[Path]) -> Outcomes:
    """Outcome rules of all layers, compiled; longer wordings win over shorter ones."""
    rules = load_rules(layers, "narrative/outcomes.toml", OutcomeRules)
    labelled: list[tuple[str, re.Pattern[str]]] = []
    for general in rules.general:
        labelled.append((f"general:{general.success}", phrases(general.words)))
    for course in rules.course:
        if course.before_problem:
            labelled.append((f"course:{course.code}:before", phrases(course.before_problem)))
    for course in rules.course:
        if course.after_problem:
            labelled.append((f"course:{course.code}:after", phrases(course.after_problem)))
    negators = "|".join(re.escape(n) for n in sorted(rules.negators, key=len, reverse=True))
    return Outcomes(
        rules,
        tuple(labelled),
        re.compile(rf"\b(?:{negators})\s+(?:\w+\s+)?$", re.IGNORECASE),
        phrases(rules.problem_words),
    )

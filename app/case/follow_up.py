"""How patients were seen again after a procedure: found by wording, and given to the procedure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.case.model import Evidence, Phrase
from app.narrative.cues import phrases
from app.narrative.mentions import Narrative
from app.rules import Rules, load_rules
from app.text import Span


class FollowUpRules(Rules):
    words: list[str]
    nouns: list[str]
    before: list[str]
    after: list[str]
    manner: list[str]
    numbers: list[str]
    units: list[str]
    surgery: list[str]
    treatments: list[str]
    not_before: list[str]


@dataclass(frozen=True)
class FollowUps:
    """The compiled rules."""

    words: re.Pattern[str]
    before: re.Pattern[str]
    after: re.Pattern[str]
    surgery: re.Pattern[str]
    treatment: re.Pattern[str]

    def find(self, narrative: Narrative, done: Mapping[int, str]) -> dict[int, tuple[Span, ...]]:
        """Where it is told, by the mention of the procedure. `done` has the words of the mentions
        of procedures that took place."""
        text = narrative.document.text
        starts = [s.span.start for s in narrative.sentences]
        treatments = [i for i in sorted(done) if self.treatment.search(done[i])]
        out: dict[int, list[Span]] = {}
        for match in self.words.finditer(text):
            number = bisect_right(starts, match.start()) - 1
            if number < 0 or narrative.sentences[number].patient is None:
                continue
            sentence = narrative.sentences[number].span
            span = self._whole(text, sentence, Span(*match.span()))
            if span is None:
                continue
            head = self._head(narrative, number, span, treatments)
            if head is not None:
                out.setdefault(head, []).append(span)
        return {head: tuple(spans) for head, spans in out.items()}

    def _whole(self, text: str, sentence: Span, core: Span) -> Span | None:
        """The words with how often, how long and in what way; None when nothing of that is told."""
        before = self.before.search(text, max(sentence.start, core.start - 60), core.start)
        after = self.after.match(text, core.end, sentence.end)
        start = before.start() if before else core.start
        end = after.end() if after else core.end
        return Span(start, end) if end - start > core.end - core.start else None

    def _head(
        self, narrative: Narrative, number: int, span: Span, treatments: Sequence[int]
    ) -> int | None:
        """The last procedure told in front of the words: in the sentence or the one before, or
        anywhere when the sentence says that it is after one."""
        mentions, sentences = narrative.mentions, narrative.sentences
        told = [
            i
            for i in treatments
            if mentions[i].span.end <= span.start
            and sentences[mentions[i].sentence].patient == sentences[number].patient
        ]
        if not told:
            return None
        sentence = sentences[number].span
        if self.surgery.search(narrative.document.text, sentence.start, sentence.end):
            return told[-1]
        return told[-1] if number - mentions[told[-1]].sentence <= 1 else None


def phrase_of(text: str, spans: Sequence[Span]) -> tuple[Phrase, ...]:
    """The words of a procedure's follow-up, the same words once."""
    out: dict[str, Phrase] = {}
    for span in spans:
        words = " ".join(text[span.start : span.end].split())
        places: tuple[Evidence, ...] = (Evidence(start=span.start, end=span.end),)
        known = out.get(words.casefold())
        if known is not None:
            places = (*known.evidence, *places)
        out[words.casefold()] = Phrase(text=words, evidence=places)
    return tuple(out.values())


def load_follow_ups(layers: Sequence[Path]) -> FollowUps:
    """The rules of all layers, compiled; MappingError with file and line when one is wrong."""
    rules = load_rules(layers, "case/follow_up.toml", FollowUpRules)
    number = rf"(?<!\w)(?:\d+(?:\.\d+)?|{_any(rules.numbers)})(?:\s+and\s+a\s+half)?"
    length = rf"{number}[\s-]*(?:{_any(rules.units)})(?!\w)(?:['\u2019]s?)?"
    core = rf"{phrases(rules.words).pattern}(?:\s+{phrases(rules.nouns).pattern})?"
    other = phrases(rules.not_before).pattern
    front = rf"(?:{length}(?:\s+of)?\s+)?(?:{phrases(rules.before).pattern}\s+)*$"
    about = r"(?:(?:about|approximately|around|at least|more than|over)\s+)?"
    rhythm = rf"(?:\s+{phrases(rules.after).pattern})?\s+{about}{length}(?:\s+intervals)?"
    return FollowUps(
        re.compile(rf"{core}(?!\s+{other})", re.IGNORECASE),
        re.compile(front, re.IGNORECASE),
        re.compile(rf"(?:\s+{phrases(rules.manner).pattern}|{rhythm})+", re.IGNORECASE),
        phrases(rules.surgery),
        re.compile(rf"(?:{_any(rules.treatments)})s?(?!\w)", re.IGNORECASE),
    )


def _any(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w)))

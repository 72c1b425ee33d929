"""Results in words beside a test, and doses beside a drug, that the spotter did not mark."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.narrative.cues import phrases
from app.narrative.mentions import Mention, MentionKind, Sentence
from app.rules import Rules
from app.text import Span

_NEAR = 60  # code points beside a test in which its result may stand
_SIGN = re.compile(r"\s?\((?P<value>[-−–+±]{1,4}(?:/[-−–+±]{1,4})?|[1-4]\s?\+)\)")
_INSIDE = ("in ", "of ", "in the ", "of the ")
_ABBREVIATED = re.compile(r"\s?\([^()]{1,20}\)")


_MISTAKEN = frozenset({MentionKind.DETAIL, MentionKind.SYMPTOM, MentionKind.SEVERITY})


class BesideRules(Rules):
    """`before` and `after` are results before a test and behind it, `adverbs` may grade them;
    `nouns` and `copulas` stand between test and result; `none` are results before "in" or "of"."""

    before: list[str]
    after: list[str]
    adverbs: list[str]
    nouns: list[str]
    copulas: list[str]
    none: list[str]


class DoseRules(Rules):
    """`units` of doses; `gap` are the words between a drug and its dose."""

    units: list[str]
    gap: list[str]


@dataclass(frozen=True)
class Beside:
    """Compiled rules."""

    before: re.Pattern[str]
    none: re.Pattern[str]
    after: re.Pattern[str]
    dose: re.Pattern[str]
    dose_gap: re.Pattern[str]

    def results(
        self, text: str, index: int, sentence: Sentence, mentions: Sequence[Mention]
    ) -> list[Mention]:
        """The mentions, with results of tests where nothing else is marked, or where the words
        are marked as a detail or a complaint of their own."""
        out = list(mentions)
        for test in mentions:
            if test.kind is not MentionKind.TEST:
                continue
            for span in (self._in_front(text, sentence, test), self._behind(text, sentence, test)):
                if span is None:
                    continue
                there = [n for n, m in enumerate(out) if m.span.overlaps(span)]
                if not there:
                    out.append(Mention(MentionKind.VALUE, span, index, label="beside"))
                elif len(there) == 1 and _same(out[there[0]], span):
                    mention = replace(out[there[0]], kind=MentionKind.VALUE, label="beside")
                    out[there[0]] = replace(mention, span=span)
        return out

    def _in_front(self, text: str, sentence: Sentence, test: Mention) -> Span | None:
        start = max(sentence.span.start, test.span.start - _NEAR)
        match = self.before.search(text, start, test.span.start)
        if match is None and text[start : test.span.start].endswith(_INSIDE):
            match = self.none.search(text, start, test.span.start)
        return Span(*match.span("value")) if match else None

    def _behind(self, text: str, sentence: Sentence, test: Mention) -> Span | None:
        end = min(sentence.span.end, test.span.end + _NEAR)
        if sign := _SIGN.match(text, test.span.end, end):
            return Span(*sign.span("value"))
        start = test.span.end
        if short := _ABBREVIATED.match(text, start, end):
            start = short.end()
        match = self.after.match(text, start, end)
        return Span(*match.span("value")) if match else None

    def doses(self, text: str, mentions: Sequence[Mention]) -> list[Mention]:
        """The mentions, an amount right behind a drug as its dose."""
        drugs = {m.span.end: m for m in mentions if m.kind is MentionKind.MEDICATION}
        if not drugs:
            return list(mentions)
        return [
            replace(m, kind=MentionKind.DOSE)
            if m.kind is MentionKind.VALUE and self._is_dose(text, m, sorted(drugs))
            else m
            for m in mentions
        ]

    def _is_dose(self, text: str, value: Mention, drugs: Sequence[int]) -> bool:
        before = [end for end in drugs if end <= value.span.start]
        return (
            bool(before)
            and self.dose_gap.fullmatch(text, before[-1], value.span.start) is not None
            and self.dose.match(text, value.span.start, value.span.end) is not None
        )


def _same(mention: Mention, span: Span) -> bool:
    """Whether a detail or a complaint is nothing but the words of a result."""
    return mention.kind in _MISTAKEN and span.covers(mention.span)


def compile_beside(rules: BesideRules, doses: DoseRules) -> Beside:
    """The rules of the file, compiled."""

    def any_of(words: Sequence[str]) -> str:
        return phrases(words).pattern

    adverbs, nouns = any_of(rules.adverbs), any_of(rules.nouns)
    units = "|".join(sorted(map(re.escape, doses.units), key=lambda u: (-len(u), u)))
    return Beside(
        re.compile(
            rf"(?P<value>(?:{adverbs}\s+)*{any_of(rules.before)})\s+(?:{nouns}\s+)*$", re.IGNORECASE
        ),
        re.compile(rf"(?P<value>{any_of(rules.none)})\s+(?:in|of)\s+(?:the\s+)?$", re.IGNORECASE),
        re.compile(
            rf"(?:\s+{nouns})*\s+{any_of(rules.copulas)}\s+"
            rf"(?P<value>(?:(?:{adverbs}|\w+ly)\s+)*{any_of(rules.after)})",
            re.IGNORECASE,
        ),
        re.compile(
            rf"\d[\d.,]*(?:\s?[-–]\s?\d[\d.,]*)?[\s\u2009\u202f\u200a]?(?:{units})(?![^\W\d_])"
            r"(?!\s?/\s?(?:[dm]?l|[µμ]l)\b)",
            re.IGNORECASE,
        ),
        re.compile(rf"(?:[\s(\[):,]|{any_of(doses.gap)})*", re.IGNORECASE),
    )

"""Tests and their results where the spotter drew the line elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.narrative.cues import phrases
from app.narrative.mentions import Mention, MentionKind, Sentence
from app.rules import Rules
from app.text import Span

_MOST_WORDS = 4  # of a test's name before "level"


class ResultRules(Rules):
    words: list[str]
    of_details: list[str]


class MeasuredRules(Rules):
    nouns: list[str]
    links: list[str]
    stops: list[str]


@dataclass(frozen=True)
class Measured:
    """Compiled rules."""

    result: re.Pattern[str]
    result_of_detail: re.Pattern[str]
    before_value: re.Pattern[str]
    stops: frozenset[str]

    def split(self, text: str, mention: Mention) -> list[Mention]:
        """ "anti-SSA positive (+++)" as a test and its value; any other mention as it is."""
        words = text[mention.span.start : mention.span.end]
        if mention.kind is MentionKind.TEST:
            found = self.result.search(words)
        elif mention.kind is MentionKind.DETAIL:
            found = self.result_of_detail.search(words)
        else:
            return [mention]
        if found is None or not words[: found.start()].strip():
            return [mention]
        end = mention.span.start + len(words[: found.start()].rstrip())
        value = Span(mention.span.start + found.start("value"), mention.span.end)
        return [
            replace(mention, kind=MentionKind.TEST, span=Span(mention.span.start, end)),
            replace(mention, kind=MentionKind.VALUE, span=_closed(text, value), label="result"),
        ]

    def closed(self, text: str, mention: Mention) -> Mention:
        """A value with the bracket that closes the one it opens."""
        if mention.kind is not MentionKind.VALUE:
            return mention
        span = _closed(text, mention.span)
        return mention if span == mention.span else replace(mention, span=span)

    def tests(
        self, text: str, index: int, sentence: Sentence, mentions: Sequence[Mention]
    ) -> list[Mention]:
        """Tests named by the words before a quantity that has none: "Tg level was 9 ng/mL"."""
        out: list[Mention] = []
        tests = [m for m in mentions if m.kind is MentionKind.TEST]
        for value in mentions:
            if value.kind is not MentionKind.VALUE or not text[value.span.start].isdigit():
                continue
            match = self.before_value.search(text, sentence.span.start, value.span.start)
            if match is None or match.end() != value.span.start:
                continue
            span = self._name(sentence, Span(*match.span("noun")))
            taken = [*tests, *out]
            if span is None or any(t.span.overlaps(span) for t in taken):
                continue
            if any(m.span.overlaps(span) and m.kind is not MentionKind.DETAIL for m in mentions):
                continue
            out.append(Mention(MentionKind.TEST, span, index, label="measured"))
        return out

    def _name(self, sentence: Sentence, noun: Span) -> Span | None:
        before = [t for t in sentence.tokens if t.span.end <= noun.start]
        start = noun.start
        for count, token in enumerate(reversed(before)):
            word = token.text.lower()
            if count == _MOST_WORDS or word in self.stops or not any(c.isalnum() for c in word):
                break
            start = token.span.start
        return Span(start, noun.end) if start < noun.start else None


def _closed(text: str, span: Span) -> Span:
    words = text[span.start : span.end]
    for opening, closing in ("()", "[]"):
        if words.count(opening) > words.count(closing) and text[span.end : span.end + 1] == closing:
            return Span(span.start, span.end + 1)
    return span


def compile_measured(results: ResultRules, measured: MeasuredRules) -> Measured:
    """The rules of the file, compiled."""

    def ending(words: list[str]) -> re.Pattern[str]:
        inner = phrases(words).pattern
        return re.compile(rf"\s(?P<value>{inner}(?:\s*\(?[+±-]+\)?)?)$", re.IGNORECASE)

    nouns, links = phrases(measured.nouns).pattern, phrases(measured.links).pattern
    symbols = "|".join(re.escape(w) for w in measured.links if not w[0].isalnum())
    return Measured(
        ending(results.words),
        ending(results.of_details),
        re.compile(rf"(?P<noun>{nouns})\s*(?:{links}|{symbols})\s*$", re.IGNORECASE),
        frozenset(measured.stops),
    )

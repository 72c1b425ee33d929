"""Words of results that the spotter took for something else, and names that hold such words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.narrative.cues import phrases
from app.narrative.mentions import Mention, MentionKind
from app.rules import Rules
from app.text import Span

_NOT_RESULTS = frozenset({MentionKind.SYMPTOM, MentionKind.DISEASE})


class ReadingRules(Rules):
    """`results` are never a complaint by themselves, `stained` never a test; behind `graded` words
    `names` are part of a test's name; `measures` are measured, with `links` before the number."""

    results: list[str]
    stained: list[str]
    graded: list[str]
    names: list[str]
    measures: list[str]
    links: list[str]


class SusceptibilityRules(Rules):
    """A drug behind one of `cues` was tested, not given, where one of `tested` is spoken of."""

    cues: list[str]
    joins: list[str]
    tested: list[str]


@dataclass(frozen=True)
class Readings:
    """Compiled rules."""

    result: re.Pattern[str]
    stained: re.Pattern[str]
    name: re.Pattern[str]
    measured: re.Pattern[str]
    measure: re.Pattern[str]
    link: re.Pattern[str]
    cue: re.Pattern[str]
    joins: re.Pattern[str]
    tested: re.Pattern[str]

    def settled(self, text: str, mentions: Sequence[Mention]) -> list[Mention]:
        """The mentions with results as values, and with names that are whole."""
        out = [part for m in mentions for part in self._one(text, m)]
        return self._names(text, self._measures(text, out))

    def _one(self, text: str, mention: Mention) -> list[Mention]:
        words = text[mention.span.start : mention.span.end]
        if mention.kind in _NOT_RESULTS and self.result.fullmatch(words):
            return [replace(mention, kind=MentionKind.VALUE)]
        if mention.kind is MentionKind.TEST and self.stained.fullmatch(words):
            return [replace(mention, kind=MentionKind.VALUE, label="result")]
        if mention.kind is MentionKind.VALUE and (named := self.measured.match(words)):
            start = mention.span.start
            name = Span(start + named.start("name"), start + named.end("name"))
            return [
                replace(mention, kind=MentionKind.TEST, span=name, label="measured"),
                replace(mention, span=Span(start + named.end(), mention.span.end)),
            ]
        return [mention]

    def _measures(self, text: str, mentions: Sequence[Mention]) -> list[Mention]:
        """ "Residual pressure" right before "of 32 mmHg" is what was measured, no result."""
        starts = {m.span.start for m in mentions if m.kind is MentionKind.VALUE}
        out: list[Mention] = []
        for mention in mentions:
            words = text[mention.span.start : mention.span.end]
            if mention.kind is MentionKind.VALUE and self.measure.search(words):
                link = self.link.match(text, mention.span.end)
                if link is not None and link.end() in starts and text[link.end()].isdigit():
                    mention = replace(mention, kind=MentionKind.TEST, label="measured")
            out.append(mention)
        return out

    def _names(self, text: str, mentions: Sequence[Mention]) -> list[Mention]:
        """ "Low" before "molecular weight keratins" is part of the name of the test."""
        whole: list[Span] = []
        for mention in mentions:
            if mention.kind is MentionKind.VALUE and (
                match := self.name.match(text, mention.span.start)
            ):
                whole.append(Span(*match.span()))
        if not whole:
            return list(mentions)
        out: list[Mention] = []
        for mention in mentions:
            around = next((w for w in whole if w.overlaps(mention.span)), None)
            if around is None:
                out.append(mention)
            elif mention.kind is MentionKind.TEST:
                out.append(replace(mention, span=around.join(mention.span)))
        return out

    def tested_drugs(self, text: str, span: Span, mentions: Sequence[Mention]) -> list[Mention]:
        """Drugs that a germ was "resistant to": tests, and how they came out."""
        drugs = sorted(m.span for m in mentions if m.kind is MentionKind.MEDICATION)
        if not drugs or not self.tested.search(text, span.start, span.end):
            return list(mentions)
        tested: set[Span] = set()
        results: list[Span] = []
        for cue in self.cue.finditer(text, span.start, span.end):
            at, found = cue.end(), False
            for drug in drugs:
                if drug.start >= at and self.joins.fullmatch(text, at, drug.start):
                    tested.add(drug)
                    at, found = drug.end, True
            if found:
                results.append(Span(*cue.span("result")))
        out = [
            replace(m, kind=MentionKind.TEST, label="susceptibility") if m.span in tested else m
            for m in mentions
            if not any(m.span.overlaps(r) for r in results)
        ]
        index = mentions[0].sentence
        out += [Mention(MentionKind.VALUE, r, index, label="susceptibility") for r in results]
        return out


def compile_readings(rules: ReadingRules, tested: SusceptibilityRules) -> Readings:
    """The rules of the file, compiled."""

    def any_of(words: Sequence[str]) -> str:
        return phrases(words).pattern

    measures, links = any_of(rules.measures), any_of(rules.links)
    return Readings(
        re.compile(rf"(?:\w+ly\s+)?{any_of(rules.results)}", re.IGNORECASE),
        re.compile(rf"(?:\w+ly\s+)?{any_of(rules.stained)}", re.IGNORECASE),
        re.compile(
            rf"{any_of(rules.graded)}[\s-]+(?:(?:and|or)[\s-]+{any_of(rules.graded)}[\s-]+)?"
            rf"{any_of(rules.names)}",
            re.IGNORECASE,
        ),
        re.compile(
            rf"(?P<name>(?:[^\W\d]+\s+){{0,3}}?{measures})(?:\s*(?:{links}|[:=,]))?\s*(?=[<>≤≥]?\s?\d)",
            re.IGNORECASE,
        ),
        re.compile(rf"{measures}$", re.IGNORECASE),
        re.compile(rf"\s*(?:{links}|[:=])?\s*", re.IGNORECASE),
        re.compile(rf"(?P<result>{any_of(tested.cues)})\s+(?:to|against)", re.IGNORECASE),
        re.compile(rf"(?:[\s,/]|{any_of(tested.joins)})*", re.IGNORECASE),
        re.compile("|".join(map(re.escape, tested.tested)), re.IGNORECASE),
    )

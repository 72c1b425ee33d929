"""A second look at each sentence, with the vocabulary and a table of acts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from pydantic import Field

from app.narrative.abbreviations import abbreviations
from app.narrative.cues import phrases
from app.narrative.mentions import HEADS, Mention, MentionKind, Sentence
from app.narrative.supplement.crossing import crosses, says_something
from app.narrative.supplement.degrees import DegreeRules, Degrees, compile_degrees
from app.narrative.supplement.joining import Joining, LooksRules, OpenEndRules, open_ends
from app.narrative.supplement.measured import (
    Measured,
    MeasuredRules,
    ResultRules,
    compile_measured,
)
from app.narrative.supplement.places import PlaceRules, Places, StateRules, compile_places
from app.narrative.supplement.readings import (
    ReadingRules,
    Readings,
    SusceptibilityRules,
    compile_readings,
)
from app.narrative.supplement.results import Beside, BesideRules, DoseRules, compile_beside
from app.rules import Rules, load_rules
from app.terminology import Domain, Fit, Match, Vocabulary
from app.text import Document, Span


class TermRule(Rules):
    domain: Domain
    kind: MentionKind
    single: bool
    but: tuple[str, ...] = Field(default=(), alias="not")


class ActRules(Rules):
    participles: list[str]
    auxiliaries: list[str]
    adverbs: list[str]
    manner: list[str]
    nouns: list[str]
    endings: list[str]


class LeadingWords(Rules):
    words: list[str]


class FindingHeads(Rules):
    heads: list[str]
    plain: list[str]


class SiteTail(Rules):
    endings: list[str]
    keep: list[str]


class SupplementRules(Rules):
    terms: list[TermRule]
    findings: FindingHeads
    looks: LooksRules
    site_tail: SiteTail
    results: ResultRules
    measured: MeasuredRules
    beside: BesideRules
    readings: ReadingRules
    susceptibility: SusceptibilityRules
    doses: DoseRules
    places: PlaceRules
    states: StateRules
    degrees: DegreeRules
    leading: LeadingWords
    trailing: LeadingWords
    open_end: OpenEndRules
    acts: ActRules


@dataclass(frozen=True)
class Supplement:
    """Rules with the vocabulary that they ask."""

    vocabulary: Vocabulary
    terms: Mapping[Domain, TermRule]
    act: re.Pattern[str]
    manner: re.Pattern[str]
    act_noun: re.Pattern[str]
    leading: re.Pattern[str]
    trailing: re.Pattern[str]
    finding: re.Pattern[str]
    plain: frozenset[str]
    site_tail: re.Pattern[str]
    measured: Measured
    beside: Beside
    readings: Readings
    places: Places
    degrees: Degrees
    joining: Joining

    def short_forms(self, document: Document) -> dict[str, MentionKind]:
        """What the abbreviations that the document defines name, by their long forms."""
        out: dict[str, MentionKind] = {}
        for short, long in abbreviations(document).items():
            for domain, rule in self.terms.items():
                hit = self.vocabulary.lookup(long, domain)
                if hit is not None and hit.fit is not Fit.BROADER:
                    out[short] = rule.kind
                    break
        return out

    def complete(
        self,
        text: str,
        index: int,
        sentence: Sentence,
        spotted: Sequence[Mention],
        short_forms: Mapping[str, MentionKind] = MappingProxyType({}),
    ) -> list[Mention]:
        """The mentions of one sentence, those of the spotter and those it missed.

        A term, act or abbreviation that crosses no head is added; modifiers and adverbs inside
        it, and overlong ones around it, give way.
        """
        added = self._acts(text, index, sentence)
        cells = [_in_one_cell(text, m) for m in spotted]
        kept = [self._as_finding(text, m) for m in cells if says_something(text, m)]
        kept = [_as_defined(text, m, short_forms) for m in kept]
        kept = [part for m in kept for part in self.measured.split(text, m)]
        kept = [self.measured.closed(text, m) for m in self.readings.settled(text, kept)]
        kept += self.measured.tests(text, index, sentence, kept)
        kept = self.places.parts(text, [self.places.named(text, m) for m in kept])
        kept = self.joining.joined(text, sentence, kept)
        kept = self.places.acted(index, sentence, self.places.stated(text, kept))
        kept = [m for m in kept if not (added and self.manner.fullmatch(_words(text, m)))]
        added = [a for a in added if not crosses(a, kept)]
        terms = self.vocabulary.matches(sentence.tokens)
        short = _abbreviated(index, sentence, short_forms)
        for term in short + self._terms(index, sentence, terms):
            term = self._without_leading(text, term)
            if not crosses(term, kept) and not any(term.span.overlaps(a.span) for a in added):
                added.append(term)
        kept = [
            m for m in kept if m.kind in HEADS or not any(a.span.overlaps(m.span) for a in added)
        ]
        said = self.readings.tested_drugs(text, sentence.span, kept + added)
        said = self.beside.doses(text, said)
        said = self.beside.results(text, index, sentence, said)
        said += self.places.unmarked(index, sentence, said)
        said += self.places.behind(index, sentence, said, terms)
        said += self.degrees.around(text, index, sentence, said)
        return sorted(said, key=lambda m: (m.span, m.kind))

    def _as_finding(self, text: str, mention: Mention) -> Mention:
        words = _words(text, mention)
        if mention.kind in _PROBLEMS and (tail := self.trailing.search(words)):
            return _cut(mention, tail)  # "seizure-free": that it is not there is said of it
        if mention.kind is MentionKind.SITE and (tail := self.site_tail.search(words)):
            return _cut(mention, tail)
        if mention.kind not in _MAY_BE_FINDING or not self.finding.search(words):
            return mention
        if mention.kind is MentionKind.VALUE:
            before = words.lower().split()[:-1]
            if any(c.isdigit() for c in words) or all(w in self.plain for w in before):
                return mention
        return replace(mention, kind=MentionKind.SYMPTOM)

    def _without_leading(self, text: str, mention: Mention) -> Mention:
        match = self.leading.match(text, *mention.span)
        if match is None or not text[match.end() : mention.span.end].strip():
            return mention
        start = match.end()
        while text[start].isspace():
            start += 1
        return replace(mention, span=Span(start, mention.span.end))

    def _terms(self, index: int, sentence: Sentence, terms: Sequence[Match]) -> list[Mention]:
        out: list[Mention] = []
        for match in terms:
            if not match.exact:
                continue
            for domain, rule in self.terms.items():
                if domain in match.domains:
                    tokens = sentence.tokens[match.start_token : match.end_token]
                    if len(tokens) == 1 and not rule.single:
                        continue
                    if " ".join(t.text.lower() for t in tokens) in rule.but:
                        continue
                    span = Span(tokens[0].span.start, tokens[-1].span.end)
                    out.append(Mention(rule.kind, span, index, label=f"term:{domain.value}"))
                    break
        return out

    def _acts(self, text: str, index: int, sentence: Sentence) -> list[Mention]:
        start, end = sentence.span
        told = [Span(*m.span("act")) for m in self.act.finditer(text, start, end)]
        named = [Span(*m.span()) for m in self.act_noun.finditer(text, start, end)]
        spans = told + [n for n in named if not any(n.overlaps(t) for t in told)]
        return [Mention(MentionKind.PROCEDURE, s, index, label="act") for s in spans]


def _as_defined(text: str, mention: Mention, short_forms: Mapping[str, MentionKind]) -> Mention:
    """An abbreviation names what its long form names, whatever it looks like in its sentence."""
    kind = short_forms.get(text[slice(*mention.span)])
    if kind is None or mention.kind not in HEADS or {kind, mention.kind} <= _PROBLEMS:
        return mention
    return replace(mention, kind=kind)


def _abbreviated(
    index: int, sentence: Sentence, short_forms: Mapping[str, MentionKind]
) -> list[Mention]:
    return [
        Mention(short_forms[t.text], t.span, index, label="abbreviation")
        for t in sentence.tokens
        if t.text in short_forms
    ]


def _words(text: str, mention: Mention) -> str:
    return text[mention.span.start : mention.span.end]


def _cut(mention: Mention, tail: re.Match[str]) -> Mention:
    return replace(mention, span=Span(mention.span.start, mention.span.start + tail.start()))


def _in_one_cell(text: str, mention: Mention) -> Mention:
    """A mention that crosses cells of a table row ("46 | F | infection") in the cell of most
    letters: no name goes from one cell to the next."""
    words = _words(text, mention)
    if "|" not in words:
        return mention
    cell = max(_CELL.finditer(words), key=lambda m: sum(map(str.isalpha, m[0])), default=None)
    if cell is None:
        return mention
    start = mention.span.start + cell.start()
    return replace(mention, span=Span(start, start + len(cell[0].rstrip())))


_CELL = re.compile(r"[^|\s][^|]*")
_PROBLEMS = frozenset({MentionKind.SYMPTOM, MentionKind.DISEASE})
_MAY_BE_FINDING = frozenset({MentionKind.SITE, MentionKind.DETAIL, MentionKind.VALUE})


def _site_tail(rule: SiteTail) -> re.Pattern[str]:
    kept = "|".join(re.escape(w) for w in rule.keep)
    endings = "|".join(re.escape(e) for e in rule.endings)
    word = rf"(?!(?:{kept})\b)\w+(?:{endings})"
    return re.compile(rf"(?:\s+{word})+$", re.IGNORECASE)


def _any(words: Sequence[str]) -> str:
    return phrases(words).pattern


def load(layers: Sequence[Path], vocabulary: Vocabulary) -> Supplement:
    """The rules of all layers, compiled."""
    rules = load_rules(layers, "narrative/supplement.toml", SupplementRules)
    acts = rules.acts
    pattern = (
        rf"{_any(acts.auxiliaries)}\s+(?:{_any(acts.adverbs)}\s+)*?"
        rf"(?P<act>(?:{_any(acts.adverbs)}\s+)?{_any(acts.participles)}"
        rf"(?:\s+{_any(acts.manner)})?)"
    )
    return Supplement(
        vocabulary,
        {rule.domain: rule for rule in rules.terms},
        re.compile(pattern, re.IGNORECASE),
        phrases(acts.manner),
        re.compile(rf"{_any(acts.nouns)}|\b\w+(?:{'|'.join(acts.endings)})\b", re.IGNORECASE),
        phrases(rules.leading.words),
        re.compile(
            rf"(?<=\w)[\s-]+(?:{'|'.join(map(re.escape, rules.trailing.words))})$", re.IGNORECASE
        ),
        re.compile(rf"{_any(rules.findings.heads)}$", re.IGNORECASE),
        frozenset(rules.findings.plain),
        _site_tail(rules.site_tail),
        compile_measured(rules.results, rules.measured),
        compile_beside(rules.beside, rules.doses),
        compile_readings(rules.readings, rules.susceptibility),
        compile_places(rules.places, rules.states),
        compile_degrees(rules.degrees),
        Joining(
            vocabulary,
            phrases(acts.manner),
            re.compile(rf"{_any(rules.looks.heads)}$", re.IGNORECASE),
            open_ends(rules.open_end),
        ),
    )

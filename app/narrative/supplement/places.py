"""Parts of the body that the spotter took for something else or did not mark, and states of a part
of the body that it took for a detail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.narrative.mentions import Mention, MentionKind, Sentence
from app.narrative.tokens import tokenize
from app.rules import Rules
from app.terminology import Domain, Match
from app.text import Span

_AFTER = frozenset(
    {MentionKind.SYMPTOM, MentionKind.DISEASE, MentionKind.PROCEDURE, MentionKind.SITE}
)
_PROBLEMS = frozenset({MentionKind.SYMPTOM, MentionKind.DISEASE})
_NAMING = (
    _PROBLEMS,
    frozenset({MentionKind.PROCEDURE}),
    frozenset({MentionKind.TEST}),
)
_SAID = frozenset({MentionKind.DETAIL, MentionKind.VALUE})
_IN_FRONT = _SAID | _PROBLEMS | {MentionKind.SEVERITY}
_MANNER = "ly"


class PlaceRules(Rules):
    """`adjectives` say where in the body, `nouns` are parts of it; `before` are words of side and
    level that may stand before them; `ends` end the name of a place whatever stands before."""

    adjectives: list[str]
    nouns: list[str]
    before: list[str]
    ends: list[str]
    prepositions: list[str]
    determiners: list[str]
    seen: list[str]


class StateRules(Rules):
    """`words` say that something is wrong with the part of the body that they are said of; those
    of `told` only behind it, with one of `verbs` and any of `adverbs` between. `acting` words say
    what is done to the part right behind them."""

    words: list[str]
    told: list[str]
    verbs: list[str]
    adverbs: list[str]
    acting: list[str]


@dataclass(frozen=True)
class Places:
    """Words, lower case."""

    adjectives: frozenset[str]
    nouns: frozenset[str]
    before: frozenset[str]
    ends: frozenset[str]
    prepositions: frozenset[str]
    determiners: frozenset[str]
    seen: frozenset[str]
    states: frozenset[str]
    told: frozenset[str]
    verbs: frozenset[str]
    adverbs: frozenset[str]
    acting: frozenset[str]

    def named(self, text: str, mention: Mention) -> Mention:
        """A detail of nothing but such words ("antral", "right facial", "injection site") as a
        site."""
        if mention.kind is not MentionKind.DETAIL:
            return mention
        words = _words(text, mention.span)
        if not words:
            return mention
        if words[-1] in self.ends or (self._names(words[-1]) and all(map(self._is_place, words))):
            return replace(mention, kind=MentionKind.SITE)
        return mention

    def parts(self, text: str, mentions: Sequence[Mention]) -> list[Mention]:
        """The mentions with adjectives of place, taken for a head of their own right before a
        head of that kind, as its site: "intercostal" + "drainage"."""
        out = sorted(mentions, key=lambda m: m.span)
        for at, (one, other) in enumerate(pairwise(out)):
            if (
                any(one.kind in kinds and other.kind in kinds for kinds in _NAMING)
                and text[one.span.end : other.span.start].isspace()
            ):
                words = _words(text, one.span)
                if words and words[-1] in self.adjectives and all(map(self._is_place, words)):
                    out[at] = replace(one, kind=MentionKind.SITE, label="place")
        return out

    def stated(self, text: str, mentions: Sequence[Mention]) -> list[Mention]:
        """The mentions with details and results that say what is wrong with a part of the body as
        findings: "a ruptured papillary muscle", "the abdomen was soft"."""
        out = sorted(mentions, key=lambda m: m.span)
        for at, mention in enumerate(out):
            if mention.kind is not MentionKind.SITE:
                continue
            following = out[at + 1] if at + 1 < len(out) else None
            if not (following and _touch(text, mention, following) and following.kind in _AFTER):
                self._before(text, out, at)
            for said in self._told(text, out, at):
                out[said] = _finding(text, out[said], self.told)
        return out

    def _before(self, text: str, mentions: list[Mention], site: int) -> None:
        """Makes the details in front of a site that are states findings: "a dilated, tortuous
        left ureter"."""
        for at in range(site - 1, -1, -1):
            gap = text[mentions[at].span.end : mentions[at + 1].span.start].strip()
            if mentions[at].kind not in _IN_FRONT or gap not in ("", ",", "and"):
                return
            words = _words(text, mentions[at].span)
            if mentions[at].kind in _SAID and words and words[-1] in self.states:
                mentions[at] = _finding(text, mentions[at], self.states)

    def _told(self, text: str, mentions: Sequence[Mention], site: int) -> Iterator[int]:
        """The states behind a site that a verb ties to it, and those coordinated with them."""
        end, tie = mentions[site].span.end, self._is_tie
        for at in range(site + 1, len(mentions)):
            gap = [t.text.lower() for t in tokenize(text, end, mentions[at].span.start)]
            words = [w for w in _words(text, mentions[at].span) if w != "non"]
            if (
                mentions[at].kind not in _SAID
                or not tie(gap)
                or not words
                or words[-1] not in self.told
            ):
                return
            yield at
            end, tie = mentions[at].span.end, _joins

    def _is_tie(self, gap: Sequence[str]) -> bool:
        return bool(gap) and gap[0] in self.verbs and all(self._is_manner(w) for w in gap[1:])

    def _is_manner(self, word: str) -> bool:
        return word in self.adverbs or word.endswith(_MANNER)

    def acted(self, index: int, sentence: Sentence, mentions: Sequence[Mention]) -> list[Mention]:
        """The mentions, with unmarked words that say what is done to a part of the body: "a mass
        [compressing] the trachea", "the ileum was [entrapped]"."""
        starts = {m.span.start for m in mentions if m.kind is MentionKind.SITE}
        ends = {m.span.end for m in mentions if m.kind is MentionKind.SITE}
        tokens = sentence.tokens
        words = [t.text.lower() for t in tokens] if starts else []
        new: list[Mention] = []
        for at, word in enumerate(words):
            said = None
            if word in self.acting:
                behind = at + 1
                while behind < len(words) and words[behind] in self.determiners:
                    behind += 1
                if behind < len(words) and tokens[behind].span.start in starts:
                    said = at
            elif word in self.verbs and at and tokens[at - 1].span.end in ends:
                behind = at + 1
                while behind < len(words) - 1 and self._is_manner(words[behind]):
                    behind += 1
                if behind < len(words) and words[behind] in self.told:
                    said = behind
            if said is not None:
                new.append(Mention(MentionKind.SYMPTOM, tokens[said].span, index, label="state"))
        spans = {m.span for m in new}
        kept = [m for m in mentions if m.span not in spans or m.kind in _PROBLEMS]
        return kept + [n for n in new if not any(n.span.overlaps(m.span) for m in kept)]

    def unmarked(
        self, index: int, sentence: Sentence, mentions: Sequence[Mention]
    ) -> list[Mention]:
        """Unmarked adjectives right before a problem, a procedure or another site."""
        starts = {m.span.start for m in mentions if m.kind in _AFTER}
        if not starts:
            return []
        out: list[Mention] = []
        tokens = sentence.tokens
        for at in range(1, len(tokens)):
            if tokens[at].span.start not in starts:
                continue
            first = at
            while first and self._is_place(tokens[first - 1].text.lower()):
                first -= 1
            if first == at or tokens[at - 1].text.lower() not in self.adjectives:
                continue
            span = Span(tokens[first].span.start, tokens[at - 1].span.end)
            if not any(m.span.overlaps(span) for m in mentions):
                out.append(Mention(MentionKind.SITE, span, index, label="place"))
        return out

    def behind(
        self,
        index: int,
        sentence: Sentence,
        mentions: Sequence[Mention],
        terms: Sequence[Match],
    ) -> list[Mention]:
        """Unmarked parts of the body, behind a problem with only a preposition between, or words
        of seeing: "ulcers (were seen) in the throat"."""
        tokens = sentence.tokens
        ends = {m.span.end for m in mentions if m.kind in _PROBLEMS}
        named = {
            term.start_token: term.end_token
            for term in terms
            if Domain.ANATOMY in term.domains and term.exact
        }
        named.update(
            (at, at + 1) for at, token in enumerate(tokens) if token.text.lower() in self.nouns
        )
        out: list[Mention] = []
        for start, end in sorted(named.items()) if ends else ():
            first = at = start
            while at and tokens[at - 1].text.lower() in self.before:
                at -= 1
                first = at
            while at and tokens[at - 1].text.lower() in self.determiners:
                at -= 1
            if at < 2 or tokens[at - 1].text.lower() not in self.prepositions:
                continue
            span = Span(tokens[first].span.start, tokens[end - 1].span.end)
            at -= 2
            while at and tokens[at].text.lower() in self.seen:
                at -= 1
            if tokens[at].span.end in ends and not any(m.span.overlaps(span) for m in mentions):
                out.append(Mention(MentionKind.SITE, span, index, label="place"))
        return out

    def _names(self, word: str) -> bool:
        return word in self.adjectives or word in self.nouns

    def _is_place(self, word: str) -> bool:
        return self._names(word) or word in self.before


def _words(text: str, span: Span) -> list[str]:
    return text[span.start : span.end].lower().replace("-", " ").split()


def _touch(text: str, one: Mention, other: Mention) -> bool:
    return text[one.span.end : other.span.start].isspace()


def _joins(gap: Sequence[str]) -> bool:
    return bool(gap) and all(w in (",", "and", "or", "but", "not") for w in gap)


def _finding(text: str, mention: Mention, states: frozenset[str]) -> Mention:
    """The state within a detail, from its first word of state on: "acutely [occluded]",
    "non-[tender]"."""
    for token in tokenize(text, mention.span.start, mention.span.end):
        if token.text.lower() in states:
            span = Span(token.span.start, mention.span.end)
            return replace(mention, kind=MentionKind.SYMPTOM, span=span, label="state")
    return mention


def _lower(words: Sequence[str]) -> frozenset[str]:
    return frozenset(w.lower() for w in words)


def compile_places(places: PlaceRules, states: StateRules) -> Places:
    """The rules of the file."""
    return Places(
        _lower(places.adjectives),
        _lower(places.nouns),
        _lower(places.before),
        _lower(places.ends),
        _lower(places.prepositions),
        _lower(places.determiners),
        _lower(places.seen),
        _lower(states.words),
        _lower(states.words) | _lower(states.told),
        _lower(states.verbs),
        _lower(states.adverbs),
        _lower(states.acting),
    )

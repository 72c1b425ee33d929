"""Mentions that the spotter cut where one thing is named, and how a result looks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.narrative.mentions import HEADS, Mention, MentionKind, Sentence
from app.rules import Rules
from app.terminology import Domain, Vocabulary
from app.text import Span

_PROBLEMS = frozenset({MentionKind.SYMPTOM, MentionKind.DISEASE})


class LooksRules(Rules):
    """Words that end the name of how a result looks."""

    heads: list[str]


class OpenEndRules(Rules):
    """Words with which no result ends; those after which it goes on in the next one."""

    words: list[str]
    goes_on: list[str]


@dataclass(frozen=True)
class OpenEnds:
    """Compiled `OpenEndRules`."""

    words: re.Pattern[str]
    goes_on: re.Pattern[str]

    def closed(self, text: str, results: Sequence[Mention]) -> list[Mention]:
        """Results in the order of the text, none with an open end; one of nothing else is none."""
        out: list[Mention] = []
        for mention in results:
            last = out[-1] if out else None
            if last is not None and self._goes_on(text, last, mention):
                out[-1] = replace(last, span=Span(last.span.start, mention.span.end))
            else:
                out.append(mention)
        return [closed for m in out if (closed := self._cut(text, m)).span.length]

    def _goes_on(self, text: str, first: Mention, second: Mention) -> bool:
        return (
            text[first.span.end : second.span.start].isspace()
            and self.goes_on.search(text[slice(*first.span)]) is not None
        )

    def _cut(self, text: str, mention: Mention) -> Mention:
        start, end = mention.span
        while tail := self.words.search(text[start:end]):
            end = start + tail.start()
        return mention if end == mention.span.end else replace(mention, span=Span(start, end))


def open_ends(rules: OpenEndRules) -> OpenEnds:
    """The rules, compiled."""

    def at_end(words: Sequence[str]) -> re.Pattern[str]:
        inner = "|".join(map(re.escape, words))
        return re.compile(rf"(?:^|\s+|(?<=\W))(?:{inner})\s*$", re.IGNORECASE)

    return OpenEnds(at_end(rules.words), at_end(rules.goes_on))


@dataclass(frozen=True)
class Joining:
    """Heads side by side that are one."""

    vocabulary: Vocabulary
    manner: re.Pattern[str]
    looks: re.Pattern[str]
    open_ends: OpenEnds

    def joined(self, text: str, sentence: Sentence, spotted: Sequence[Mention]) -> list[Mention]:
        """The mentions of a sentence. Two heads of one kind with nothing but space between them
        are one when they are one term of the vocabulary ("sudden" + "death"), when the first
        names no problem by itself ("ductal" + "adenocarcinoma"), or when one of them says only
        how the other was done ("resected" + "endoscopically")."""
        out: list[Mention] = []
        whole = self._results(text, [self._looked(text, m) for m in spotted])
        for mention in sorted(whole, key=lambda m: m.span):
            last = out[-1] if out else None
            if (
                last is not None
                and mention.kind in HEADS
                and _alike(last.kind, mention.kind)
                and text[last.span.end : mention.span.start].isspace()
                and self._one(text, sentence, last, mention)
            ):
                kind, label = mention.kind, mention.label
                span = Span(last.span.start, mention.span.end)
                out[-1] = replace(last, span=span, kind=kind, label=label)
            else:
                out.append(mention)
        return out

    def _results(self, text: str, mentions: Sequence[Mention]) -> list[Mention]:
        results = sorted((m for m in mentions if m.kind is MentionKind.VALUE), key=lambda m: m.span)
        others = [m for m in mentions if m.kind is not MentionKind.VALUE]
        return others + self.open_ends.closed(text, results)

    def _one(self, text: str, sentence: Sentence, first: Mention, second: Mention) -> bool:
        if first.kind in _PROBLEMS and not self._is_problem(text[slice(*first.span)]):
            return True
        if first.kind is MentionKind.PROCEDURE and any(
            self.manner.fullmatch(text[slice(*m.span)]) for m in (first, second)
        ):
            return True
        tokens = sentence.tokens
        return any(
            match.exact
            and tokens[match.start_token].span.start == first.span.start
            and tokens[match.end_token - 1].span.end == second.span.end
            for match in self.vocabulary.matches(tokens)
        )

    def _is_problem(self, words: str) -> bool:
        return any(
            self.vocabulary.lookup(words, domain) is not None
            for domain in (Domain.DISEASE, Domain.FINDING)
        )

    def _looked(self, text: str, mention: Mention) -> Mention:
        """'A nucleolar pattern' is no result of its own; it says how the result looks."""
        words = text[slice(*mention.span)]
        if mention.kind is MentionKind.VALUE and self.looks.search(words):
            return replace(mention, kind=MentionKind.DETAIL)
        return mention


def _alike(one: MentionKind, other: MentionKind) -> bool:
    return one is other or (one in _PROBLEMS and other in _PROBLEMS)

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


@dataclass(frozen=True)
class Joining:
    """Heads side by side that are one."""

    vocabulary: Vocabulary
    manner: re.Pattern[str]
    looks: re.Pattern[str]

    def joined(self, text: str, sentence: Sentence, spotted: Sequence[Mention]) -> list[Mention]:
        """The mentions of a sentence. Two heads of one kind with nothing but space between them
        are one when they are one term of the vocabulary ("sudden" + "death"), when the first
        names no problem by itself ("ductal" + "adenocarcinoma"), or when one of them says only
        how the other was done ("resected" + "endoscopically")."""
        out: list[Mention] = []
        for mention in sorted((self._looked(text, m) for m in spotted), key=lambda m: m.span):
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

"""Marks mentions that stand in a clause of general knowledge."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.narrative.cues import phrases
from app.narrative.mentions import Assertion, Mention, Mode, Sentence
from app.rules import Rules, load_rules
from app.text import BlockKind, Span


class GeneralRules(Rules):
    blocks: list[BlockKind]
    clause_ends: list[str]
    words: list[str]
    own: list[str]


@dataclass(frozen=True)
class General:
    """Compiled rules."""

    blocks: frozenset[BlockKind]
    ends: re.Pattern[str]
    words: re.Pattern[str]
    own: re.Pattern[str]

    def mark(
        self, text: str, sentences: Sequence[Sentence], mentions: Sequence[Mention]
    ) -> list[Mention]:
        """The mentions; those of a general clause are asserted of nobody (`Mode.GENERAL`)."""
        clauses: dict[int, list[Span]] = {}
        out: list[Mention] = []
        for mention in mentions:
            sentence = sentences[mention.sentence]
            if sentence.block.kind in self.blocks:
                if mention.sentence not in clauses:
                    clauses[mention.sentence] = self._general(text, sentence.span)
                if any(c.overlaps(mention.span) for c in clauses[mention.sentence]):
                    mention = replace(mention, assertion=Assertion(mode=Mode.GENERAL))
            out.append(mention)
        return out

    def _general(self, text: str, span: Span) -> list[Span]:
        out: list[Span] = []
        start = span.start
        cuts = [m.start() for m in self.ends.finditer(text, span.start, span.end)]
        for end in [*cuts, span.end]:
            if self.words.search(text, start, end) and not self.own.search(text, start, end):
                out.append(Span(start, end))
            start = end
        return out


def load(layers: Sequence[Path]) -> General:
    """The rules of all layers, compiled."""
    rules = load_rules(layers, "narrative/general.toml", GeneralRules)
    ends = "|".join(re.escape(e) for e in rules.clause_ends)
    return General(
        frozenset(rules.blocks),
        re.compile(ends, re.IGNORECASE),
        phrases(rules.words),
        phrases(rules.own),
    )

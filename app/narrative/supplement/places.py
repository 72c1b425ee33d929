"""Parts of the body that the spotter took for a detail or did not mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.narrative.mentions import Mention, MentionKind, Sentence
from app.rules import Rules
from app.text import Span

_AFTER = frozenset(
    {MentionKind.SYMPTOM, MentionKind.DISEASE, MentionKind.PROCEDURE, MentionKind.SITE}
)


class PlaceRules(Rules):
    """`adjectives` say where in the body; `before` are words of side and level that may stand
    before them."""

    adjectives: list[str]
    before: list[str]


@dataclass(frozen=True)
class Places:
    """Words, lower case."""

    adjectives: frozenset[str]
    before: frozenset[str]

    def named(self, text: str, mention: Mention) -> Mention:
        """A detail of nothing but such words ("antral", "right facial") as a site."""
        if mention.kind is not MentionKind.DETAIL:
            return mention
        words = text[mention.span.start : mention.span.end].lower().replace("-", " ").split()
        if words and words[-1] in self.adjectives and all(map(self._is_place, words)):
            return replace(mention, kind=MentionKind.SITE)
        return mention

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

    def _is_place(self, word: str) -> bool:
        return word in self.adjectives or word in self.before


def compile_places(rules: PlaceRules) -> Places:
    """The rules of the file."""
    return Places(
        frozenset(w.lower() for w in rules.adjectives), frozenset(w.lower() for w in rules.before)
    )

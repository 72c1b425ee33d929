"""A sentence as the relation rules see it: tokens, and the mentions that cover them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property

from app.narrative.mentions import Mention, Sentence

_DETERMINERS = frozenset(
    {
        "the",
        "a",
        "an",
        "his",
        "her",
        "their",
        "its",
        "this",
        "these",
        "that",
        "both",
        "very",
        "also",
    }
)
_SEPARATORS = frozenset(
    {",", "and", "or", "/", "&", "as", "well", "both", "nor", "plus", "the", "a"}
)


class Layout:
    """Where the mentions of one sentence stand.

    `mentions` are in the order of the text; `first` and `last` are token numbers of a mention,
    the last one exclusive. `items` is the sentence with every outermost mention as one item
    (its number, 0 or above) and the tokens outside mentions as lower-case words.
    """

    def __init__(self, sentence: Sentence, mentions: Sequence[Mention]) -> None:
        self.sentence = sentence
        self.mentions = tuple(mentions)
        self.words = [t.text.lower() for t in sentence.tokens]
        starts = [t.span.start for t in sentence.tokens]
        ends = [t.span.end for t in sentence.tokens]
        self.first = [max(0, bisect_left(ends, m.span.start + 1)) for m in self.mentions]
        self.last = [bisect_left(starts, m.span.end) for m in self.mentions]

    @cached_property
    def cover(self) -> list[int]:
        """For each token the number of the (longest) mention that covers it, or -1."""
        cover = [-1] * len(self.words)
        order = sorted(range(len(self.mentions)), key=lambda i: self.first[i] - self.last[i])
        for index in reversed(order):
            for at in range(self.first[index], self.last[index]):
                cover[at] = index
        return cover

    def text(self, index: int) -> list[str]:
        """The words of a mention, lower case."""
        return self.words[self.first[index] : self.last[index]]

    def before(self, index: int) -> str:
        """The word before a mention."""
        at = self.first[index] - 1
        return self.words[at] if at >= 0 else "^"

    def after(self, index: int) -> str:
        """The word after a mention."""
        at = self.last[index]
        return self.words[at] if at < len(self.words) else "$"

    def gap(self, left: int, right: int) -> list[str]:
        """What stands between two mentions: words, and `<kind>` for a mention."""
        out: list[str] = []
        seen = -1
        cover, mentions = self.cover, self.mentions
        for at in range(self.last[left], self.first[right]):
            index = cover[at]
            if index < 0:
                out.append(self.words[at])
            elif index != seen and index not in (left, right):
                out.append(f"<{mentions[index].kind.value}>")
            seen = index
        return out

    @cached_property
    def joined(self) -> list[bool]:
        """For each mention, whether it is coordinated with the next one of its kind.

        Between the two stand only commas, "and", "or" and modifiers of another kind.
        """
        out: list[bool] = []
        for index, mention in enumerate(self.mentions):
            out.append(self._joined_to_next(index, mention.kind.value))
        return out

    def _joined_to_next(self, index: int, kind: str) -> bool:
        mentions = self.mentions
        for other in range(index + 1, len(mentions)):
            if mentions[other].kind.value == kind and self.first[other] >= self.last[index]:
                gap = self.gap(index, other)
                gap = unbracketed(gap)
                return any(w in (",", "and", "or", "/", "&") for w in gap) and all(
                    w in _SEPARATORS or w[0] == "<" for w in gap
                )
        return False

    @cached_property
    def respectively(self) -> bool:
        return "respectively" in self.words


def unbracketed(gap: Sequence[str]) -> list[str]:
    """A gap without whole brackets: "(Figure 1)" and the like say nothing of what belongs to what.

    A gap with a bracket that opens or closes outside it stays as it is.
    """
    if "(" not in gap:
        return list(gap)
    out: list[str] = []
    depth = 0
    for word in gap:
        if word == "(":
            depth += 1
        elif word == ")":
            depth -= 1
            if depth < 0:
                return list(gap)
        elif depth == 0:
            out.append(word)
    return out if depth == 0 else list(gap)


def bare(gap: Sequence[str]) -> list[str]:
    """A gap without whole brackets and determiners."""
    return [w for w in unbracketed(gap) if w not in _DETERMINERS]

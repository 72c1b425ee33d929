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
_OUTCOME = "<outcome>"
_SEPARATORS = frozenset(
    {",", "and", "or", "/", "&", "as", "well", "both", "nor", "plus", "the", "a"}
)


class Layout:
    """Where the mentions of one sentence stand.

    `mentions` are in the order of the text; `first` and `last` are token numbers of a mention,
    the last one exclusive; `kinds` are the names of their kinds.
    """

    def __init__(self, sentence: Sentence, mentions: Sequence[Mention]) -> None:
        self.sentence = sentence
        self.mentions = tuple(mentions)
        self.kinds = [str(m.kind) for m in self.mentions]
        self.words = [t.text.lower() for t in sentence.tokens]
        starts = [t.span[0] for t in sentence.tokens]
        ends = [t.span[1] for t in sentence.tokens]
        self._gaps: dict[tuple[int, int], list[str]] = {}
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
        found = self._gaps.get((left, right))
        if found is None:
            found = self._gaps[left, right] = self._gap(left, right)
        return found

    def _gap(self, left: int, right: int) -> list[str]:
        out: list[str] = []
        seen = -1
        cover = self.cover
        for at in range(self.last[left], self.first[right]):
            index = cover[at]
            if index < 0:
                out.append(self.words[at])
            elif index != seen and index not in (left, right):
                out.append(f"<{self.kinds[index]}>")
            seen = index
        return out

    @cached_property
    def looks(self) -> list[tuple[str, str, str, str, str]]:
        """Of each mention the last word, the first, the word before, the word after, the shape."""
        return [self._look(i) for i in range(len(self.mentions))]

    def _look(self, index: int) -> tuple[str, str, str, str, str]:
        words = self.text(index)
        number = any(map(str.isdigit, "".join(words)))
        shape = ("number" if number else "word") + ("" if len(words) == 1 else "s")
        tail, first = (words[-1], words[0]) if words else ("", "")
        return tail, first, self.before(index), self.after(index), shape

    @cached_property
    def joined(self) -> list[bool]:
        """For each mention, whether it is coordinated with the next one of its kind (symptoms
        and diseases are one kind here).

        Between the two stand only commas, "and", "or" and modifiers of another kind. Words that
        say how the first one went end its clause.
        """
        groups = ["symptom" if kind == "disease" else kind for kind in self.kinds]
        return [self._joined_to_next(i, groups) for i in range(len(groups))]

    def _joined_to_next(self, index: int, groups: Sequence[str]) -> bool:
        for other in range(index + 1, len(groups)):
            if groups[other] == groups[index] and self.first[other] >= self.last[index]:
                gap = self.gap(index, other)
                gap = _without_with(unbracketed(gap))
                return any(w in (",", "and", "or", "/", "&") for w in gap) and all(
                    w in _SEPARATORS or (w[0] == "<" and w != _OUTCOME) for w in gap
                )
        return False

    @cached_property
    def respectively(self) -> bool:
        return "respectively" in self.words


def _without_with(gap: Sequence[str]) -> list[str]:
    """A gap without "with a <detail>": what a thing comes with does not end a coordination."""
    out: list[str] = []
    for word in gap:
        if word[0] == "<" and out[-2:] in (["with", "a"], ["with", "an"]):
            del out[-2:]
        elif word[0] == "<" and out[-1:] == ["with"]:
            del out[-1:]
        out.append(word)
    return out


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

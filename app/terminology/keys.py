"""The keys under which terms are filed and looked up. See `app.terminology.pack`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.terminology.normalise import Normaliser, load_normaliser
from app.terminology.words import Words, load_words

_MOST_WORDS = 14


class Keys:
    """Makes keys of phrases; used alike when packs are compiled and when they are read."""

    def __init__(self, normaliser: Normaliser, words: Words) -> None:
        self.normaliser = normaliser
        self.words = words

    def ordered(self, words: Sequence[str]) -> str:
        """The key of words in their order."""
        return " ".join(words) + " "

    def unordered(self, words: Sequence[str]) -> str | None:
        """The key without order, or None when order may matter to these words."""
        rules = self.words
        if any(w in rules.order_forbid or not w.isalpha() for w in words):
            return None
        kept = [rules.adjectives.get(w, w) for w in words if w not in rules.order_pass]
        if not 2 <= len(kept) <= rules.order_most:
            return None
        return "~" + " ".join(sorted(kept)) + " "

    def abbreviation(self, text: str) -> str:
        """The key of an abbreviation, as printed."""
        return "=" + text + " "

    def with_unit(self, words: Sequence[str], unit: str) -> str:
        """The key of words for a result in a unit."""
        return f"@{unit} {self.ordered(words)}"

    def of_term(self, text: str, *, abbreviation: bool = False, unit: str = "") -> tuple[str, ...]:
        """All keys under which a term is filed; none when nothing is left of it."""
        if abbreviation:
            return (self.abbreviation(text.strip()),)
        words = self.normaliser.phrase(text)
        if not words or len(words) > _MOST_WORDS:
            return ()
        if unit:
            return (self.with_unit(words, unit),)
        unordered = self.unordered(words)
        return (self.ordered(words),) if unordered is None else (self.ordered(words), unordered)


def load_keys(folders: Sequence[Path]) -> Keys:
    """The keys of the language files in the given mapping folders. Raises MappingError."""
    normaliser = load_normaliser(folders)
    return Keys(normaliser, load_words(folders, normaliser))

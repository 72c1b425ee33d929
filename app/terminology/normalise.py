"""Words brought to one spelling, so that variants of a term meet under one key.

The same rules run when a pack is compiled and when a phrase is looked up. They are data:
`mappings/vocabulary/language/*.toml`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from app.terminology.files import read_toml, section

_WORD = re.compile(r"\d+(?:[.,·]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?|[^\w\s]|_")
_LETTERS = frozenset("A")  # no article: hepatitis A, vitamin A, immunoglobulin A
_POSSESSIVE = re.compile(r"['’]s?$")


class Word(NamedTuple):
    """A normalised word and the tokens `[start, end)` that it stands for."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Spelling:
    """The rules of spelling.toml."""

    letters: Mapping[str, str]
    words: Mapping[str, str]
    pieces: tuple[tuple[str, str], ...]
    pieces_shortest: int
    endings: tuple[tuple[str, str], ...]
    endings_shortest: int
    plurals: tuple[tuple[str, str], ...]
    plurals_keep: tuple[str, ...]
    plurals_shortest: int
    prefixes: frozenset[str]
    numerals: Mapping[str, str]
    numerals_after: frozenset[str]


class Normaliser:
    """Applies the rules; knows nothing of codes."""

    def __init__(self, spelling: Spelling, fillers: Iterable[str]) -> None:
        self._rules = spelling
        self._fillers = frozenset(fillers)
        self._letters = str.maketrans(dict(spelling.letters))
        self._one = lru_cache(maxsize=65_536)(self._spell)
        self._joins = lru_cache(maxsize=65_536)(self._is_prefix)

    def word(self, token: str) -> str:
        """One spelling of one token; empty for a sign or a filler."""
        return self._one(token)

    def _spell(self, token: str) -> str:
        if not any(map(str.isalnum, token)):
            return {"+": "+", "%": "%"}.get(token, "")
        if token in _LETTERS:
            return token.casefold()
        text = _POSSESSIVE.sub("", token.casefold()).translate(self._letters)
        text = "".join(
            c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)
        )
        text = "".join(c for c in text if c.isalnum() or c in ".,")
        rules = self._rules
        if text in rules.words:
            text = rules.words[text]
        elif not text.isascii() or text.isalpha():
            text = self._bend(text)
        return "" if text in self._fillers else text

    def _is_prefix(self, token: str) -> bool:
        return token.casefold() in self._rules.prefixes

    def _bend(self, text: str) -> str:
        rules = self._rules
        if len(text) >= rules.plurals_shortest and not text.endswith(rules.plurals_keep):
            for old, new in rules.plurals:
                if text.endswith(old) and len(text) - len(old) >= 2:
                    text = text[: len(text) - len(old)] + new
                    break
        if len(text) >= rules.pieces_shortest:
            for old, new in rules.pieces:
                text = text.replace(old, new)
        if len(text) >= rules.endings_shortest:
            for old, new in rules.endings:
                if text.endswith(old):
                    text = text[: len(text) - len(old)] + new
                    break
        return rules.words.get(text, text)

    def words(self, tokens: Sequence[str]) -> list[Word]:
        """The words of a sequence of tokens, prefixes joined, signs and fillers gone."""
        out: list[Word] = []
        prefix: Word | None = None
        for at, token in enumerate(tokens):
            text = self._one(token)
            if not text:
                continue
            if out and out[-1].text in self._rules.numerals_after:
                text = self._rules.numerals.get(text, text)
            if prefix is not None:
                text, start = prefix.text + text, prefix.start
                prefix = None
            else:
                start = at
            if start == at and self._joins(token):
                prefix = Word(text, at, at + 1)
                continue
            out.append(Word(text, start, at + 1))
        if prefix is not None:
            out.append(prefix)
        return out

    def phrase(self, text: str) -> list[str]:
        """The normalised words of a phrase."""
        return [word.text for word in self.words(_WORD.findall(text))]


def load_normaliser(folders: Sequence[Path]) -> Normaliser:
    """The normaliser of the given mapping folders; a later folder's file replaces an earlier's.

    Raises MappingError when a file is missing or is not what it should be.
    """
    spelling, place = read_toml(folders, "vocabulary/language/spelling.toml")
    known = {"letters", "words", "pieces", "endings", "plurals", "prefixes", "numerals"}
    section(spelling, place, allowed=known, required=known)
    pieces, endings, plurals = (spelling[name] for name in ("pieces", "endings", "plurals"))
    section(pieces, place, allowed={"shortest", "replace"}, required={"shortest", "replace"})
    section(endings, place, allowed={"shortest", "replace"}, required={"shortest", "replace"})
    wanted = {"shortest", "keep", "replace"}
    section(plurals, place, allowed=wanted, required=wanted)
    section(spelling["prefixes"], place, allowed={"join"}, required={"join"})
    numerals = spelling["numerals"]
    section(numerals, place, allowed={"after", "roman"}, required={"after", "roman"})
    words, _ = read_toml(folders, "vocabulary/language/words.toml")
    return Normaliser(
        Spelling(
            letters=spelling["letters"],
            words=spelling["words"],
            pieces=_pairs(pieces["replace"]),
            pieces_shortest=pieces["shortest"],
            endings=_pairs(endings["replace"]),
            endings_shortest=endings["shortest"],
            plurals=_pairs(plurals["replace"]),
            plurals_keep=tuple(plurals["keep"]),
            plurals_shortest=plurals["shortest"],
            prefixes=frozenset(spelling["prefixes"]["join"]),
            numerals=numerals["roman"],
            numerals_after=frozenset(numerals["after"]),
        ),
        words["fillers"],
    )


def _pairs(rows: Any) -> tuple[tuple[str, str], ...]:
    return tuple((old, new) for old, new in rows)

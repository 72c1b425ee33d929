"""Which words are a heading, and what the text under them is.

The words are rows of `mappings/narrative/headings.toml`; only the shape of numbering,
colons and capitals is known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import field_validator

from app.resources import layers
from app.rules import Rules, load_rules
from app.text import BlockKind

FILE = "narrative/headings.toml"
LONGEST_HEADING = 90

_NUMBERING = re.compile(
    r"(?:(?P<arabic>\d{1,2}(?:\.\d{1,2}){0,3})(?P<dot>[.)]?)"
    r"|(?P<roman>[IVX]{1,5})[.)]|(?P<letter>[A-Z])[.)])"
    r"[ \t\u00a0\u2002\u2003]+(?=\S)"
)
_COUNT = re.compile(r"\b(?:\d{1,2}|[ivx]{1,4})\b")
_RUN_IN = re.compile(
    r"[*_]{0,3}(?P<words>[^\W\d_][^:.\r\n!?;|*_]{1,60}?)"
    r"(?P<end>[*_]{0,3}[ \t]?:[*_]{0,3}[ \t]*|\.[*_]{0,3}[ \t]+|\.?[ \t]*[—–][ \t]*)(?=\S)"
)
_LABEL = re.compile(
    r"(?:(?<=[.!?)\]])[ \t\u00a0]{1,4}|(?<=[ \t][ \t]))[*_]{0,3}"
    r"(?P<words>[A-Z][^\W\d_/&,'’()\[\]-]*(?:[ /&,'’-]{1,2}[^\W\d_]+){0,5})"
    r"[*_]{0,3}[ ]?:[*_]{0,3}[ \t\u00a0]*(?=\S)"
)
_SHOUTED = re.compile(r"(?P<words>[A-Z]{4,}(?:[ /&]{1,3}[A-Z]{2,}){0,3})[ \t]+(?=[A-Z0-9])")


@dataclass(frozen=True, slots=True)
class Heading:
    """One group of the table; see its head for what the fields mean."""

    kind: BlockKind
    level: str
    in_abstract: BlockKind | None
    run_in: bool
    full_stop: bool


class Numbering(NamedTuple):
    """Numbering before a heading: how long it is, and how deep ("2.1" is 2; 0 without)."""

    length: int
    depth: int


class RunIn(NamedTuple):
    """A heading that stands at the beginning of a paragraph: where its words and its text begin."""

    heading: Heading
    start: int
    end: int
    text: int


def normalise(words: str) -> str:
    """A heading as the table writes it: lower case, one kind of apostrophe, no colon."""
    plain = words.replace("’", "'").replace("‘", "'").replace("&", " and ").replace("*", " ")
    plain = plain.replace("‐", "-").replace("‑", "-").replace("–", "-").replace("_", " ")
    return " ".join(plain.casefold().split()).strip(" :.#-")


def numbering(text: str, start: int = 0) -> Numbering:
    """Numbering at `start`: "2.", "2.1", "IV.", "B."."""
    match = _NUMBERING.match(text, start)
    if match is None:
        return Numbering(0, 0)
    depth = match["arabic"].count(".") + 1 if match["arabic"] else 1
    return Numbering(match.end() - start, depth)


class Headings:
    """The table, ready to be asked."""

    def __init__(
        self, exact: dict[str, Heading], open_ended: dict[str, Heading], joiners: frozenset[str]
    ) -> None:
        self._exact = exact
        self._open = open_ended
        self._joiners = joiners

    def find(self, words: str) -> Heading | None:
        """What a heading with these words is; numbering and final colon do not matter."""
        stripped = words.strip().strip("*_# ")
        stripped = stripped[numbering(stripped).length :]
        key = normalise(stripped)
        if not key or len(key) > LONGEST_HEADING:
            return None
        found = self._lookup(key)
        if found is None and key.endswith((")", "]")):
            found = self._lookup(re.sub(r"\s*[(\[][^()\[\]]*[)\]]$", "", key))
        if found is None:
            found = self._compound(key)
        return found or (None if stripped.endswith(".") else self._begun(key))

    def _lookup(self, key: str) -> Heading | None:
        return self._exact.get(key) or self._exact.get(_COUNT.sub("#", key))

    def _compound(self, key: str) -> Heading | None:
        """ "Treatment, outcome and prognosis": every part of it is known; the first decides."""
        parts = [part.strip() for part in re.split(r",? and |, |/| - |: ", key)]
        if len(parts) < 2:
            return None
        found = [self._lookup(part) for part in parts]
        return found[0] if all(found) else None

    def _begun(self, key: str) -> Heading | None:
        """ "Physical examination on admission": known words, then a few that go on with them."""
        names = _COUNT.sub("#", key).split(" ")
        for size in range(len(names) - 1, max(len(names) - 6, 0), -1):
            begin = " ".join(names[:size])
            marked = begin[-1] in ",:-" or names[size][0] in "(-["
            if marked or names[size] in self._joiners:
                found = self._open.get(begin.rstrip(",:-"))
                if found:
                    return found
        return None

    def run_in(self, text: str, start: int, end: int) -> RunIn | None:
        """A heading at `start` that runs into its text: "Case presentation: A 50-year-old"."""
        at = start + numbering(text, start).length
        match = _RUN_IN.match(text, at, end)
        if match is None:
            return None
        key = normalise(match["words"])
        found = self._lookup(key) or self._compound(key)
        mark = match["end"].strip(" \t*_")[:1]
        if found is None or not found.run_in:
            return None
        if mark != ":" and not (found.full_stop or (mark == "." and self._stands_alone(found))):
            return None
        return RunIn(found, start, match.end("words"), match.end())

    @staticmethod
    def _stands_alone(heading: Heading) -> bool:
        """Whether "Words." before running text can only be a heading."""
        return heading.level == "section" and heading.kind in (
            BlockKind.INTRODUCTION,
            BlockKind.DISCUSSION,
            BlockKind.ABSTRACT,
        )

    def labels(self, text: str, start: int, end: int) -> list[RunIn]:
        """Further labels inside a labelled paragraph: "... rare. Conclusion: ..."."""
        found: list[RunIn] = []
        for match in _LABEL.finditer(text, start, end):
            heading = self._lookup(normalise(match["words"]))
            if heading and heading.run_in:
                found.append(RunIn(heading, match.start("words"), match.end("words"), match.end()))
        return found

    def shouted(self, text: str, start: int, end: int) -> RunIn | None:
        """A label in capitals without a colon: "BACKGROUND Cysts are ..."."""
        match = _SHOUTED.match(text, start, end)
        while match:
            heading = self._lookup(normalise(match["words"]))
            if heading and heading.level == "section" and heading.run_in:
                return RunIn(heading, start, match.end("words"), match.end())
            shorter = match["words"].rpartition(" ")[0]
            match = _SHOUTED.match(text, start, start + len(shorter) + 2) if shorter else None
        return None


class _Group(Rules):
    """One `[[heading]]` of the file."""

    kind: BlockKind
    level: Literal["section", "patient", "part"]
    in_abstract: BlockKind | None = None
    run_in: bool = True
    full_stop: bool = False
    words: list[str]
    source: str

    @field_validator("words")
    @classmethod
    def _as_compared(cls, words: list[str]) -> list[str]:
        for one in words:
            body = one.removesuffix(" *").replace("#", "1")
            if normalise(body) != body.rstrip("."):
                raise ValueError(f"'{one}' must be in lower case, a '*' only at its end")
        return words


class _File(Rules):
    joiners: list[str]
    heading: list[_Group]


@lru_cache(maxsize=8)
def load_headings(overlay: Path | None) -> Headings:
    """The built-in table with the user's laid over it. MappingError when one is wrong."""
    file = load_rules(layers(overlay), FILE, _File)
    exact: dict[str, Heading] = {}
    open_ended: dict[str, Heading] = {}
    for group in file.heading:
        heading = Heading(group.kind, group.level, group.in_abstract, group.run_in, group.full_stop)
        for words in group.words:
            body = words.removesuffix(" *")
            (exact if body == words else open_ended)[body.rstrip(".")] = heading
    return Headings(exact, open_ended, frozenset(file.joiners))

"""Blocks into sentences.

A sentence ends at a full stop, question or exclamation mark that is followed by white space
and something that can begin a sentence, unless the full stop belongs to an abbreviation, an
initial or a number. A citation glued to the full stop ("manifestations.1,2 The") belongs to
the sentence before; where only a space is missing ("suffering.This was"), one ends as well. A
blank line ends a sentence in any case. A line break ends it where lines are sentences or
paragraphs (their lengths tell), not where a printed column is wrapped.
The words are in `mappings/narrative/sentences.toml`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from app.narrative import rules
from app.narrative.mentions import Sentence
from app.narrative.tokens import tokenize
from app.resources import layers as mapping_layers
from app.text import Block, BlockKind, Document, Span, trimmed

FILE = "sentences.toml"

_STOP = re.compile(r"[.!?]+[\"'”’)\]]*")
_CITATION = re.compile(
    r"\s?\[\d[\d,;\s–-]*\]|[¹²³⁴-⁹⁰]+(?:[,–-][¹²³⁴-⁹⁰]+)*|\^?\{\d[\d,\s–-]*\}|\^\d[\d,–-]*"
    r"|\d{1,3}(?:[, –-]\d{1,3})*(?=\s)"
)
_BEGINS = re.compile(r"\s+[\"'“‘(\[]?[A-Z0-9À-ÖØ-Þ*Α-Ω]|\s*$")
_GLUED = re.compile(r"[A-Z][a-z]*[ ,]")  # "signs of suffering.This deformity"
_BREAK = re.compile(
    r"\n[ \t\u00a0]*\n"  # a blank line
    r"|\n(?=[ \t]*(?:[-*•▪◦·–][ \t]|\(?[0-9]{1,2}[.)][ \t]))"  # a line of a list
    r"|[ \t\u00a0]{2,}(?=[A-Z][A-Z0-9 /&()-]{2,48}:)"  # an upper-case heading inside a line
)
_NUMBER_ONLY = re.compile(  # of a list or a legend: "3.", "Figure 2A."
    r"[\s(]*(?:(?:fig(?:ure)?|table|scheme|video|box|image|case)\.?\s*)?\d{1,3}[A-Za-z]?\.",
    re.IGNORECASE,
)
_LAST_WORD = re.compile(r"(?:[^\W\d_]|\.(?=[^\W\d_]))+$")
_WRAPPED_WIDTH = 130
_SHORT_LINE = 0.6
_FEWEST_FULL = 5
_MOST_ARE = 0.7


class Splitter:
    """The sentence rules, loaded once."""

    def __init__(self, layers: Sequence[Path]) -> None:
        table = rules.read(layers, FILE)
        rules.check(
            table,
            required={
                "abbreviations": list,
                "may_end": list,
                "starters": list,
                "letter_nouns": list,
                "go_on": list,
            },
            optional={},
            name=FILE,
        )
        self._abbreviations = frozenset(w.lower() for w in table["abbreviations"])
        self._may_end = frozenset(w.lower() for w in table["may_end"])
        self._go_on = frozenset(w.lower() for w in table["go_on"])
        self._letter_nouns = frozenset(w.lower() for w in table["letter_nouns"])
        self._starter = re.compile(r"\s+(?:" + "|".join(table["starters"]) + r")\b")

    def split(self, document: Document) -> tuple[Sentence, ...]:
        """Sentences of all blocks that hold running text, in order."""
        return tuple(
            sentence
            for block in document.blocks
            if block.kind is not BlockKind.HEADING
            for sentence in self.split_block(document.text, block)
        )

    def split_block(self, text: str, block: Block) -> list[Sentence]:
        """Sentences of one block, in order."""
        sentences: list[Sentence] = []
        start = block.span.start
        for cut in self._cuts(text, block.span):
            span = trimmed(text, start, cut)
            start = cut
            if span.length:
                sentences.append(Sentence(span, tokenize(text, span.start, span.end), block))
        return sentences

    def _cuts(self, text: str, span: Span) -> list[int]:
        hard = sorted(
            {m.start() for m in _BREAK.finditer(text, span.start, span.end)}
            | set(_line_ends(text, span, self._go_on))
        )
        cuts: list[int] = []
        begin, at = span.start, 0
        for match in _STOP.finditer(text, span.start, span.end):
            while at < len(hard) and hard[at] <= match.start():
                begin = hard[at]
                at += 1
            end = self._end_at(text, match, begin, span.end)
            if end is not None:
                cuts.append(end)
                begin = end
        return sorted({*hard, *cuts, span.end})

    def _end_at(self, text: str, stop: re.Match[str], begin: int, limit: int) -> int | None:
        """Where the sentence ends that this stop ends, or None when it goes on."""
        end = stop.end()
        citation = _CITATION.match(text, end, limit)
        if citation is not None:
            glued = citation[0][0].isdigit()
            if not glued or _is_word(text[max(begin, stop.start() - 3) : stop.start()]):
                end = citation.end()
        glued_on = _GLUED.match(text, end, limit) is not None and _is_word(
            text[max(begin, stop.start() - 3) : stop.start()]
        )
        if not glued_on and not _BEGINS.match(text, end, limit):
            return None
        if text[stop.start()] != ".":
            return end
        if _NUMBER_ONLY.fullmatch(text, begin, stop.start() + 1):
            return None
        if stop.end() - stop.start() == 1 and not self._may_stop(text, stop, begin, end, limit):
            return None
        return end

    def _may_stop(self, text: str, stop: re.Match[str], begin: int, end: int, limit: int) -> bool:
        """Whether a single full stop ends a sentence after the word before it."""
        word = _LAST_WORD.search(text, max(begin, stop.start() - 16), stop.start())
        if word is None:
            return True
        last = word[0].lower()
        starter = self._starter.match(text, end, limit) is not None
        if text[word.start() - 1 : word.start()] == "/":
            return True  # a unit: "2.6 mmol/L."
        if len(last) == 1 and word[0].isupper():
            before = text[max(begin, word.start() - 16) : word.start()].split()
            noun = before[-1] if before else ""
            if noun.lower() in self._letter_nouns:
                return True
            return starter and noun.isalpha() and noun[0].islower()
        if last in self._may_end:
            return starter
        return last not in self._abbreviations


def _is_word(before: str) -> bool:
    """Whether a citation may be glued after this: the end of a word or of a bracket."""
    return bool(before) and (before.isalpha() or before[-1] in ')]%”"')


def _line_ends(text: str, span: Span, go_on: frozenset[str]) -> list[int]:
    """Line breaks that end a sentence though no full stop does; none behind a word of `go_on`.

    Lines over a printed column's width are paragraphs or sentences by themselves; narrower
    text is wrapped, and only a line much shorter than the others ends something.
    """
    if text.find("\n", span.start, span.end) < 0:
        return []
    lines = text[span.start : span.end].split("\n")
    width = max(map(len, lines))
    column = _column(text) if len(lines) == 2 else 0
    wrapped = width <= _WRAPPED_WIDTH and (len(lines) > 2 or _is_full(lines[0], lines[1], column))
    cuts: list[int] = []
    at = span.start
    for line, following in itertools.pairwise(lines):
        at += len(line)
        start = following.lstrip()[:1]
        last = line.rstrip().rpartition(" ")[2].lower()
        if start and not start.islower() and last not in go_on:
            short = len(line) < _SHORT_LINE * width
            ends = line.rstrip()[-1:]
            if not wrapped or (short and ends not in ",-–.!?"):
                cuts.append(at)
        at += 1
    return cuts


@lru_cache(maxsize=2)
def _column(text: str) -> int:
    """The width that a text is wrapped at, in characters; 0 for a text that is not."""
    breaks = [pair for pair in itertools.pairwise(text.split("\n")) if all(map(str.strip, pair))]
    width = max((len(line) for line, _ in breaks), default=0)
    if width > _WRAPPED_WIDTH:
        return 0
    full = sum(1 for line, following in breaks if _is_full(line, following, width))
    return width if full > _FEWEST_FULL and full > _MOST_ARE * len(breaks) else 0


def _is_full(line: str, following: str, width: int) -> bool:
    """Whether the next word had no room in the line."""
    return 0 < width <= len(line.rstrip()) + 1 + len((following.split(maxsplit=1) or [""])[0])


def load(layers: Sequence[Path]) -> Splitter:
    """The sentence rules of these mapping folders."""
    return Splitter(layers)


@lru_cache(maxsize=1)
def _builtin() -> Splitter:
    return Splitter(mapping_layers(None))


def split(document: Document) -> tuple[Sentence, ...]:
    """Sentences of a document by the built-in rules."""
    return _builtin().split(document)


def split_block(text: str, block: Block) -> list[Sentence]:
    """Sentences of one block by the built-in rules."""
    return _builtin().split_block(text, block)

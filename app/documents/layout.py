"""What a line or paragraph is by its shape: legend, table, reference, authors, statement, title.

The words it looks for are rows of `mappings/narrative/headings.layout.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.documents.headings import normalise
from app.resources import layers
from app.rules import Rules, load_rules
from app.text import BlockKind

FILE = "narrative/headings.layout.toml"
LONGEST_TITLE = 300
LONGEST_AUTHORS = 3000
LONGEST_STATEMENT = 400
_YEAR = re.compile(
    r"(?<!\d)(?:19[4-9]|20[0-4])\d(?!\d)|\d\b(?:19[4-9]|20[0-4])\d|(?:19[4-9]|20[0-4])\d\d+"
)
_REFERENCE_NUMBER = re.compile(r"(?:\[\d{1,3}\]|\(\d{1,3}\)|\d{1,3}[.)])[ \t\u00a0]*(?=\S)")
_REFERENCE_SIGN = re.compile(
    r"\bet al\b|\bdoi\b|10\.\d{4,}/|\bPMID\b|https?://|"
    r"(?:19|20)\d\d\s?[;:(,]|;\s?\d+\s?(?:\(\d|:)|\d+\s?\(\d+\)\s?:\s?\w?\d|"
    r"\b[A-Z][\w’'-]+,? [A-Z]{1,3}(?:,|\.|;)|\bJ [A-Z][a-z]+|\bvol\b",
)
_SENTENCE_END = re.compile(r"[.!?…]['\"”’)\]]*(?:\s*\[[\d,\s–-]+\]|[¹²³⁴-⁹⁰,-]+|\^?\{[\d,–-]+\})*$")
_INNER_END = re.compile(r"[a-z)\]%\d][.!?]['\"”’)\]]*\s+(?=[A-Z])")
_NAME_BREAK = re.compile(r"[,;&]|\band\b")
_NAME_MARKS = re.compile(r"[\d*†‡§¶#⁰¹²³⁴-⁹^{}()]+|(?<= )[a-z](?= |$)")
_NAME_WORD = re.compile(
    r"(?:[A-ZÀ-ÖØ-Þ][\w’'.-]*|de|van|von|der|den|del|la|le|da|dos|el|al|bin|ben|di)$"
)
_LONGEST_REFERENCE = 2000


def ends_sentence(text: str) -> bool:
    """Whether the last sign ends a sentence (citations behind it do not count)."""
    return bool(_SENTENCE_END.search(text[-40:]))


def inner_sentences(text: str) -> int:
    """How many sentences end before the end of the line."""
    return sum(1 for _ in _INNER_END.finditer(text))


def _any_of(phrases: Iterable[str]) -> str:
    ordered = sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase))
    return "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in ordered)


def _begins(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?:{_any_of(phrases)})(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Layout:
    """The lists, compiled."""

    rubrics: frozenset[str]
    rubric_start: re.Pattern[str]
    title_stop: re.Pattern[str]
    degree: re.Pattern[str]
    institution: re.Pattern[str]
    correspondence: re.Pattern[str]
    statement: re.Pattern[str]
    thanks: re.Pattern[str]
    figure: re.Pattern[str]
    table: re.Pattern[str]

    def caption(self, line: str) -> BlockKind | None:
        """Whether a line begins the legend of a figure or of a table."""
        if self.figure.match(line):
            return BlockKind.LEGEND
        return BlockKind.TABLE if self.table.match(line) else None

    def is_rubric(self, line: str) -> bool:
        """Whether a line is the journal's name for this kind of article."""
        return normalise(line) in self.rubrics or (
            len(line) <= 60 and bool(self.rubric_start.match(line)) and not ends_sentence(line)
        )

    def may_be_title(self, line: str) -> bool:
        """Whether a line at the top can be (part of) a title."""
        if not 3 <= len(line) <= LONGEST_TITLE or line.count(" ") > 45:
            return False
        if line[-1] in ",;" or not any(sign.isalpha() for sign in line[:3]) or ":  " in line:
            return False
        # One full stop inside is an abbreviation or ends a subtitle: "Candida spp. Infections".
        return not self.title_stop.search(line) and inner_sentences(line) < 2

    def front_matter(self, text: str) -> BlockKind | None:
        """What a paragraph between title and article is, where its shape tells."""
        head = text[:200].lstrip(" *†‡§¶¹²³")
        if self.statement.match(head):
            return BlockKind.STATEMENTS
        if self.thanks.match(head):
            return BlockKind.ACKNOWLEDGEMENT
        if self.correspondence.match(head):
            return BlockKind.AFFILIATION
        if len(text) > LONGEST_AUTHORS:
            return None
        opening = text[:400].rpartition(" ")[0] or text
        told = bool(self.title_stop.search(opening))
        if not told and "," in opening and self.degree.search(opening[:160]):
            return BlockKind.AUTHORS
        if not told and len(text) < 1000 and self.institution.search(opening[:160]):
            return BlockKind.AFFILIATION
        return BlockKind.AUTHORS if len(text) < 600 and _are_names(text) else None

    def anywhere(self, text: str) -> BlockKind | None:
        """What a paragraph is in any place without a heading of its own."""
        if len(text) > LONGEST_STATEMENT:
            return None
        if self.statement.match(text):
            return BlockKind.STATEMENTS
        return BlockKind.ACKNOWLEDGEMENT if self.thanks.match(text) else None


def _are_names(text: str) -> bool:
    """Whether a line is nothing but two or more names: "Ada B. Moss, Finn Lund and ..."."""
    parts = [_NAME_MARKS.sub(" ", part).strip(" .") for part in _NAME_BREAK.split(text)]
    names = [part.split() for part in parts if part]
    return len(names) > 1 and all(
        2 <= len(name) <= 6 and all(_NAME_WORD.match(word) for word in name) for name in names
    )


def numbered_reference(line: str) -> bool:
    """Whether a line begins with a number as entries of a list of references do."""
    return _REFERENCE_NUMBER.match(line) is not None


def is_reference(line: str) -> bool:
    """Whether a line is an entry of a list of references: a number, a year, and their signs."""
    number = _REFERENCE_NUMBER.match(line)
    if number is None or not _YEAR.search(line, number.end(), _LONGEST_REFERENCE):
        return False
    return bool(_REFERENCE_SIGN.search(line, number.end(), _LONGEST_REFERENCE))


class _File(Rules):
    """What the file holds; its comments say what each list is for."""

    rubrics: list[str]
    rubric_starts: list[str]
    title_stop_words: list[str]
    degrees: list[str]
    institutions: list[str]
    correspondence_starts: list[str]
    statement_starts: list[str]
    acknowledgement_starts: list[str]
    figure_words: list[str]
    table_words: list[str]


@lru_cache(maxsize=8)
def load_layout(overlay: Path | None) -> Layout:
    """The built-in lists and the user's. MappingError when one is wrong."""
    lists = load_rules(layers(overlay), FILE, _File)
    # "Figure 2 shows the lesion." is a sentence: a legend goes on with a sign or a capital.
    number = (
        r"\.?[ \u00a0]*S?\d{1,2}(?:[A-Za-z]?(?:\s?[-–,&]\s?[A-Za-z])*)"
        r"(?:\s*[.:|)—–]|\s+-\s|\s+(?=[A-Z(\[])|$)"
    )
    return Layout(
        rubrics=frozenset(normalise(phrase) for phrase in lists.rubrics),
        rubric_start=_begins(lists.rubric_starts),
        title_stop=re.compile(rf"\b(?:{_any_of(lists.title_stop_words)})\b", re.IGNORECASE),
        degree=re.compile(rf"(?<=[\s,])(?:{_any_of(lists.degrees)})(?![\w-])"),
        institution=re.compile(rf"\b(?:{_any_of(lists.institutions)})\b", re.IGNORECASE),
        correspondence=_begins(lists.correspondence_starts),
        statement=_begins(lists.statement_starts),
        thanks=_begins(lists.acknowledgement_starts),
        figure=re.compile(rf"[*_]*(?i:{_any_of(lists.figure_words)}){number}"),
        table=re.compile(rf"[*_]*(?i:{_any_of(lists.table_words)}){number}"),
    )

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
from app.documents.tables import check_keys, load_toml, words
from app.resources import layers
from app.text import BlockKind

FILE = Path("narrative") / "headings.layout.toml"
_KEYS = (
    "rubrics",
    "rubric_starts",
    "title_stop_words",
    "degrees",
    "institutions",
    "correspondence_starts",
    "statement_starts",
    "acknowledgement_starts",
    "figure_words",
    "table_words",
)
LONGEST_TITLE = 300
LONGEST_AUTHORS = 3000
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
_NAME = r"(?:(?:[A-ZÀ-ÖØ-Þ][\w’'-]*\.?|de|van|von|der|den|del|la|le|da|dos|el|al|bin|ben|di)[ \u00a0]?){2,6}"
_NAME_MARK = r"(?:[\s,]*(?:[\d*†‡§¶#,¹²³⁴-⁹]|\b[a-z]\b))*"
_NAMES = re.compile(
    rf"{_NAME}{_NAME_MARK}(?:(?:,|;|\band\b|&|,\s*and\b)\s*{_NAME}{_NAME_MARK})*[.,]?$"
)


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
        if line[-1] in ".,;" or not any(sign.isalpha() for sign in line[:3]) or ":  " in line:
            return False
        return not (self.title_stop.search(line) or inner_sentences(line))

    def front_matter(self, text: str) -> BlockKind | None:
        """What a paragraph between title and article is, where its shape tells."""
        head = text[:200]
        if self.statement.match(head):
            return BlockKind.STATEMENTS
        if self.thanks.match(head):
            return BlockKind.ACKNOWLEDGEMENT
        if self.correspondence.match(head):
            return BlockKind.AFFILIATION
        if len(text) > LONGEST_AUTHORS:
            return None
        opening = text[:120]
        degrees = len(self.degree.findall(text[:400]))
        if (
            self.degree.search(opening) and "," in opening and degrees
        ) and not self.title_stop.search(opening):
            return BlockKind.AUTHORS
        if len(text) < 1000 and self.institution.search(text[:160]) and not self._tells(text):
            return BlockKind.AFFILIATION
        if (
            len(text) < 600
            and _NAMES.match(text)
            and ("," in text or " and " in text or len(text) < 40)
        ):
            return BlockKind.AUTHORS
        return None

    def _tells(self, text: str) -> bool:
        return bool(self.title_stop.search(text[:300]))

    def anywhere(self, text: str) -> BlockKind | None:
        """What a paragraph is in any place without a heading of its own."""
        head = text[:80]
        if self.statement.match(head):
            return BlockKind.STATEMENTS
        return BlockKind.ACKNOWLEDGEMENT if self.thanks.match(head) else None


def is_reference(line: str) -> bool:
    """Whether a line is an entry of a list of references: a number, a year, and their signs."""
    number = _REFERENCE_NUMBER.match(line)
    if number is None or not _YEAR.search(line):
        return False
    return bool(_REFERENCE_SIGN.search(line, number.end()))


def _add(path: Path, lists: dict[str, list[str]]) -> None:
    table = load_toml(path)
    check_keys(path, table, _KEYS)
    for key in _KEYS:
        lists[key].extend(words(path, table, key))


@lru_cache(maxsize=8)
def load_layout(overlay: Path | None) -> Layout:
    """The built-in lists and the user's. MappingError when one is wrong."""
    lists: dict[str, list[str]] = {key: [] for key in _KEYS}
    for folder in layers(overlay):
        if (folder / FILE).is_file():
            _add(folder / FILE, lists)
    # "Figure 2 shows the lesion." is a sentence: a legend goes on with a sign or a capital.
    number = r"\.?[ \u00a0]*S?\d{1,2}(?:[A-Za-z]?(?:\s?[-–,&]\s?[A-Za-z])*)(?:\s*[.:|)—–]|\s+-\s|\s+(?=[A-Z(\[])|$)"
    return Layout(
        rubrics=frozenset(normalise(phrase) for phrase in lists["rubrics"]),
        rubric_start=_begins(lists["rubric_starts"]),
        title_stop=re.compile(rf"\b(?:{_any_of(lists['title_stop_words'])})\b", re.IGNORECASE),
        degree=re.compile(rf"(?<=[\s,])(?:{_any_of(lists['degrees'])})(?![\w-])"),
        institution=re.compile(rf"\b(?:{_any_of(lists['institutions'])})\b", re.IGNORECASE),
        correspondence=_begins(lists["correspondence_starts"]),
        statement=_begins(lists["statement_starts"]),
        thanks=_begins(lists["acknowledgement_starts"]),
        figure=re.compile(rf"[*_]*(?:{_any_of(lists['figure_words'])}){number}", re.IGNORECASE),
        table=re.compile(rf"[*_]*(?:{_any_of(lists['table_words'])}){number}", re.IGNORECASE),
    )

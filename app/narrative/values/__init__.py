"""Values: what the words of a result, dose or time amount to, and where such words stand.

values = load(layers)
values.parse("8.2 g/dL")      -> ParsedValue(kind=quantity, numbers=("8.2",), unit="g/dL")
values.find(sentence)         -> mentions that are recognised by their form
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.narrative.mentions import Mention, Sentence
from app.narrative.values.find import Finder
from app.narrative.values.parse import Parser
from app.narrative.values.parsed import ParsedValue, ValueKind
from app.narrative.values.table import read

__all__ = ["ParsedValue", "ValueKind", "Values", "load"]


@dataclass(frozen=True)
class Values:
    """The loaded patterns."""

    parser: Parser
    finder: Finder

    def parse(self, text: str) -> ParsedValue | None:
        """The structure of the words of a value; None when it has none that is certain."""
        return self.parser.parse(text)

    def find(self, sentence: Sentence) -> list[Mention]:
        """Values, doses, frequencies, durations, times, routes and reference ranges.

        In the order of the text and without overlap; `Mention.sentence` is 0, the caller knows
        the sentence's place. A reference range is a value with the label "reference_range".
        """
        return self.finder.find(sentence)


def load(layers: Sequence[Path]) -> Values:
    """The patterns of all layers. Raises MappingError with the place of a faulty entry."""
    table = read(layers)
    return Values(Parser(table), Finder(table))

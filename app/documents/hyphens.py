"""Words that a line end has divided: which hyphens are the printer's, which the author's.

Decided by the other words of the document, then by the words known to the program, then by
the parts of `mappings/narrative/hyphens.toml`.
"""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from app.resources import layers
from app.rules import Rules, load_rules

FILE = "narrative/hyphens.toml"
_KNOWN = "models/clusters.tsv.gz"
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LAST = re.compile(r"((?:[^\W_]+-)*[^\W_]+)-$")
_LONGEST_WORD = 60
_FIRST = re.compile(r"([^\W_]+(?:-[^\W_]+)*)")


class _File(Rules):
    first: list[str]
    second: list[str]


@lru_cache(maxsize=4)
def load_parts(overlay: Path | None) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """First parts, second parts, and the words that the program knows."""
    folders = layers(overlay)
    file = load_rules(folders, FILE, _File)
    known = set()
    path = next((one / _KNOWN for one in reversed(folders) if (one / _KNOWN).is_file()), None)
    if path is not None:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            known = {line.partition("\t")[0] for line in lines if not line.startswith("# ")}
    return frozenset(file.first), frozenset(file.second), frozenset(known)


class Hyphens:
    """Joins the lines of one document."""

    def __init__(self, lines: Iterable[str], overlay: Path | None) -> None:
        self._first, self._second, self._known = load_parts(overlay)
        self._words: Counter[str] = Counter()
        divided = False
        for line in lines:
            whole = _FIRST.sub("", line, count=1) if divided else line
            divided = bool(_LAST.search(line[-_LONGEST_WORD:]))
            whole = whole.rpartition(" ")[0] if divided else whole
            self._words.update(_WORD.findall(whole.casefold()))

    def join(self, lines: Iterable[str]) -> str:
        """The lines as running text."""
        parts: list[str] = []
        for line in lines:
            if parts:
                self._append(parts, line)
            else:
                parts.append(line)
        return "".join(parts)

    def _append(self, parts: list[str], line: str) -> None:
        end = parts[-1][-_LONGEST_WORD:]
        last, first = _LAST.search(end), _FIRST.match(line)
        if last and first:
            if self._is_printers(last[1], first[1]):
                parts[-1] = parts[-1][:-1]
        # "5–" above "7 mg", "mg/" above "dL"
        elif not (end[-1:] in ("/", "–") and end[-2:-1].isalnum() and line[:1].isalnum()):
            parts.append(" ")
        parts.append(line)

    def _is_printers(self, before: str, after: str) -> bool:
        """Whether the hyphen between these was put in to break the line."""
        if not after[0].islower() or not before[-1].isalpha():
            return False  # "COVID-19", "anti-Ro", "50-year"
        whole, hyphened = (before + after).casefold(), f"{before}-{after}".casefold()
        seen, seen_hyphened = self._words[whole], self._words[hyphened]
        if seen or seen_hyphened:
            return seen > seen_hyphened
        left, right = before.casefold().rpartition("-")[2], after.casefold().partition("-")[0]
        if (left + right) in self._known:
            return True
        if right in self._second or left in self._first or "-" in after:
            return False
        return not (self._is_word(left) and self._is_word(right))

    def _is_word(self, part: str) -> bool:
        return len(part) > 2 and (part in self._known or part in self._words)

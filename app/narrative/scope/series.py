"""Which patient of the report a sentence speaks of, where there are several."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from app.narrative.mentions import Sentence, Subject
from app.narrative.scope.tables import SeriesRules
from app.text import BlockKind

_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8}
_NUMBER = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_FEMALE = frozenset({"woman", "lady", "girl", "female"})
_MALE = frozenset({"man", "gentleman", "boy", "male"})
_TELLS = frozenset({BlockKind.CASE, BlockKind.UNKNOWN, BlockKind.ABSTRACT})


def assign(
    sentences: Sequence[Sentence], words: Sequence[str], rules: SeriesRules
) -> tuple[Sentence, ...]:
    """The sentences with the key of their patient; all "p1" unless the report has several."""
    headed = {
        n
        for s in sentences
        for h in s.block.headings
        if (n := _number(rules.numbered.match(h.strip()), rules)) is not None
    }
    labels = {
        _number(rules.numbered.match(text), rules)
        for sentence, text in zip(sentences, words, strict=True)
        if sentence.subject is Subject.PATIENT
    }
    several = len(headed) > 1 or labels >= {1, 2} or _announced(sentences, words, rules)
    seen: dict[str, tuple[str, str]] = {}
    current = "p1"
    out: list[Sentence] = []
    section: tuple[str, ...] | None = None
    for i, sentence in enumerate(sentences):
        if sentence.subject is not Subject.PATIENT:
            out.append(sentence)
            continue
        kind = sentence.block.kind
        if sentence.block.headings != section:
            section = sentence.block.headings
            current = _of_headings(section, rules) or current
        if several:
            own = _called(words[i], rules)
            if own is not None:
                if kind in _TELLS:
                    current = own
                out.append(replace(sentence, patient=own))
                continue
        if kind in _TELLS:
            new = _introduced(words[i], rules)
            if new is not None:
                key = _key(new, seen, several, current, bool(headed))
                seen.setdefault(key, new)
                current = key
        if several and rules.all.search(words[i]):
            out.append(replace(sentence, patient="p1"))
            continue
        out.append(replace(sentence, patient=current))
    return tuple(out)


def _announced(sentences: Sequence[Sentence], words: Sequence[str], rules: SeriesRules) -> bool:
    """Whether title, abstract or the first case sentences speak of several patients."""
    asked = 0
    for sentence, text in zip(sentences, words, strict=True):
        if sentence.subject is not Subject.PATIENT:
            continue
        asked += 1
        if rules.announced.search(text):
            return True
        if asked > 12:
            break
    return False


def _number(match: re.Match[str] | None, rules: SeriesRules) -> int | None:
    if match is None:
        return None
    found = {k: v.lower() for k, v in match.groupdict().items() if v}
    if "n" in found:
        n = found["n"]
        return int(n) if n.isdigit() else _ROMAN.get(n) or _NUMBER.get(n)
    if "l" in found:
        return ord(found["l"]) - ord("a") + 1
    if "o" in found:
        return rules.ordinals.index(found["o"]) + 1
    return None


def _of_headings(headings: Sequence[str], rules: SeriesRules) -> str | None:
    for heading in reversed(headings):
        number = _number(rules.numbered.search(heading), rules)
        if number is None:
            number = _number(rules.ordinal.search(heading), rules)
        if number:
            return f"p{number}"
    return None


def _called(words: str, rules: SeriesRules) -> str | None:
    """The patient whom the sentence names by number: "case 2", "the second patient"."""
    number = _number(rules.numbered.search(words), rules)
    if number is None:
        number = _number(rules.ordinal.search(words), rules)
    return f"p{number}" if number else None


def _introduced(words: str, rules: SeriesRules) -> tuple[str, str] | None:
    """Age and sex of a patient whom the sentence introduces at its beginning."""
    match = rules.introduced.search(words)
    if match is None:
        return None
    who = match["who"].lower()
    sex = "f" if who in _FEMALE else "m" if who in _MALE else ""
    return match["age"].lower(), sex


def _key(
    new: tuple[str, str],
    seen: dict[str, tuple[str, str]],
    several: bool,
    current: str,
    headed: bool,
) -> str:
    """The patient of this age and sex: a known one, or the next."""
    if current not in seen:
        return current
    for key, known in seen.items():
        if known[0] == new[0] and (not known[1] or not new[1] or known[1] == new[1]):
            return key
    other_sex = all(k[1] and new[1] and k[1] != new[1] for k in seen.values())
    if headed or not (several or other_sex):
        return current
    return f"p{max(int(k[1:]) for k in seen) + 1}"

"""Whether something is said of a relative, and of which."""

from __future__ import annotations

from collections.abc import Sequence

from app.narrative.assertion.cues import Cues

_SENTENCE_PARTS = frozenset({";", "but", "she", "he", "patient", "we"})
_AHEAD = 6
_REPORTS = frozenset(
    {"noticed", "noted", "observed", "reported", "seen", "given", "found", "brought"}
)


def relative_of(words: Sequence[str], start: int, end: int, cues: Cues) -> tuple[int, int] | None:
    """The words of the relative whom the mention at `start:end` is said of, if any.

    "Her mother had breast cancer", "breast cancer in her maternal aunt"; not "her mother
    noticed a rash", where no word of having follows the relative.
    """
    found = cues.relatives.find(words)
    before = [f for f in found if f.end <= start]
    for match in reversed(before):
        between = words[match.end : start]
        if any(w in _SENTENCE_PARTS for w in between):
            break
        having = [f for f in cues.having.find(words[match.end : start]) if f.start < 3]
        if having and not _acts(words, match.start, match.end, cues):
            return _widened(words, match.start, match.end, cues)
        break
    for match in found:
        if match.start < end or match.start - end > _AHEAD:
            continue
        between = words[end : match.start]
        if not between or not any(w in cues.of_relative for w in between):
            continue
        allowed = cues.of_relative | cues.owners | cues.sides | {"and", ",", "or", "-"}
        if all(w in allowed for w in between):
            return _widened(words, match.start, match.end, cues)
    return None


def _acts(words: Sequence[str], start: int, end: int, cues: Cues) -> bool:
    """Whether the relative at `start:end` did something: "had noticed", "brought by his father"."""
    if words[end : end + 1] == ["had"] and words[end + 1 : end + 2] and words[end + 1] in _REPORTS:
        return True
    while start > 0 and (words[start - 1] in cues.owners or words[start - 1] in cues.sides):
        start -= 1
    return start > 0 and words[start - 1] in cues.agents


def _widened(words: Sequence[str], start: int, end: int, cues: Cues) -> tuple[int, int]:
    """With "maternal", "elder" and the like before it."""
    while start > 0 and words[start - 1] in cues.sides:
        start -= 1
    return start, end

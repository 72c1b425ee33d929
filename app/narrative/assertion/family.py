"""Whether something is said of a relative, and of which."""

from __future__ import annotations

from collections.abc import Sequence

from app.narrative.assertion.cues import Cues

_AHEAD = 8  # words between a disease and the relative it is said of behind it
_NEAR = 3  # words between a relative and what the relative is said to have ...
_NEAR_ASIDE = 9  # ... with an aside: "her mother, aged 60 years, has"
_SUBJECT = 4  # words in which the verb of a new subject follows: "and the child had"


def relative_of(words: Sequence[str], start: int, end: int, cues: Cues) -> tuple[int, int] | None:
    """The words of the relative whom the mention at `start:end` is said of, if any.

    "Her mother had breast cancer", "breast cancer in her maternal aunt"; not "her mother
    noticed a rash", where no word of having follows the relative.
    """
    found = cues.relatives.find(words)
    before = [f for f in found if f.end <= start]
    if before:
        match = before[-1]
        between = words[match.end : start]
        near = _NEAR_ASIDE if between[:1] == [","] else _NEAR
        having = [f for f in cues.having.find(between) if f.start < near]
        if (
            having
            and not _another_subject(between, cues)
            and not _acts(words, match.start, match.end, cues)
        ):
            return _widened(words, match.start, match.end, cues)
    for match in found:
        if match.start < end or match.start - end > _AHEAD:
            continue
        between = words[end : match.start]
        if not between or not any(w in cues.of_relative for w in between):
            continue
        allowed = cues.of_relative | cues.owners | cues.sides | cues.between
        if all(w in allowed for w in between):
            return _widened(words, match.start, match.end, cues)
    return None


def _another_subject(between: Sequence[str], cues: Cues) -> bool:
    """Whether the words behind a relative begin to speak of somebody else: "his mother had
    asthma and the boy had fever", "... and denied smoking"; not "... but has no symptoms"."""
    for at, word in enumerate(between):
        following = between[at + 1 : at + 1 + _SUBJECT]
        if word in cues.other_subjects:
            return True
        if word == "but" and not (following and following[0] in cues.verbs):
            return True
        if word == "and" and following:
            if following[0] in cues.reports:
                return True
            if following[0] in cues.determiners and any(w in cues.verbs for w in following[1:]):
                return True
    return False


def _acts(words: Sequence[str], start: int, end: int, cues: Cues) -> bool:
    """Whether the relative at `start:end` did something: "had noticed", "brought by his father"."""
    if (
        words[end : end + 1] == ["had"]
        and words[end + 1 : end + 2]
        and words[end + 1] in cues.reports
    ):
        return True
    while start > 0 and (words[start - 1] in cues.owners or words[start - 1] in cues.sides):
        start -= 1
    return start > 0 and words[start - 1] in cues.agents


def _widened(words: Sequence[str], start: int, end: int, cues: Cues) -> tuple[int, int]:
    """With "maternal", "elder" and the like before it."""
    while start > 0 and words[start - 1] in cues.sides:
        start -= 1
    return start, end

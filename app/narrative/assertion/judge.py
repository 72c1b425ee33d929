"""Mentions with their assertion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from app.narrative.assertion import cues as cue_rules
from app.narrative.assertion.cues import CLASS_OF, SAYS, Cue, Cues
from app.narrative.assertion.family import relative_of
from app.narrative.assertion.looked import as_findings
from app.narrative.assertion.reach import Words
from app.narrative.mentions import Assertion, Mention, Mode, Presence, Sentence
from app.narrative.phrases import Found
from app.text import Document, Span

# When several cues speak of one mention, the first of these decides.
_ORDER = (
    "excluded",
    "declined",
    "not-done",
    "absent",
    "stopped",
    "planned",
    "hypothetical",
    "differential",
    "possible",
    "general",
)
# Cues whose scope runs through prepositions: "family history was positive for".
_WIDE = frozenset({"past", "family"})


class Asserter:
    """The cues, loaded once."""

    def __init__(self, cues: Cues) -> None:
        self._cues = cues

    def judge(
        self, document: Document, sentences: Sequence[Sentence], mentions: Sequence[Mention]
    ) -> list[Mention]:
        """The same mentions in the same order, each with its assertion; what was looked for and is
        not there is a finding."""
        text = document.text
        rows: dict[int, list[int]] = {}
        for index, mention in enumerate(mentions):
            rows.setdefault(mention.sentence, []).append(index)
        out = list(mentions)
        opening = _openings(sentences)
        for number, indices in rows.items():
            sentence = sentences[number]
            reader = _SentenceReader(text, sentence, self._cues, opens=number in opening)
            for index in indices:
                out[index] = replace(out[index], assertion=reader.assertion(out[index]))
            here = [out[index] for index in indices]
            for place, found in as_findings(text, sentence.span.end, here, self._cues).items():
                out[indices[place]] = found
        return out


_SUBJECT = 8  # words in which the subject of an opening sentence begins


def _openings(sentences: Sequence[Sentence]) -> set[int]:
    """The first sentences of the later patients of a series: "her 5-year-old brother was seen"
    is said of the patient that the sentence introduces."""
    first: dict[str, int] = {}
    for number, sentence in enumerate(sentences):
        if sentence.patient is not None:
            first.setdefault(sentence.patient, number)
    return set(first.values()) - {min(first.values(), default=-1)}


class _SentenceReader:
    """One sentence with its cues and their scopes, found when first asked for."""

    def __init__(self, text: str, sentence: Sentence, cues: Cues, *, opens: bool) -> None:
        self._opens = opens
        self._text = text
        self._tokens = sentence.tokens
        self._words = [t.text.lower() for t in sentence.tokens]
        self._cues = cues
        self._found: dict[str, list[Found[Cue]]] = {}
        self._reach: Words | None = None
        self._scopes: dict[tuple[int, str, bool, bool], list[bool]] = {}

    def assertion(self, mention: Mention) -> Assertion:
        """What the cues of the sentence say of this mention."""
        kind = CLASS_OF.get(mention.kind)
        if kind is None:
            return Assertion()
        if kind not in self._found:
            # a longer cue for one class must not hide a shorter one for another
            self._found[kind] = self._cues.cues.find(self._words, lambda c: kind in c.of)
        start, end = self._place(mention.span)
        decided: dict[str, Found[Cue]] = {}
        for found in self._found[kind]:
            for cue in found.values:
                if self._speaks_of(found, cue, start, end):
                    decided.setdefault(cue.says, found)
        relative = relative_of(self._words, start, end, self._cues)
        if relative is not None and self._opens and relative[0] < _SUBJECT:
            relative = None
        words = None
        if relative is not None:
            first, last = self._tokens[relative[0]], self._tokens[relative[1] - 1]
            words = self._text[first.span.start : last.span.end]
        elif "family" in decided:
            words = "family"
        past = "past" in decided and not self._recent(decided["past"])
        for says in _ORDER:
            if says in decided:
                meant = SAYS[says]
                assert meant is not None
                presence, mode = meant
                return Assertion(presence, mode, past, words, self._span(decided[says]))
        place = self._span(decided["past"]) if past else None
        return Assertion(Presence.PRESENT, Mode.STATED, past, words, place)

    def _place(self, span: Span) -> tuple[int, int]:
        """The words that a span covers, `start:end`."""
        inside = [i for i, t in enumerate(self._tokens) if t.span.overlaps(span)]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)

    def _span(self, found: Found[Cue]) -> Span:
        first, last = self._tokens[found.start].span, self._tokens[found.end - 1].span
        return Span(first.start, last.end)

    def _speaks_of(self, found: Found[Cue], cue: Cue, start: int, end: int) -> bool:
        """Whether the mention at `start:end` lies in the scope of a cue."""
        if start < found.end and found.start < end:
            # a cue in the mention's own words speaks of it only from its head, "no fever", or
            # when it ends in it: "was not [palpable]"; a "lack of energy" is there
            own = cue.scope == "after" and self._words[found.start] not in self._cues.naming
            ahead = own if found.start == start else found.start < start
            return cue.says == "absent" and ahead
        if start >= found.end:
            if cue.scope == "before" or (cue.reach and start - found.end >= cue.reach):
                return False
            return self._inside(found, "after", cue.says not in _WIDE, cue.until_verb)[start]
        if cue.scope == "after" or (cue.reach and found.start - end >= cue.reach):
            return False
        return self._inside(found, "before", False)[end - 1]

    def _inside(
        self, found: Found[Cue], scope: str, holes: bool, until_verb: bool = False
    ) -> list[bool]:
        key = (found.start, scope, holes, until_verb)
        known = self._scopes.get(key)
        if known is None:
            if self._reach is None:
                self._reach = Words(self._words, self._cues)
            if scope == "after":
                known = self._reach.after(
                    found.start, found.end, holes=holes, until_verb=until_verb
                )
            else:
                known = self._reach.before(found.start)
            self._scopes[key] = known
        return known

    def _recent(self, found: Found[Cue]) -> bool:
        """Whether "history of" belongs to the present illness: "a two-day history of"."""
        before = self._words[max(0, found.start - 4) : found.start + 1]
        return any(w.rstrip("s") in _SHORT_TIMES for w in before)


_SHORT_TIMES = frozenset({"hour", "day", "week", "month", "minute", "min", "h", "hr"})


def load(layers: Sequence[Path]) -> Asserter:
    """The assertion rules of these mapping folders."""
    return Asserter(cue_rules.load(layers))

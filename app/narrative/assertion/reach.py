"""How far the scope of a cue reaches in its sentence."""

from __future__ import annotations

from collections.abc import Sequence

from app.narrative.assertion.cues import Cues

_COORDINATING = frozenset({"and", "or", "nor", ","})
_CLAUSE_BREAKS = frozenset({";", "but", "—", "."})


class Words:
    """The words of a sentence with what the scope rules look for, found once."""

    def __init__(self, words: Sequence[str], cues: Cues) -> None:
        self.words = words
        self.holes = cues.holes
        self.verb = [w in cues.verbs for w in words]
        self.known = {found.end - 1 for found in cues.known.find(words)}
        self._adverbs = cues.adverbs
        self._affirming = cues.affirming
        self._listing, self._single = cues.listing, cues.single
        self.stop_after: set[int] = set()
        self.stop_before: dict[int, int] = {}
        for found in cues.stops.find(words):
            self.stop_after.add(found.start)
            if "both" in found.values:
                self.stop_before[found.end - 1] = found.start

    def after(self, start: int, end: int, *, holes: bool, until_verb: bool = False) -> list[bool]:
        """For every word, whether a cue at `start:end` speaks of it when it looks ahead.

        `holes` says that what follows a preposition is not meant: "no pain at rest".
        `until_verb` says that the cue begins a phrase which the sentence's verb ends: "a man
        with a history of asthma presented with fever".
        """
        words = self.words
        inside = [False] * len(words)
        verb_seen = any(self.verb[self._clause_start(start) : end])
        hole = False
        closed = False  # an "or" has ended the list that the cue opened
        depth = 0
        for at in range(end, len(words)):
            word = words[at]
            if at in self.stop_after:
                break
            if word == "(":
                depth += 1
            elif word == ")":
                depth -= 1
                if depth < 0:
                    break
            elif word in _COORDINATING:
                if at > end and (self._new_clause(at, verb_seen) or (closed and self._adds(at))):
                    break
                if word == "," and depth == 0 and self._affirms(at):
                    break
                if word == "," and depth == 0 and self._ends_list(words[start:end], at):
                    break
                closed = closed or word in ("or", "nor")
                if word != "and":
                    hole = False
            elif word in self.holes or (at in self.known and at > end):
                hole = holes
            elif self.verb[at]:
                if (
                    until_verb
                    and not any(self.verb[start:end])
                    and not self._in_relative_clause(at)
                ):
                    break
                verb_seen = True
            inside[at] = not hole
        return inside

    def before(self, start: int) -> list[bool]:
        """The same for a cue that begins at `start` and looks back."""
        inside = [False] * len(self.words)
        auxiliary = self._auxiliary(start)
        depth = 0
        for at in range(start - 1, -1, -1):
            word = self.words[at]
            if at in self.stop_before:
                break
            if word == ")":
                depth += 1
            elif word == "(":
                depth -= 1
                if depth < 0:
                    break
            elif (
                self.verb[at] and depth == 0 and at < auxiliary and not self._in_relative_clause(at)
            ):
                for said in range(at, self._next_clause(at, start)):
                    inside[said] = False
                break
            inside[at] = depth == 0
        return inside

    def _auxiliary(self, start: int) -> int:
        """Where the verb stands that belongs to the cue: "was also [excluded]"."""
        at = start - 1
        while at > 0 and (self.words[at] in self._adverbs or self.words[at].endswith("ly")):
            at -= 1
        return at

    def _next_clause(self, verb: int, end: int) -> int:
        """Where the clause begins whose verb is the cue, behind the object of another verb:
        "showed a lesion, and [lymphoma was suspected]"."""
        commas = [
            at
            for at in range(verb + 1, end - 1)
            if self.words[at] == "," and self.words[at + 1] == "and"
        ]
        if commas:
            return commas[-1]
        for at in range(verb + 1, end):
            if self.words[at] in ("and", ","):
                return at
        return verb

    def _affirms(self, at: int) -> bool:
        """Whether the comma ends what is not there: "no rash, mild fever". A list that goes on
        to "or" does not end: "no mild, moderate or severe pain"."""
        if self.words[at + 1 : at + 2] and self.words[at + 1] not in self._affirming:
            return False
        for ahead in range(at + 1, len(self.words)):
            if self.words[ahead] in ("or", "nor"):
                return False
            if self.verb[ahead] or ahead in self.stop_after:
                break
        return True

    def _ends_list(self, cue: Sequence[str], at: int) -> bool:
        """Whether a comma ends what these words deny."""
        if cue[0] in self._single:
            return True
        return cue[-1] in self._listing and not self._list_goes_on(at)

    def _list_goes_on(self, at: int) -> bool:
        """Whether names go on being listed behind a comma: "without fever, cough or rash", but
        "without fever, a mass measuring 3 cm"."""
        for ahead in range(at + 1, len(self.words)):
            word = self.words[ahead]
            if word in ("and", "or", "nor"):
                return True
            if word in self.holes or self.verb[ahead] or ahead in self.stop_after:
                return False
            if any(map(str.isdigit, word)):
                return False
        return True

    def _adds(self, at: int) -> bool:
        """Whether "and" begins something else after "no A or B"."""
        return self.words[at] == "and" or self.words[at : at + 2] == [",", "and"]

    def _in_relative_clause(self, at: int) -> bool:
        """Whether the verb belongs to "that was ..." inside a noun phrase."""
        return at > 0 and self.words[at - 1] == "that"

    def _clause_start(self, at: int) -> int:
        """Where the clause begins that holds this word."""
        for back in range(at - 1, -1, -1):
            word = self.words[back]
            if word in _CLAUSE_BREAKS or word == "," or back in self.stop_before:
                return back + 1
        return 0

    def _new_clause(self, at: int, verb_seen: bool) -> bool:
        """Whether a comma, "and" or "or" begins a clause of its own.

        It does when a finite verb follows before the next comma: "no rash, temperature was 39".
        It does not when the list that the cue opened goes on and only its own verb follows:
        "no fever, chills or rash were noted".
        """
        words = self.words
        if words[at] in ("or", "nor"):
            return False
        first = at + 1
        joined = False
        if words[at] == "," and first < len(words) and words[first] in ("and", "or", "nor"):
            if words[first] != "and":
                return False
            joined = True
            first += 1
        for ahead in range(first, len(words)):
            word = words[ahead]
            if word in (",", ";") or ahead in self.stop_after:
                return False
            if self.verb[ahead]:
                if ahead == first:
                    return True
                middle = words[first:ahead]
                if "or" in middle or "nor" in middle:
                    return False
                return not (not verb_seen and (words[at] == "and" or joined or "and" in middle))
        return False

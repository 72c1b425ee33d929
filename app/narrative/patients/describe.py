"""Sentences into descriptions of the patients."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from app.narrative.mentions import PatientDescription, Sentence, Subject
from app.narrative.patients import tables
from app.narrative.patients.age import Age, ages
from app.narrative.patients.tables import Tables
from app.text import BlockKind, Document, Span

# Where who the patient is is said best.
_RANK = {
    BlockKind.CASE: 0,
    BlockKind.UNKNOWN: 0,
    BlockKind.ABSTRACT: 1,
    BlockKind.TITLE: 2,
    BlockKind.LEGEND: 3,
    BlockKind.INTRODUCTION: 4,
    BlockKind.DISCUSSION: 5,
    BlockKind.TABLE: 6,
}
_TELLING = frozenset({BlockKind.CASE, BlockKind.ABSTRACT, BlockKind.UNKNOWN})
_INTRODUCED = "introduced"  # begins the names of the scope rules that find who is reported
_PRONOUNS_AGREE = 0.8
_FEW = 2  # sentences of a text that may come from a longer record


class Patients:
    """The rules of patients, loaded once."""

    def __init__(self, rules: Tables) -> None:
        self._rules = rules

    def describe(
        self, document: Document, sentences: Sequence[Sentence]
    ) -> tuple[PatientDescription, ...]:
        """The patients of the report by key; none when it speaks of no patient."""
        own: dict[str, list[Sentence]] = {}
        for sentence in sentences:
            if sentence.subject is Subject.PATIENT and sentence.patient is not None:
                own.setdefault(sentence.patient, []).append(sentence)
        everything = [s for group in own.values() for s in group]
        if not self._any_patient(document.text, everything):
            return ()
        keys = sorted(own, key=_number)
        return tuple(
            self._relative(document.text, self._one(document.text, key, own[key]), own[key][0])
            if key != keys[0]
            else self._one(document.text, key, own[key])
            for key in keys
        )

    def _relative(
        self, text: str, found: PatientDescription, opening: Sentence
    ) -> PatientDescription:
        """A later patient whom the first sentence introduces as a relative of the first."""
        words = text[opening.span.start : opening.span.end]
        owner = self._rules.kin.owner.match(words)
        if owner is None:
            return found
        # the possessive would make it another's age
        bare = " " * owner.end() + words[owner.end() :]
        age = min(
            ages(bare, opening.span.start, self._rules.age), key=lambda a: a.doubt, default=None
        )
        if age is not None and found.age_value is None:
            found = replace(found, age_value=age.value, age_unit=age.unit, age_spans=(age.span,))
        for pattern, sex in ((self._rules.kin.female, "female"), (self._rules.kin.male, "male")):
            if (match := pattern.match(words)) is not None:
                start = opening.span.start + match.start() + match[0].rindex(match[0].split()[-1])
                place = Span(start, opening.span.start + match.end())
                return replace(found, sex=sex, sex_spans=(place,))
        return found

    def _any_patient(self, text: str, sentences: Sequence[Sentence]) -> bool:
        """Whether these sentences speak of a patient at all."""
        rules = self._rules.mention
        told = [s for s in sentences if s.block.kind not in (BlockKind.LEGEND, BlockKind.TABLE)]
        words = [text[s.span.start : s.span.end] for s in told]
        if any(s.block.kind is BlockKind.CASE or s.reason.startswith(_INTRODUCED) for s in told):
            return True
        if any(rules.cue.search(w) for w in words):
            return True
        words = [w for s, w in zip(told, words, strict=True) if s.block.kind in _TELLING]
        clinical = {m[0].lower() for w in words for m in rules.clinical.finditer(w)}
        if any(rules.pronoun.search(w) for w in words):
            return len(words) <= _FEW or len(clinical) > rules.minimum
        return len(clinical) >= (rules.minimum if len(words) <= _FEW else rules.minimum_long)

    def _one(self, text: str, key: str, sentences: Sequence[Sentence]) -> PatientDescription:
        ordered = sorted(sentences, key=lambda s: (_RANK.get(s.block.kind, 9), s.span))
        found = [
            age
            for s in ordered
            for age in ages(text[s.span.start : s.span.end], s.span.start, self._rules.age)
        ]
        age = min(found, key=lambda a: a.doubt, default=None)
        sex, sex_spans = self._sex(text, ordered, age)
        death = [span for s in ordered for span in self._death(text, s)]
        return PatientDescription(
            key=key,
            sex=sex,
            sex_spans=sex_spans,
            age_value=None if age is None else age.value,
            age_unit=None if age is None else age.unit,
            age_spans=() if age is None else _spans(a.span for a in found if _same(a, age)),
            deceased=True if death else None,
            deceased_spans=_spans(death),
        )

    def _sex(
        self, text: str, sentences: Sequence[Sentence], age: Age | None
    ) -> tuple[str | None, tuple[Span, ...]]:
        """The sex as said at the age, else anywhere of the patient, else by pronouns."""
        rules = self._rules.sex
        if age is not None:
            letter = rules.letter.match(text, age.span.end)
            if letter is not None and text[letter.end() : letter.end() + 1] not in ("-", "."):
                group = "f" if letter["f"] else "m"
                return _SEX[group], (Span(*letter.span(group)),)
            if (
                text[age.span.end - 1].lower() in _SEX
                and "/" in text[age.span.start : age.span.end]
            ):
                return _SEX[text[age.span.end - 1].lower()], (Span(age.span.end - 1, age.span.end),)
            around = [s for s in sentences if s.span.covers(age.span)]
            named = self._named(text, around, after=age.span.end) or self._named(text, around)
            if named is not None:
                return named
        named = self._named(
            text, [s for s in sentences if s.block.kind is not BlockKind.DISCUSSION]
        )
        pronouns = self._counted(text, sentences, rules.female_pronouns, rules.male_pronouns)
        if named is not None and (pronouns is None or pronouns[0] == named[0]):
            return named
        if pronouns is not None:
            return pronouns
        return self._counted(text, sentences, rules.female_signs, rules.male_signs) or (None, ())

    def _named(
        self, text: str, sentences: Sequence[Sentence], after: int = 0
    ) -> tuple[str, tuple[Span, ...]] | None:
        """The first word for a woman or man that is the patient."""
        rules = self._rules.sex
        hits: list[tuple[Span, str]] = []
        for sentence in sentences:
            start = max(after, sentence.span.start)
            for pattern, sex in ((rules.female, "female"), (rules.male, "male")):
                for match in pattern.finditer(text, start, sentence.span.end):
                    before = text[max(sentence.span.start, match.start() - 45) : match.start()]
                    if rules.not_after.search(before) is None:
                        hits.append((Span(*match.span()), sex))
            if hits:
                break
        if not hits:
            return None
        first = min(hits)
        return first[1], (first[0],)

    def _counted(
        self,
        text: str,
        sentences: Sequence[Sentence],
        female: re.Pattern[str],
        male: re.Pattern[str],
    ) -> tuple[str, tuple[Span, ...]] | None:
        """The sex that nearly all such words agree on, with the first of them."""
        women = [
            Span(*m.span())
            for s in sentences
            for m in female.finditer(text, s.span.start, s.span.end)
        ]
        men = [
            Span(*m.span())
            for s in sentences
            for m in male.finditer(text, s.span.start, s.span.end)
        ]
        total = len(women) + len(men)
        if not total or max(len(women), len(men)) < _PRONOUNS_AGREE * total:
            return None
        return ("female", (women[0],)) if len(women) > len(men) else ("male", (men[0],))

    def _death(self, text: str, sentence: Sentence) -> Iterator[Span]:
        rules = self._rules.death
        words = text[sentence.span.start : sentence.span.end]
        if rules.any.search(words) is None:
            return
        match = rules.said.search(words)
        if match is not None and rules.unless.search(words) is None:
            yield Span(sentence.span.start + match.start(), sentence.span.start + match.end())


_SEX = {"f": "female", "m": "male"}


def _same(one: Age, other: Age) -> bool:
    return (one.value, one.unit) == (other.value, other.unit)


def _spans(spans: Sequence[Span] | Iterator[Span]) -> tuple[Span, ...]:
    return tuple(sorted(set(spans)))


def _number(key: str) -> int:
    return int(key[1:])


def load(layers: Sequence[Path]) -> Patients:
    """The patient rules of these mapping folders."""
    return Patients(tables.load(layers))

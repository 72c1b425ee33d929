"""The order in which a document is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from app.narrative import (
    assertion,
    background,
    consent,
    general,
    outcomes,
    patients,
    relations,
    scope,
    spotter,
    supplement,
    values,
)
from app.narrative.mentions import (
    Mention,
    MentionKind,
    Mode,
    Narrative,
    Presence,
    Sentence,
    Subject,
)
from app.narrative.sentences import split
from app.resources import layers
from app.terminology import Vocabulary
from app.text import Document, Span

_COMPARATORS = "<>≤≥=~±"


@dataclass(frozen=True)
class Reader:
    """All narrative components, loaded."""

    spotter: spotter.Spotter
    scope: scope.Scope
    patients: patients.Patients
    consent: consent.Consents
    assertion: assertion.Asserter
    values: values.Values
    relations: relations.Relater
    outcomes: outcomes.Outcomes
    supplement: supplement.Supplement
    background: background.Background
    general: general.General

    def read(self, document: Document) -> Narrative:
        """Everything that the document says, sentence by sentence."""
        sentences = self.scope.judge(document, split(document))
        described = self.patients.describe(document, sentences)
        consents = self.consent.find(document, sentences, described)
        if not described:
            return Narrative(document, sentences, (), (), (), consents)
        own = [i for i, s in enumerate(sentences) if s.subject is Subject.PATIENT]
        found = self._mentions(document, sentences, own)
        stated = self._background(document, sentences)
        found = [m for m in found if not _stated(m, stated)]
        found = self.assertion.judge(document, sentences, found)
        found = self.general.mark(document.text, sentences, found) + stated
        found = sorted(found, key=lambda m: (m.sentence, m.span, m.kind))
        related = self.relations.relate(document, sentences, found)
        return Narrative(document, sentences, tuple(found), related, described, consents)

    def _background(self, document: Document, sentences: tuple[Sentence, ...]) -> list[Mention]:
        """Allergies and habits of the patient: whose they are, and whether they are denied, is
        judged as for a symptom in their place. What is said of the family stands as it is."""
        found = self.background.find(document.text, sentences)
        there = [
            m
            for m in found
            if m.assertion.presence is Presence.PRESENT and m.kind is MentionKind.ALLERGY
        ]
        judged = self.assertion.judge(
            document, sentences, [replace(m, kind=MentionKind.SYMPTOM) for m in there]
        )
        said = {m: j.assertion for m, j in zip(there, judged, strict=True)}
        out = [replace(m, assertion=said.get(m, m.assertion)) for m in found]
        return [
            m
            for m in out
            if m.assertion.relative is None
            and m.assertion.mode not in (Mode.HYPOTHETICAL, Mode.GENERAL)
        ]

    def _mentions(
        self, document: Document, sentences: tuple[Sentence, ...], own: list[int]
    ) -> list[Mention]:
        """What is named in the sentences `own`: by the spotter first, then by vocabulary, rules
        for values, and rules for outcomes."""
        spotted: dict[int, list[Mention]] = {i: [] for i in own}
        for mention in self.spotter.spot([sentences[i] for i in own]):
            spotted[own[mention.sentence]].append(_at(mention, own[mention.sentence]))
        short = self.supplement.short_forms(document)
        ended = self.outcomes.find(document.text, sentences)
        found: list[Mention] = []
        for i in own:
            here = [m for m in ended if m.sentence == i]
            mine = [m for m in spotted[i] if not _same_outcome(m, here)]
            mine = [_with_comparator(document.text, m) for m in mine]
            mine = self.supplement.complete(document.text, i, sentences[i], mine, short)
            found += _fill(mine, self._by_rule(sentences[i], i)) + here
        return found

    def _by_rule(self, sentence: Sentence, index: int) -> list[Mention]:
        return [_at(mention, index) for mention in self.values.find(sentence)]


def _at(mention: Mention, sentence: int) -> Mention:
    return mention if mention.sentence == sentence else replace(mention, sentence=sentence)


def _stated(mention: Mention, stated: list[Mention]) -> bool:
    """Whether an allergy or a habit says it already: penicillin that one is allergic to is not
    a drug that was given."""
    return any(s.sentence == mention.sentence and s.span.overlaps(mention.span) for s in stated)


def _with_comparator(text: str, mention: Mention) -> Mention:
    """A value with the sign before it: ">20" is another result than "20"."""
    if mention.kind is not MentionKind.VALUE:
        return mention
    start = mention.span.start
    while start > 0 and text[start - 1] in " \u00a0":
        start -= 1
    begin = start
    while begin > 0 and text[begin - 1] in _COMPARATORS:
        begin -= 1
    if begin == start or not text[mention.span.start].isdigit():
        return mention
    return replace(mention, span=Span(begin, mention.span.end))


def _same_outcome(mention: Mention, outcomes: list[Mention]) -> bool:
    return mention.kind is MentionKind.OUTCOME and any(
        mention.span.overlaps(o.span) for o in outcomes
    )


def _fill(mentions: list[Mention], more: list[Mention]) -> list[Mention]:
    """Mentions of one sentence and those of `more` that do not cross them."""
    out = list(mentions)
    for mention in more:
        if not any(mention.span.overlaps(m.span) for m in out):
            out.append(mention)
    return out


def load(vocabulary: Vocabulary, overlay: Path | None, *, model: Path | None = None) -> Reader:
    """All components with the rules of the built-in folder and the user's.

    `model` is a folder with a spotter, and perhaps relation weights, to use instead of the
    built-in ones.
    """
    folders = layers(overlay)
    return Reader(
        spotter=spotter.load(folders, vocabulary, model=model),
        scope=scope.load(folders),
        patients=patients.load(folders),
        consent=consent.load(folders),
        assertion=assertion.load(folders),
        values=values.load(folders),
        relations=relations.load(folders, weights=model),
        outcomes=outcomes.load(folders),
        background=background.load(folders),
        general=general.load(folders),
        supplement=supplement.load(folders, vocabulary),
    )

"""The order in which a document is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from app.narrative import (
    assertion,
    background,
    consent,
    outcomes,
    patients,
    relations,
    scope,
    spotter,
    values,
)
from app.narrative.mentions import Mention, Narrative, Sentence, Subject
from app.narrative.sentences import split
from app.resources import layers
from app.terminology import Vocabulary
from app.text import Document


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
    background: background.Background

    def read(self, document: Document) -> Narrative:
        """Everything that the document says, sentence by sentence."""
        sentences = self.scope.judge(document, split(document))
        described = self.patients.describe(document, sentences)
        consents = self.consent.find(document, sentences, described)
        if not described:
            return Narrative(document, sentences, (), (), (), consents)
        own = [i for i, s in enumerate(sentences) if s.subject is Subject.PATIENT]
        spotted = self.spotter.spot([sentences[i] for i in own])
        found = [_at(mention, own[mention.sentence]) for mention in spotted]
        found = _fill(found, [m for i in own for m in self._by_rule(sentences[i], i)])
        found = self.assertion.judge(document, sentences, found)
        found += self.background.find(document.text, sentences)
        found += self.outcomes.find(document.text, sentences)
        found = sorted(found, key=lambda m: (m.sentence, m.span, m.kind))
        related = self.relations.relate(document, sentences, found)
        return Narrative(document, sentences, tuple(found), related, described, consents)

    def _by_rule(self, sentence: Sentence, index: int) -> list[Mention]:
        return [_at(mention, index) for mention in self.values.find(sentence)]


def _at(mention: Mention, sentence: int) -> Mention:
    return mention if mention.sentence == sentence else replace(mention, sentence=sentence)


def _fill(spotted: list[Mention], more: list[Mention]) -> list[Mention]:
    """The spotter's mentions and those of the rules that do not cross them."""
    out = list(spotted)
    by_sentence: dict[int, list[Mention]] = {}
    for mention in spotted:
        by_sentence.setdefault(mention.sentence, []).append(mention)
    for mention in more:
        rivals = by_sentence.get(mention.sentence, [])
        if not any(mention.span.overlaps(r.span) for r in rivals):
            out.append(mention)
            by_sentence.setdefault(mention.sentence, []).append(mention)
    return out


def load(vocabulary: Vocabulary, overlay: Path | None, *, model: Path | None = None) -> Reader:
    """All components with the rules of the built-in folder and the user's.

    `model` is a spotter model to use instead of the built-in one.
    """
    folders = layers(overlay)
    return Reader(
        spotter=spotter.load(folders, vocabulary, model=model),
        scope=scope.load(folders),
        patients=patients.load(folders),
        consent=consent.load(folders),
        assertion=assertion.load(folders),
        values=values.load(folders),
        relations=relations.load(folders),
        outcomes=outcomes.load(folders),
        background=background.load(folders),
    )

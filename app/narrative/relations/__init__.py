"""Relations: which value belongs to which test, which site to which problem, and so on.

Within a sentence trained weights decide about modifiers; words between two mentions decide
about cause, reason and what a study showed; the rest (times, outcomes, reference ranges, words
that take up an earlier thing) follows rules of place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.narrative.mentions import DEGREE, Mention, Relation, RelationKind, Sentence
from app.narrative.relations import model, table
from app.narrative.relations.coreference import antecedents
from app.narrative.relations.doses import doses
from app.narrative.relations.layout import Layout
from app.narrative.relations.linking import link
from app.narrative.relations.model import Model
from app.narrative.relations.outcomes import REFERENCE_RANGE, outcomes, ranges
from app.narrative.relations.pairs import Found, decide
from app.narrative.relations.sites import shared_sites
from app.narrative.relations.spread import spread
from app.narrative.relations.table import Table
from app.narrative.relations.timing import durations, times
from app.text import Document

__all__ = ["Relater", "load"]


@dataclass(frozen=True)
class Relater:
    """The loaded rules and weights."""

    table: Table
    model: Model

    def relate(
        self,
        document: Document,  # noqa: ARG002  (part of the face; the tokens hold all words needed)
        sentences: Sequence[Sentence],
        mentions: Sequence[Mention],
    ) -> tuple[Relation, ...]:
        """All relations between `mentions`, each once, by head, then modifier, then kind."""
        by_sentence: dict[int, list[int]] = {}
        for index, mention in enumerate(mentions):
            by_sentence.setdefault(mention.sentence, []).append(index)
        out: set[tuple[int, int, RelationKind]] = set()
        words: list[list[str]] = [[] for _ in mentions]
        before = [""] * len(mentions)
        told: list[int] = []
        last = -2
        for number in sorted(by_sentence):
            sentence = sentences[number]
            order = sorted(by_sentence[number], key=lambda i: (mentions[i].span, mentions[i].kind))
            layout = Layout(sentence, [mentions[i] for i in order])
            for local, index in enumerate(order):
                words[index], before[index] = layout.text(local), layout.before(local)
            carried_over = told if self._goes_on(sentences, last, number) else []
            found, studies, carried = link(layout, self.table.links, self.table.carry, carried_over)
            found += self._within(layout)
            out.update((order[h], order[m], kind) for kind, h, m in found)
            for finding, rule in carried:
                out.update((order[finding], study, rule.kind) for study in carried_over)
            if studies or not carried:
                told = [order[s] for s in studies]
            last = number
        for antecedent, index in antecedents(
            sentences, mentions, words, before, self.table.coreference
        ):
            out.add((antecedent, index, RelationKind.SAME))
        return tuple(Relation(kind, h, m) for h, m, kind in sorted(out))

    def _goes_on(self, sentences: Sequence[Sentence], last: int, number: int) -> bool:
        """Whether sentence `number` can go on about the study told in sentence `last`."""
        return (
            number - last <= 1
            and last >= 0
            and sentences[last].block == sentences[number].block
            and sentences[last].patient == sentences[number].patient
        )

    def _within(self, layout: Layout) -> list[Found]:
        """Relations of the modifiers of one sentence."""
        plain = [i for i, m in enumerate(layout.mentions) if m.label != REFERENCE_RANGE]
        if len(plain) == len(layout.mentions):
            found = decide(layout, self.table.pairs, self.model)
        else:
            inner = Layout(layout.sentence, [layout.mentions[i] for i in plain])
            found = [
                (kind, plain[h], plain[m])
                for kind, h, m in decide(inner, self.table.pairs, self.model)
            ]
            found += ranges(layout, found)
        found = spread(layout, self.table.spread, found)
        found = doses(layout, self.table.doses, found)
        found = shared_sites(layout, self.table.sites, found)
        found = [f for f in found if not _misplaced(layout, *f)]
        return found + times(layout, self.table) + durations(layout, self.table) + outcomes(layout)


def _misplaced(layout: Layout, kind: RelationKind, head: int, modifier: int) -> bool:
    """Whether an adverb of degree is given to something else than the act right behind it."""
    return (
        kind is RelationKind.DETAIL
        and layout.mentions[modifier].label == DEGREE
        and layout.first[head] != layout.last[modifier]
    )


def load(layers: Sequence[Path], *, weights: Path | None = None) -> Relater:
    """Rules and weights of all layers, or the weights of the folder `weights` if it has some.
    Raises MappingError or VocabularyError."""
    return Relater(table.read(layers), model.load(layers, weights))

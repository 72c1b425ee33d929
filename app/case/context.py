"""What every part of the assembly needs: the narrative, its relations by head, codes, phrases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.case.kinds import Kinds
from app.case.model import Coding, Evidence, Laterality, Phrase, Site
from app.case.stages import Found
from app.narrative.mentions import HEADS, Mention, MentionKind, Narrative, Presence, RelationKind
from app.narrative.values import Values
from app.terminology import Domain, Vocabulary
from app.text import Span

_SPACE = re.compile(r"\s+")
_LEFT, _RIGHT = re.compile(r"\bleft\b", re.I), re.compile(r"\bright\b", re.I)
_BOTH = re.compile(r"\b(?:bilateral(?:ly)?|both|bi-?lateral)\b", re.I)


def tidy(words: str) -> str:
    """White space as single spaces; line breaks of the source are not part of a name."""
    return _SPACE.sub(" ", words).strip()


def evidence(spans: Iterable[Span]) -> tuple[Evidence, ...]:
    """Spans as evidence, each once, in the order of the text."""
    return tuple(Evidence(start=s.start, end=s.end) for s in sorted(set(spans)))


def laterality(words: str) -> Laterality | None:
    """Left, right or both, when the words say so."""
    left, right = bool(_LEFT.search(words)), bool(_RIGHT.search(words))
    if _BOTH.search(words) or (left and right):
        return Laterality.BILATERAL
    return Laterality.LEFT if left else Laterality.RIGHT if right else None


@dataclass(frozen=True, slots=True)
class Name:
    """Words of a fact, where they stand, and their certain codes."""

    text: str
    span: Span
    codes: tuple[Coding, ...]


@dataclass(frozen=True)
class Context:
    """Read-only view of one narrative for the parts of the assembly.

    `modifiers[head][kind]` are the indices of the mentions that say `kind` of `head`;
    `heads[modifier][kind]` is the same the other way round. `staged` are the stages of diseases.
    """

    narrative: Narrative
    vocabulary: Vocabulary
    kinds: Kinds
    values: Values
    abbreviations: Mapping[str, str]
    modifiers: Mapping[int, Mapping[RelationKind, tuple[int, ...]]] = field(default_factory=dict)
    heads: Mapping[int, Mapping[RelationKind, tuple[int, ...]]] = field(default_factory=dict)

    names: dict[tuple[int, Domain], Name] = field(default_factory=dict)
    named: dict[int, list[int]] = field(default_factory=dict)
    staged: tuple[Found, ...] = ()

    @property
    def mentions(self) -> tuple[Mention, ...]:
        return self.narrative.mentions

    @property
    def text(self) -> str:
        return self.narrative.document.text

    def words(self, index: int) -> str:
        """The words of a mention, white space tidied."""
        return tidy(self.narrative.document.quote(self.mentions[index].span))

    def named_in(self, sentence: int) -> Sequence[int]:
        """The mentions of a sentence that become facts."""
        if not self.named:
            for i, mention in enumerate(self.mentions):
                if mention.kind in HEADS:
                    self.named.setdefault(mention.sentence, []).append(i)
        return self.named.get(sentence, ())

    def sentence_text(self, index: int) -> str:
        """The sentence in which a mention stands."""
        sentence = self.narrative.sentences[self.mentions[index].sentence]
        return self.narrative.document.quote(sentence.span)

    def headings(self, index: int) -> tuple[str, ...]:
        """The headings above a mention, outermost first."""
        return self.narrative.sentences[self.mentions[index].sentence].block.headings

    def patient(self, index: int) -> str | None:
        """The patient of whom a mention is said."""
        return self.narrative.sentences[self.mentions[index].sentence].patient

    def of(self, head: int, kind: RelationKind) -> tuple[int, ...]:
        """Mentions that say `kind` of `head`, in the order of the text."""
        return self.modifiers.get(head, {}).get(kind, ())

    def said_of(self, modifier: int, kind: RelationKind) -> tuple[int, ...]:
        """Heads of which `modifier` says `kind`."""
        return self.heads.get(modifier, {}).get(kind, ())

    def codes(
        self, words: str, domain: Domain, *, broader: bool = False, unit: str | None = None
    ) -> tuple[Coding, ...]:
        """Certain codes of a phrase, with the document's own abbreviations expanded.

        `unit` is the UCUM unit of a test's result, on which its code may depend.
        """
        return self.vocabulary.codes(
            words, domain, expansions=self.abbreviations, broader=broader, unit=unit
        )

    def phrase(self, index: int, domain: Domain | None = None) -> Phrase:
        """A mention as words with their place, coded when a domain is given."""
        words = self.words(index)
        return Phrase(
            text=words,
            evidence=evidence([self.mentions[index].span]),
            codes=self.codes(words, domain) if domain is not None else (),
        )

    def denied_by(self, index: int) -> Phrase | None:
        """The words that say that what a mention names is not there."""
        said = self.mentions[index].assertion
        if said.presence is not Presence.ABSENT or said.cue is None:
            return None
        words = tidy(self.narrative.document.quote(said.cue))
        return Phrase(text=words, evidence=evidence([said.cue]))

    def first_phrase(
        self, group: Iterable[int], kind: RelationKind, domain: Domain | None = None
    ) -> Phrase | None:
        """The first thing of a kind that is said of any mention of a group."""
        for head in group:
            for modifier in self.of(head, kind):
                return self.phrase(modifier, domain)
        return None

    def phrases(
        self, group: Iterable[int], kind: RelationKind, domain: Domain | None = None
    ) -> tuple[Phrase, ...]:
        """All things of a kind that are said of a group, the same words once."""
        found: dict[str, Phrase] = {}
        for head in group:
            for modifier in self.of(head, kind):
                phrase = self.phrase(modifier, domain)
                key = phrase.text.lower()
                if key in found:
                    spans = {*found[key].evidence, *phrase.evidence}
                    phrase = found[key].model_copy(
                        update={"evidence": tuple(sorted(spans, key=lambda e: (e.start, e.end)))}
                    )
                found[key] = phrase
        return tuple(found.values())

    def sites(self, group: Sequence[int]) -> tuple[Site, ...]:
        """Where in the body; the side from the words or, of an only site, from a detail."""
        phrases = self.phrases(group, RelationKind.SITE, Domain.ANATOMY)
        side = None
        if len(phrases) == 1:
            details = [self.words(d) for head in group for d in self.of(head, RelationKind.DETAIL)]
            side = laterality(" ".join(details))
        return tuple(_site(p, side) for p in phrases)

    def site_behind(self, index: int) -> Site | None:
        """The part of the body that is named right behind a mention: "20/50 in the left eye"."""
        mention, text = self.mentions[index], self.narrative.document.text
        for number, other in enumerate(self.mentions):
            if (
                other.kind is MentionKind.SITE
                and other.sentence == mention.sentence
                and mention.span.end <= other.span.start
                and self.kinds.site_link.fullmatch(text[mention.span.end : other.span.start])
            ):
                return _site(self.phrase(number, Domain.ANATOMY), None)
        return None


def _site(phrase: Phrase, side: Laterality | None) -> Site:
    return Site(
        text=phrase.text,
        evidence=phrase.evidence,
        codes=phrase.codes,
        laterality=laterality(phrase.text) or side,
    )


def index_relations(
    narrative: Narrative,
    is_anatomy: Callable[[str], bool],
) -> tuple[
    dict[int, dict[RelationKind, tuple[int, ...]]], dict[int, dict[RelationKind, tuple[int, ...]]]
]:
    """Relations by head and by modifier, each list in the order of the text.

    A detail that names a part of the body ("ileocolic intussusception") is a site.
    """
    down: dict[int, dict[RelationKind, tuple[int, ...]]] = {}
    up: dict[int, dict[RelationKind, tuple[int, ...]]] = {}
    for relation in sorted(narrative.relations, key=lambda r: (r.head, r.kind, r.modifier)):
        said = relation.kind
        if said is RelationKind.DETAIL:
            span = narrative.mentions[relation.modifier].span
            if is_anatomy(tidy(narrative.document.quote(span))):
                said = RelationKind.SITE
        for table, key, other in (
            (down, relation.head, relation.modifier),
            (up, relation.modifier, relation.head),
        ):
            kinds = table.setdefault(key, {})
            kinds[said] = (*kinds.get(said, ()), other)
    return down, up

"""Relations that words say: seen in, reason, cause, complication."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.narrative.mentions import MentionKind, RelationKind
from app.narrative.relations.layout import Layout
from app.narrative.relations.pairs import Found
from app.narrative.relations.table import Carry, Kinds, Link, Links

_STOPS = frozenset({";", "."})
_RELATIVE = frozenset({"who", "whom", "whose"})  # what follows is said of somebody
_CLAUSE = frozenset({",", ";", "and", "but", "however", ")"})
_OF_THE = 4  # words between "resolution" and what was resolved
_PROBLEMS = frozenset({MentionKind.SYMPTOM, MentionKind.DISEASE})
_PEOPLE = frozenset({MentionKind.AGE, MentionKind.SEX, MentionKind.PERSON})
_TIMES = frozenset({MentionKind.DURATION, MentionKind.TIME})
_STUDIES = frozenset({MentionKind.TEST, MentionKind.PROCEDURE})


Place = tuple[int, int]


def _inside(place: Place, others: Iterable[Place]) -> bool:
    """Whether a place lies within another, longer one."""
    return any(a <= place[0] and place[1] <= b and (a, b) != place for a, b in others)


class Cues:
    """One sentence, searched for the cues of the link rules."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def places(self, links: Links) -> list[tuple[Link, list[Place]]]:
        """Token ranges of the cues that stand outside mentions, rule by rule and in order.

        A cue inside a longer one does not count: "caused by" is not "caused".
        """
        words, cover = self.layout.words, self.layout.cover
        found: dict[int, list[Place]] = {}
        for at, word in enumerate(words):
            for cue, number in links.by_first.get(word, ()):
                end = at + len(cue)
                if tuple(words[at:end]) == cue and all(c < 0 for c in cover[at:end]):
                    found.setdefault(number, []).append((at, end))
        spans = {place for places in found.values() for place in places}
        return [
            (links.rules[number], [p for p in found[number] if not _inside(p, spans)])
            for number in sorted(found)
        ]

    def before(self, at: int, link: Link) -> list[int]:
        """The nearest fitting mention that ends before token `at`, and those joined to it."""
        layout = self.layout
        fitting = [
            i
            for i, m in enumerate(layout.mentions)
            if m.kind in link.before and layout.last[i] <= at
        ]
        if not fitting:
            return []
        nearest = fitting[-1]
        if link.kind is RelationKind.REASON and self._person(layout.last[nearest], at):
            return []
        words = layout.words[layout.last[nearest] : at]
        if _STOPS.intersection(words) or self._count(layout.last[nearest], at) > link.reach:
            return []
        chain = [nearest]
        for other in reversed(fitting[:-1]):
            if not layout.joined[other]:
                break
            chain.append(other)
        return chain[::-1]

    def after(self, at: int, stop: int, link: Link) -> list[int]:
        """The nearest fitting mention after token `at`, and those joined to it; or all of them
        up to `stop`. Nothing that could stand before the cue may come in between."""
        if not link.all_after:
            found = self.chain(at, stop, link.after, link.reach)
            between = self._fitting(at, self.layout.first[found[0]], link.before) if found else []
            return [] if between else found
        layout = self.layout
        fitting = self._fitting(at, stop, link.after)
        if not fitting or self._count(at, layout.first[fitting[0]]) > link.reach:
            return []
        return fitting

    def chain(self, at: int, stop: int, kinds: Kinds, reach: int) -> list[int]:
        """The first mention of these kinds from token `at` on, and those coordinated with it."""
        layout = self.layout
        fitting = self._fitting(at, stop, kinds)
        if not fitting or self._count(at, layout.first[fitting[0]]) > reach:
            return []
        between = layout.words[at : layout.first[fitting[0]]]
        if self._is_time(at) or not _RELATIVE.isdisjoint(between):
            return []
        if not _STOPS.isdisjoint(between):
            return []
        chain = [fitting[0]]
        for other in fitting[1:]:
            if not layout.joined[chain[-1]]:
                break
            chain.append(other)
        return chain

    def _person(self, start: int, stop: int) -> bool:
        """Whether somebody is named from `start` to `stop`: "a case of histoplasmosis in a man
        treated with methotrexate" does not say why he was."""
        layout = self.layout
        return any(
            m.kind in _PEOPLE and start <= layout.first[i] < stop
            for i, m in enumerate(layout.mentions)
        )

    def _is_time(self, at: int) -> bool:
        """Whether a time begins at a token: "for two weeks" gives no reason."""
        mention = self.layout.cover[at] if at < len(self.layout.cover) else -1
        return mention >= 0 and self.layout.mentions[mention].kind in _TIMES

    def _fitting(self, at: int, stop: int, kinds: Kinds) -> list[int]:
        layout = self.layout
        return [
            i
            for i, m in enumerate(layout.mentions)
            if m.kind in kinds and at <= layout.first[i] < stop
        ]

    def _count(self, start: int, stop: int) -> int:
        """Words from `start` to `stop` that no mention covers."""
        return sum(1 for at in range(start, stop) if self.layout.cover[at] < 0)


def link(
    layout: Layout, links: Links, carry: Carry, told: Sequence[int]
) -> tuple[list[Found], list[int], list[tuple[int, Link]]]:
    """(relations, the studies that this sentence speaks of, findings of the study told before).

    Indices count within the layout; `told` is not empty when a study was told before.
    """
    if not layout.mentions:
        return [], [], []
    cues = Cues(layout)
    found: list[Found] = []
    studies: list[int] = []
    carried: list[tuple[int, Link]] = []
    for rule, places in cues.places(links):
        for number, (first, last) in enumerate(places):
            if rule.front:
                found += _in_front(cues, rule, first, last)
                continue
            stop = len(layout.words)
            if rule.all_after and number + 1 < len(places):
                stop = _subject_start(layout, rule, last, places[number + 1][0])
            afters = cues.after(last, stop, rule)
            befores = cues.before(first, rule)
            if rule.carry and befores:
                studies = befores
            if afters and not befores and rule.carry and told and number == 0:
                if carry.subjects.match(" ".join(layout.words)):
                    carried.extend((after, rule) for after in afters)
                continue
            found += _made(layout, rule, last, befores, afters)
    if told and not carried and not studies:
        carried = _goes_on(layout, carry, links)
    return list(dict.fromkeys(found)), studies, carried


def _made(
    layout: Layout, rule: Link, cue: int, befores: Sequence[int], afters: Sequence[int]
) -> list[Found]:
    """Every pairing of the two sides; "led to resolution of the rash" is no cause of the rash, and
    "arising from the joint, compressing the root" none of the mass. `cue` is where the cue ends."""
    if rule.kind is RelationKind.CAUSE and (
        any(_is_outcome(layout, a) for a in afters) or _from_a_place(layout, cue, afters)
    ):
        return []
    return [
        (rule.kind, before, after) if rule.head_is_before else (rule.kind, after, before)
        for before in befores
        for after in afters
    ]


def _from_a_place(layout: Layout, cue: int, afters: Sequence[int]) -> bool:
    """Whether a part of the body stands behind the cue, and a comma between it and the problem."""
    first = layout.first[afters[0]] if afters else cue
    return any(
        m.kind is MentionKind.SITE
        and cue <= layout.first[i]
        and "," in layout.words[layout.last[i] : first]
        and all(c < 0 for c in layout.cover[cue : layout.first[i]])
        for i, m in enumerate(layout.mentions)
        if layout.last[i] <= first
    )


def _is_outcome(layout: Layout, problem: int) -> bool:
    """Whether a problem stands in, or right after, words that say how it went."""
    return any(
        m.kind is MentionKind.OUTCOME
        and (
            m.span.overlaps(layout.mentions[problem].span)
            or 0 <= layout.first[problem] - layout.last[i] <= _OF_THE
        )
        for i, m in enumerate(layout.mentions)
    )


def _in_front(cues: Cues, rule: Link, first: int, last: int) -> list[Found]:
    """ "Because of hypotension, noradrenaline was started"."""
    layout = cues.layout
    if first > 0 and layout.words[first - 1] not in _CLAUSE:
        return []
    befores = cues.chain(last, len(layout.words), rule.before, rule.reach)
    if not befores:
        return []
    end = layout.last[befores[-1]]
    afters = cues.chain(end, len(layout.words), rule.after, rule.reach)
    if not afters or "," not in layout.words[end : layout.first[afters[0]]]:
        return []
    return _made(layout, rule, last, befores, afters)


def _subject_start(layout: Layout, rule: Link, start: int, cue: int) -> int:
    """Where the next study of a sentence begins: what follows is no longer seen in this one."""
    subjects = [
        layout.first[i]
        for i, m in enumerate(layout.mentions)
        if m.kind in rule.before and start <= layout.first[i] < cue
    ]
    return subjects[-1] if subjects else len(layout.words)


def _goes_on(layout: Layout, carry: Carry, links: Links) -> list[tuple[int, Link]]:
    """Findings of a sentence that goes on about the study of the one before."""
    if any(m.kind in _STUDIES for m in layout.mentions):
        return []
    text = " ".join(layout.words)
    if not carry.openings.match(text) or not carry.told.search(text):
        return []
    rule = next((r for r in links.rules if r.carry), None)
    if rule is None:
        return []
    return [(i, rule) for i, m in enumerate(layout.mentions) if m.kind in _PROBLEMS]

"""Stages and grades of diseases: found by the wording of their classifications, and given to the
disease that they are said of."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.case.model import Coding, Evidence, Stage
from app.case.stage_rules import By, Scale, StageRules, compiled
from app.narrative.cues import phrases
from app.narrative.mentions import Mention, Narrative, Presence
from app.rules import load_rules
from app.text import Span


@dataclass(frozen=True, slots=True)
class Found:
    """A stage in the text, the sentence it stands in and what it means."""

    span: Span
    sentence: int
    scale: Scale
    by: By | None
    codes: tuple[Coding, ...]


@dataclass(frozen=True)
class Stages:
    """The compiled rules."""

    scales: tuple[Scale, ...]
    codes: Mapping[tuple[str, str], Coding]
    fillers: frozenset[str]
    by: tuple[tuple[By, re.Pattern[str]], ...]

    def find(self, narrative: Narrative) -> tuple[Found, ...]:
        """The stages that the sentences about patients tell, in the order of the text."""
        text = narrative.document.text
        starts = [s.span.start for s in narrative.sentences]
        hits = sorted(
            (
                (span, scale, match["level"])
                for scale in self.scales
                for match in scale.core.finditer(text)
                if (span := _whole(text, scale, match)) is not None
            ),
            key=lambda hit: (hit[0].start, -hit[0].end),
        )
        out: list[Found] = []
        for span, scale, level in hits:
            number = bisect_right(starts, span.start) - 1
            if number < 0 or (out and out[-1].span.overlaps(span)):
                continue
            sentence = narrative.sentences[number]
            if sentence.patient is None or span.end > sentence.span.end:
                continue
            words = text[span.start : span.end]
            by = next((name for name, pattern in self.by if pattern.search(words)), None)
            code = self.codes.get((scale.rule.name, level))
            out.append(Found(span, number, scale, by, (code,) if code else ()))
        return tuple(out)

    def heads(
        self,
        narrative: Narrative,
        found: Sequence[Found],
        names: Mapping[int, str],
    ) -> dict[int, list[Found]]:
        """The stages by the index of the mention that each is said of. `names` has the mentions
        that may have a stage, with all the words they are known by."""
        mentions = narrative.mentions
        there = [i for i in names if mentions[i].assertion.presence is not Presence.ABSENT]
        head_of: dict[int, int | None] = {}
        for number, stage in enumerate(found):
            here = [i for i in there if mentions[i].sentence == stage.sentence]
            if stage.scale.of is None:
                head_of[number] = self._beside(narrative, stage, here, found)
            else:
                fits = [i for i in here if stage.scale.of.search(names[i])]
                head_of[number] = _nearest(mentions, stage.span, fits)
        steps: tuple[Callable[[int], int | None], ...] = (
            lambda number: self._shared(narrative, found, number, head_of),
            lambda number: _told_before(narrative, found[number], there, names),
            lambda number: self._shared(narrative, found, number, head_of),
        )
        for step in steps:
            head_of |= {n: step(n) for n, head in head_of.items() if head is None}
        out: dict[int, list[Found]] = {}
        for number, head in head_of.items():
            if head is not None:
                out.setdefault(head, []).append(found[number])
        return out

    def _beside(
        self, narrative: Narrative, stage: Found, here: Sequence[int], found: Sequence[Found]
    ) -> int | None:
        """The disease that the stage stands in, in front of, or behind."""
        mentions = narrative.mentions
        inside = [i for i in here if mentions[i].span.overlaps(stage.span)]
        if inside:
            return inside[0]
        after = [i for i in here if mentions[i].span.start >= stage.span.end]
        if after:
            span = Span(stage.span.end, mentions[after[0]].span.start)
            if not self._between(narrative, stage.sentence, span, found, _PUNCTUATION):
                return after[0]
        before = [i for i in here if mentions[i].span.end <= stage.span.start]
        if before:
            span = Span(mentions[before[-1]].span.end, stage.span.start)
            if not self._between(narrative, stage.sentence, span, found, self.fillers):
                return before[-1]
        return None

    def _shared(
        self,
        narrative: Narrative,
        found: Sequence[Found],
        number: int,
        head_of: Mapping[int, int | None],
    ) -> int | None:
        """The disease of the stage beside: "stage IV (pT3N0M1)" is one staging."""
        stage = found[number]
        for other in (number - 1, number + 1):
            if head_of.get(other) is None or found[other].sentence != stage.sentence:
                continue
            first, last = sorted((stage.span, found[other].span))
            if not self._between(
                narrative, stage.sentence, Span(first.end, last.start), found, self.fillers
            ):
                return head_of[other]
        return None

    def _between(
        self,
        narrative: Narrative,
        sentence: int,
        gap: Span,
        found: Sequence[Found],
        fillers: frozenset[str],
    ) -> bool:
        """Whether anything of weight stands between."""
        if gap.end <= gap.start:
            return False
        aside = [f.span for f in found if f.sentence == sentence]
        aside += [m.span for m in narrative.mentions if _says_more(m, sentence)]
        return any(
            token.text.lower() not in fillers and not any(token.span.overlaps(s) for s in aside)
            for token in narrative.sentences[sentence].tokens
            if gap.start <= token.span.start < gap.end
        )


_PUNCTUATION = frozenset("()[],-")
_ASIDE = frozenset({"detail", "site", "severity", "value", "duration", "time"})


def _says_more(mention: Mention, sentence: int) -> bool:
    """Whether a mention only says more of a disease."""
    return mention.sentence == sentence and mention.kind.value in _ASIDE


_NEAR = 25  # characters from a stage to the disease behind it


def _nearest(mentions: Sequence[Mention], stage: Span, fits: Sequence[int]) -> int | None:
    """The nearest disease in front of a stage, or shortly behind it."""
    near = {i: _gap(mentions[i].span, stage) for i in fits}
    near = {i: g for i, g in near.items() if g <= _NEAR or mentions[i].span.end <= stage.start}
    return min(near, key=lambda i: (near[i], i), default=None)


def _told_before(
    narrative: Narrative, stage: Found, there: Sequence[int], names: Mapping[int, str]
) -> int | None:
    """The last disease that the classification is for, if it is told shortly before."""
    of = stage.scale.of
    patient = narrative.sentences[stage.sentence].patient
    if of is None:
        return None
    for i in sorted(there, reverse=True):
        number = narrative.mentions[i].sentence
        near = 0 < stage.sentence - number <= stage.scale.rule.back
        if near and narrative.sentences[number].patient == patient and of.search(names[i]):
            return i
    return None


def _gap(one: Span, other: Span) -> int:
    return max(one.start - other.end, other.start - one.end, 0)


def _whole(text: str, scale: Scale, match: re.Match[str]) -> Span | None:
    """The stage with what stands before it; None when a name is needed that is not there."""
    start = max(0, match.start() - 60)
    front = scale.front.search(text, start, match.start()) if scale.rule.before else None
    if front is not None:
        return Span(front.start(), match.end())
    if scale.rule.named:
        names = {n.lower() for n in scale.rule.before}
        if (match["word"] or "").lower() not in names:
            return None
    return Span(*match.span())


def is_only_stage(span: Span, found: Sequence[Found], text: str) -> bool:
    """Whether words are nothing but stages: "Scheuer stage 3" is no disease."""
    left = "".join(
        c
        for at, c in enumerate(text[span.start : span.end], start=span.start)
        if not any(f.span.start <= at < f.span.end for f in found)
    )
    return not any(c.isalnum() for c in left)


def made(found: Sequence[Found], text: str) -> tuple[Stage, ...]:
    """Stages of one disease, the same words once."""
    out: dict[str, Stage] = {}
    for one in sorted(found, key=lambda f: f.span):
        words = " ".join(text[one.span.start : one.span.end].split())
        place = Evidence(start=one.span.start, end=one.span.end)
        known = out.get(words.casefold())
        if known is None:
            out[words.casefold()] = Stage(text=words, evidence=(place,), codes=one.codes, by=one.by)
        else:
            update = {"evidence": (*known.evidence, place)}
            out[words.casefold()] = known.model_copy(update=update)
    return tuple(out.values())


def load_stages(layers: Sequence[Path]) -> Stages:
    """The rules of all layers, compiled; MappingError with file and line when one is wrong."""
    rules = load_rules(layers, "case/stages.toml", StageRules)
    prefix: tuple[tuple[By, str, str], ...] = (
        ("clinical", phrases(rules.clinical).pattern, r"(?<![A-Za-z])y?cT"),
        ("pathological", phrases(rules.pathological).pattern, r"(?<![A-Za-z])y?pT"),
    )
    return Stages(
        tuple(compiled(rule) for rule in rules.scale),
        {
            (row.scale, level): Coding(system=row.system, code=row.code, display=row.display)
            for row in rules.code
            for level in row.level
        },
        frozenset(rules.fillers),
        tuple((name, re.compile(rf"(?i:{words})|{sign}")) for name, words, sign in prefix),
    )

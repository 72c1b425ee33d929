"""Which kind of fact a wording is: the tables of `mappings/case/kinds.toml`, compiled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.case.follow_up import FollowUps, load_follow_ups
from app.case.stages import Stages, load_stages
from app.narrative.cues import phrases
from app.rules import Rules, load_rules


class Heads(Rules):
    heads: list[str]


class Kin(Rules):
    people: list[str]
    before: list[str]


class Words(Rules):
    words: list[str]


class Stems(Rules):
    stems: list[str]


class Endings(Rules):
    endings: list[str]


class NoFinding(Rules):
    heads: list[str]
    plain: list[str]


class Loinc(Rules):
    loinc: dict[str, str]


class KindRules(Rules):
    symptom: Heads
    sign: Endings
    structure: Heads
    placeless: Heads
    taking: Words
    pathology: Words
    diagnostic_procedure: Words
    generic: Words
    exam: Words
    examination: Heads
    laboratory: Words
    measure: Loinc
    vital_signs: Words
    removal: Stems
    component: Heads
    approach: Words
    site_link: Words
    lasting: Words
    other_specimen: Words
    unsited: Words
    trend: Words
    other_sense: tuple[OtherSense, ...]
    kin: Kin
    no_finding: NoFinding


class OtherSense(Rules):
    display: str
    words: tuple[str, ...]


class ModalityRule(Rules):
    code: str
    display: str
    words: list[str]


class RegionRule(Rules):
    name: str
    words: list[str]


class Order(Rules):
    order: list[str]


class Contrast(Rules):
    words: list[str]
    without: list[str]


class ImagingRules(Rules):
    modality: list[ModalityRule]
    precedence: Order
    again: Words
    contrast: Contrast
    plane: Words
    not_imaging: Words
    region: list[RegionRule]


@dataclass(frozen=True)
class Kinds:
    """Compiled wordings; each attribute is a pattern or a set of lower-case words."""

    symptom: re.Pattern[str]
    sign: re.Pattern[str]
    structure: re.Pattern[str]
    placeless: re.Pattern[str]
    taking: re.Pattern[str]
    pathology: re.Pattern[str]
    diagnostic_procedure: re.Pattern[str]
    exam: re.Pattern[str]
    examination: re.Pattern[str]
    laboratory: re.Pattern[str]
    measures: frozenset[str]
    vital_signs: re.Pattern[str]
    removal: re.Pattern[str]
    component: re.Pattern[str]
    approach: re.Pattern[str]
    site_link: re.Pattern[str]
    lasting: re.Pattern[str]
    other_specimen: re.Pattern[str]
    unsited: re.Pattern[str]
    trend: re.Pattern[str]
    other_sense: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]
    kin: re.Pattern[str]
    no_finding: re.Pattern[str]
    generic: frozenset[str]
    modalities: tuple[tuple[str, str, re.Pattern[str]], ...]
    again: re.Pattern[str]
    contrast: re.Pattern[str]
    without_contrast: re.Pattern[str]
    plane: re.Pattern[str]
    not_imaging: re.Pattern[str]
    region_words: tuple[tuple[str, re.Pattern[str]], ...]
    stages: Stages
    follow_ups: FollowUps

    def regions(self, words: str) -> frozenset[str]:
        """The regions of the body that the words of an examination name."""
        return frozenset(name for name, pattern in self.region_words if pattern.search(words))

    def modality(self, words: str) -> tuple[str, str, tuple[int, int]] | None:
        """DICOM code and display of the imaging that a test's words name, and where in them.

        None when the words name no imaging, or a treatment under imaging.
        """
        if self.not_imaging.search(words):
            return None
        for code, display, pattern in self.modalities:
            if match := pattern.search(words):
                return code, display, match.span()
        return None

    def is_generic(self, words: str) -> bool:
        """Whether the words name nothing by themselves."""
        return words.lower().strip(" .,;:") in self.generic


def _ending(heads: Sequence[str]) -> re.Pattern[str]:
    inner = "|".join(re.escape(h) for h in sorted(heads, key=lambda h: (-len(h), h)))
    return re.compile(rf"(?<![\w-])(?:{inner})\W*$", re.IGNORECASE)


def load_kinds(layers: Sequence[Path]) -> Kinds:
    """The rules of all layers; MappingError with file and line when one is wrong."""
    rules = load_rules(layers, "case/kinds.toml", KindRules)
    imaging = load_rules(layers, "narrative/imaging.toml", ImagingRules)
    rank = {code: i for i, code in enumerate(imaging.precedence.order)}
    ordered = sorted(imaging.modality, key=lambda m: (rank.get(m.code, len(rank)), m.code))
    stems = "|".join(re.escape(s) for s in rules.removal.stems)
    return Kinds(
        symptom=_ending(rules.symptom.heads),
        sign=re.compile(
            rf"(?:{'|'.join(re.escape(e) for e in rules.sign.endings)})\W*$", re.IGNORECASE
        ),
        structure=_ending(rules.structure.heads),
        placeless=_ending(rules.placeless.heads),
        taking=phrases(rules.taking.words),
        pathology=phrases(rules.pathology.words),
        diagnostic_procedure=phrases(rules.diagnostic_procedure.words),
        exam=phrases(rules.exam.words),
        examination=_ending(rules.examination.heads),
        laboratory=phrases(rules.laboratory.words),
        measures=frozenset(rules.measure.loinc),
        vital_signs=phrases(rules.vital_signs.words),
        removal=re.compile(stems, re.IGNORECASE),
        component=_ending(rules.component.heads),
        approach=phrases(rules.approach.words),
        lasting=phrases(rules.lasting.words),
        other_specimen=phrases(rules.other_specimen.words),
        unsited=phrases(rules.unsited.words),
        trend=phrases(rules.trend.words),
        other_sense=tuple(
            (re.compile(sense.display), phrases(sense.words)) for sense in rules.other_sense
        ),
        kin=re.compile(
            rf"(?:{phrases(rules.kin.before).pattern}\s+)*{phrases(rules.kin.people).pattern}",
            re.IGNORECASE,
        ),
        no_finding=re.compile(
            rf"(?:{phrases(rules.no_finding.plain).pattern}\s+)*"
            rf"{phrases(rules.no_finding.heads).pattern}",
            re.IGNORECASE,
        ),
        site_link=re.compile(rf"\s+{phrases(rules.site_link.words).pattern}\s+", re.IGNORECASE),
        generic=frozenset(w.lower() for w in rules.generic.words),
        modalities=tuple((m.code, m.display, phrases(m.words)) for m in ordered),
        again=phrases(imaging.again.words),
        contrast=phrases(imaging.contrast.words),
        without_contrast=phrases(imaging.contrast.without),
        plane=phrases(imaging.plane.words),
        not_imaging=phrases(imaging.not_imaging.words),
        stages=load_stages(layers),
        follow_ups=load_follow_ups(layers),
        region_words=tuple((r.name, phrases(r.words)) for r in imaging.region),
    )

"""The classifications of diseases: the rules of `mappings/case/stages.toml`, compiled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from app.narrative.cues import phrases
from app.rules import Rules

By = Literal["clinical", "pathological"]


class ScaleRule(Rules):
    name: str
    words: list[str]
    level: str
    before: tuple[str, ...] = ()
    between: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    back: int = 0
    optional: bool = False
    named: bool = False


class CodeRule(Rules):
    scale: str
    level: tuple[str, ...]
    system: str
    code: str
    display: str


class StageRules(Rules):
    fillers: list[str]
    clinical: list[str]
    pathological: list[str]
    scale: list[ScaleRule]
    code: tuple[CodeRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Scale:
    """A compiled classification: `core` finds word and level, `front` what stands before them."""

    rule: ScaleRule
    core: re.Pattern[str]
    front: re.Pattern[str]
    of: re.Pattern[str] | None


def compiled(rule: ScaleRule) -> Scale:
    words = phrases(rule.words).pattern
    between = phrases(rule.between).pattern
    naming = rf"(?P<word>(?i:{words}))[\s:-]*(?:(?i:{between})[\s:]+)?"
    core = rf"(?<![A-Za-z0-9])(?:{naming}){'?' if rule.optional else ''}"
    core += rf"(?P<level>{rule.level})(?![\w/%])"
    front = rf"(?:(?i:{phrases(rule.before).pattern})[\s-]*)+$"
    names = "|".join(re.escape(word) for word in rule.of)
    of = re.compile(rf"(?:{names})s?(?!\w)", re.IGNORECASE) if names else None
    return Scale(rule, re.compile(core), re.compile(front), of)

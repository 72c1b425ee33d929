"""The cues of `mappings/narrative/assertion.toml`, checked and ready to be looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import MappingError
from app.narrative import rules
from app.narrative.mentions import MentionKind, Mode, Presence
from app.narrative.phrases import Phrases

FILE = "assertion.toml"

SAYS: Mapping[str, tuple[Presence, Mode] | None] = {
    "absent": (Presence.ABSENT, Mode.STATED),
    "excluded": (Presence.ABSENT, Mode.EXCLUDED),
    "declined": (Presence.ABSENT, Mode.DECLINED),
    "not-done": (Presence.ABSENT, Mode.NOT_DONE),
    "possible": (Presence.POSSIBLE, Mode.STATED),
    "differential": (Presence.POSSIBLE, Mode.DIFFERENTIAL),
    "hypothetical": (Presence.POSSIBLE, Mode.HYPOTHETICAL),
    "planned": (Presence.POSSIBLE, Mode.PLANNED),
    "stopped": (Presence.PRESENT, Mode.STOPPED),
    "general": (Presence.PRESENT, Mode.GENERAL),
    "past": None,
    "family": None,
    "nothing": None,
}

CLASSES: Mapping[str, frozenset[MentionKind]] = {
    "problem": frozenset(
        {
            MentionKind.DISEASE,
            MentionKind.SYMPTOM,
            MentionKind.HISTORY,
            MentionKind.FAMILY,
            MentionKind.ALLERGY,
            MentionKind.OUTCOME,
            MentionKind.EVENT,
            MentionKind.COREFERENCE,
            MentionKind.VALUE,
        }
    ),
    "act": frozenset({MentionKind.PROCEDURE, MentionKind.MEDICATION}),
    "test": frozenset({MentionKind.TEST}),
}

CLASS_OF: Mapping[MentionKind, str] = {
    kind: name for name, kinds in CLASSES.items() for kind in kinds
}

SCOPES = ("after", "before", "both")


@dataclass(frozen=True, slots=True)
class Cue:
    """What a phrase says, of which words (`scope`, `reach`, `until_verb`) and of which mentions
    (`of`)."""

    says: str
    scope: str
    of: tuple[str, ...]
    reach: int
    until_verb: bool


@dataclass(frozen=True)
class Cues:
    """All that the judge looks up."""

    cues: Phrases[Cue]
    stops: Phrases[str]
    holes: frozenset[str]
    known: Phrases[str]
    verbs: frozenset[str]
    adverbs: frozenset[str]
    affirming: frozenset[str]
    seen: frozenset[str]
    listing: frozenset[str]
    single: frozenset[str]
    naming: frozenset[str]
    relatives: Phrases[str]
    sides: frozenset[str]
    having: Phrases[str]
    of_relative: frozenset[str]
    owners: frozenset[str]
    agents: frozenset[str]
    between: frozenset[str]
    other_subjects: frozenset[str]
    reports: frozenset[str]
    determiners: frozenset[str]


def _cue(row: Mapping[str, Any]) -> Cue:
    rules.check(
        row,
        required={"phrases": list, "says": str, "scope": str},
        optional={"of": list, "reach": int, "until_verb": bool},
        name=FILE,
    )
    says = rules.one_of(row, "says", tuple(SAYS), FILE)
    scope = rules.one_of(row, "scope", SCOPES, FILE)
    of = tuple(row.get("of", CLASSES))
    if not set(of) <= set(CLASSES):
        place = getattr(row, "place", FILE)
        raise MappingError(f"'of' must name one or more of {', '.join(CLASSES)}", place=place)
    return Cue(says, scope, of, row.get("reach", 0), row.get("until_verb", False))


def _phrases(items: Sequence[str], value: str) -> Phrases[str]:
    table: Phrases[str] = Phrases()
    for item in items:
        for phrase in rules.expand(item):
            table.add(phrase, value)
    return table


def load(layers: Sequence[Path]) -> Cues:
    """Read and check the cues of these mapping folders; MappingError with file and line."""
    table = rules.read(layers, FILE)
    rules.check(
        table, required={"cue": list, "scope": dict, "family": dict}, optional={}, name=FILE
    )
    cues: Phrases[Cue] = Phrases()
    for row in table["cue"]:
        cue = _cue(row)
        for item in row["phrases"]:
            for phrase in rules.expand(item):
                cues.add(phrase, cue)
    scope, family = table["scope"], table["family"]
    names = (
        "stops", "stops_after", "holes", "known", "verbs", "adverbs", "affirming", "seen",
        "listing", "single", "naming",
    )  # fmt: skip
    rules.check(scope, required=dict.fromkeys(names, list), optional={}, name=f"{FILE} [scope]")
    parts = (
        "relatives", "sides", "having", "of_relative", "owners", "agents", "between",
        "other_subjects", "reports", "determiners",
    )  # fmt: skip
    rules.check(family, required=dict.fromkeys(parts, list), optional={}, name=f"{FILE} [family]")
    stops = _phrases(scope["stops"], "both")
    for item in scope["stops_after"]:
        for phrase in rules.expand(item):
            stops.add(phrase, "after")
    return Cues(
        cues=cues,
        stops=stops,
        holes=frozenset(scope["holes"]),
        known=_phrases(scope["known"], "known"),
        verbs=frozenset(scope["verbs"]),
        adverbs=frozenset(scope["adverbs"]),
        affirming=frozenset(scope["affirming"]),
        seen=frozenset(scope["seen"]),
        listing=frozenset(scope["listing"]),
        single=frozenset(scope["single"]),
        naming=frozenset(scope["naming"]),
        relatives=_phrases(family["relatives"], "relative"),
        sides=frozenset(family["sides"]),
        having=_phrases(family["having"], "having"),
        of_relative=frozenset(family["of_relative"]),
        owners=frozenset(family["owners"]),
        agents=frozenset(family["agents"]),
        between=frozenset(family["between"]),
        other_subjects=frozenset(family["other_subjects"]),
        reports=frozenset(family["reports"]),
        determiners=frozenset(family["determiners"]),
    )

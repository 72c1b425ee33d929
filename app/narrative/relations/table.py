"""The tables of `mappings/narrative/relations.toml`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from app.errors import MappingError
from app.narrative import rules
from app.narrative.cues import phrases
from app.narrative.mentions import MentionKind, RelationKind
from app.narrative.tokens import tokenize

NAME = "relations.toml"

Kinds = frozenset[MentionKind]


@dataclass(frozen=True, slots=True)
class Pair:
    """Which modifiers may belong to which heads in one kind of relation.

    `joins` are words that, alone between a head and a modifier after it, settle the matter when
    one of `ends` comes next. `beside` are words that settle it on either side of the modifier,
    whatever comes next.
    """

    kind: RelationKind
    modifier: Kinds
    head: Kinds
    keep: float
    rescue: float
    joins: frozenset[str]
    ends: frozenset[str]
    beside: frozenset[str]


@dataclass(frozen=True, slots=True)
class Link:
    """A relation that a cue between two mentions says.

    `all_after`: everything after the cue takes part, up to the next cue of the same row;
    `carry`: without a mention before the cue the study told before stands in;
    `front`: the cue begins a clause, and both mentions follow it.
    """

    name: str
    kind: RelationKind
    before: Kinds
    after: Kinds
    head_is_before: bool
    reach: int
    cues: frozenset[tuple[str, ...]]
    all_after: bool
    carry: bool
    front: bool


class Links:
    """All link rules, and the cues of all by their first word."""

    def __init__(self, rules: tuple[Link, ...]) -> None:
        self.rules = rules
        self.by_first: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        for number, rule in enumerate(rules):
            for cue in sorted(rule.cues):
                if cue:
                    self.by_first.setdefault(cue[0], []).append((cue, number))


@dataclass(frozen=True, slots=True)
class Carry:
    """How a sentence shows that it goes on about the study of the one before."""

    subjects: re.Pattern[str]
    openings: re.Pattern[str]
    told: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Spread:
    """Words by which a result is said of all tests of a list.

    `separators` and `fillers` stand between the tests, one separator at least; `said_before`
    between a result and the first test behind it, `said_after` between the last test and a
    result behind it, of which `copulas` also open "as were". `carriers` are nouns whose result
    goes on to what follows with one of `carried` ("expression of desmin"); behind one of
    `measured_in` stands what a test was measured in or by.
    """

    separators: frozenset[str]
    fillers: frozenset[str]
    said_before: frozenset[str]
    said_after: frozenset[str]
    copulas: frozenset[str]
    carriers: frozenset[str]
    carried: frozenset[str]
    measured_in: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sites:
    """Words by which a site is said of several problems.

    One of `prepositions` stands between a list of problems and their site, and words of `seen`;
    `forms` may follow a problem and say nothing more. `verbs` follow a site that is the subject of
    its clause, or one of `relatives` behind it, and `fillers` (and adverbs) stand between them and
    what it has. `openers` begin a clause; `determiners` count for nothing. What one of `nowhere`
    names is of the whole body or has its place in its name.
    """

    prepositions: frozenset[str]
    seen: frozenset[str]
    forms: frozenset[str]
    verbs: frozenset[str]
    relatives: frozenset[str]
    fillers: frozenset[str]
    openers: frozenset[str]
    determiners: frozenset[str]
    nowhere: frozenset[str]


@dataclass(frozen=True, slots=True)
class Doses:
    """`shared` end amounts of a whole regimen ("cycles"); `explaining` begin what only explains
    the drug before a comma ("landiolol, a beta blocker, at ...")."""

    shared: frozenset[str]
    explaining: frozenset[str]


@dataclass(frozen=True, slots=True)
class Coreference:
    """Words that take up something said before."""

    determiners: frozenset[str]
    pronouns: frozenset[str]
    nouns: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """The whole file, checked and compiled."""

    pairs: tuple[Pair, ...]
    links: Links
    carry: Carry
    spread: Spread
    doses: Doses
    sites: Sites
    breaks: frozenset[str]
    reach: int
    of: re.Pattern[str]
    coreference: Coreference


def read(layers: Sequence[Path]) -> Table:
    """The tables of all layers. Raises MappingError with the place of a faulty entry."""
    raw = rules.read(layers, NAME)
    top = {
        "pairs": dict,
        "links": list,
        "carry": dict,
        "spread": dict,
        "doses": dict,
        "sites": dict,
        "time": dict,
        "duration": dict,
    }
    rules.check(raw, required={**top, "coreference": dict}, optional={}, name=NAME)
    carry = _lists(raw["carry"], ("subjects", "openings", "told"), "carry")
    shared = _lists(raw["spread"], tuple(f.name for f in fields(Spread)), "spread")
    sites = _lists(raw["sites"], tuple(f.name for f in fields(Sites)), "sites")
    doses = _lists(raw["doses"], tuple(f.name for f in fields(Doses)), "doses")
    time = raw["time"]
    rules.check(time, required={"breaks": list, "reach": int}, optional={}, name=f"{NAME} [time]")
    coreference = dict(raw["coreference"])
    nouns = coreference.pop("nouns", {})
    words = _lists(coreference, ("determiners", "pronouns"), "coreference")
    names = _lists(nouns, ("problem", "procedure", "medication", "test"), "coreference.nouns")
    return Table(
        pairs=_pairs(raw["pairs"]),
        links=Links(tuple(_link(row) for row in raw["links"])),
        carry=Carry(*(phrases(carry[k]) for k in ("subjects", "openings", "told"))),
        spread=Spread(**{name: frozenset(words) for name, words in shared.items()}),
        sites=Sites(**{name: frozenset(words) for name, words in sites.items()}),
        doses=Doses(**{name: frozenset(words) for name, words in doses.items()}),
        breaks=frozenset(time["breaks"]),
        reach=time["reach"],
        of=phrases(_lists(raw["duration"], ("of",), "duration")["of"]),
        coreference=Coreference(
            frozenset(words["determiners"]),
            frozenset(words["pronouns"]),
            {name: frozenset(list_) for name, list_ in names.items()},
        ),
    )


def _lists(raw: Mapping[str, Any], names: Sequence[str], table: str) -> dict[str, list[str]]:
    required = dict.fromkeys(names, list)
    rules.check(raw, required=required, optional={}, name=f"{NAME} [{table}]")
    return {name: [str(w) for w in raw[name]] for name in names}


def _kinds(names: Sequence[str], place: str) -> Kinds:
    try:
        return frozenset(MentionKind(name) for name in names)
    except ValueError as error:
        raise MappingError(str(error), place=place) from None


def _relation(name: str, place: str) -> RelationKind:
    try:
        return RelationKind(name)
    except ValueError as error:
        raise MappingError(str(error), place=place) from None


def _pairs(raw: Mapping[str, Any]) -> tuple[Pair, ...]:
    out = []
    for name, row in raw.items():
        place = f"{NAME} [pairs.{name}]"
        required = {"modifier": list, "head": list, "keep": float, "rescue": float}
        optional = {"joins": list, "ends": list, "beside": list}
        rules.check(row, required=required, optional=optional, name=place)
        modifier, head = _kinds(row["modifier"], place), _kinds(row["head"], place)
        kind = _relation(name, place)
        joins, ends = frozenset(row.get("joins", ())), frozenset(row.get("ends", ()))
        beside = frozenset(row.get("beside", ()))
        out.append(Pair(kind, modifier, head, row["keep"], row["rescue"], joins, ends, beside))
    return tuple(out)


def _link(row: Mapping[str, Any]) -> Link:
    required = {
        "name": str,
        "kind": str,
        "before": list,
        "after": list,
        "head": str,
        "reach": int,
        "cues": list,
    }
    optional = {"all_after": bool, "carry": bool, "front": bool}
    rules.check(row, required=required, optional=optional, name=NAME)
    place = getattr(row, "place", NAME)
    rules.one_of(row, "head", ("before", "after"), NAME)
    return Link(
        name=row["name"],
        kind=_relation(row["kind"], place),
        before=_kinds(row["before"], place),
        after=_kinds(row["after"], place),
        head_is_before=row["head"] == "before",
        reach=row["reach"],
        cues=frozenset(tuple(t.text for t in tokenize(c.lower())) for c in row["cues"]),
        all_after=row.get("all_after", False),
        carry=row.get("carry", False),
        front=row.get("front", False),
    )

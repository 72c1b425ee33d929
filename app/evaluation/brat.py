"""Reports with brat annotations as gold facts: types, POLARITY and MODIFY as in MACCROBAT2020."""

from __future__ import annotations

import re
from pathlib import Path

from app.errors import MalformedDocument
from app.evaluation.gold import Fact, Gold, read_text
from app.evaluation.rules import GoldRules, load
from app.resources import layers
from app.text import Span
from app.training import brat


def read(folder: Path) -> list[Gold]:
    """All annotated reports of a folder."""
    rules = load(layers(None))
    return [_report(path, rules) for path in sorted(folder.glob("*.ann"))]


def _report(path: Path, rules: GoldRules) -> Gold:
    text = read_text(path.with_suffix(".txt"))
    lines = read_text(path)
    entities = _entities(lines, str(path))
    status, modified = _said_of(lines, rules, str(path))
    facts: dict[tuple[str, str, str], dict[str, list[Span]]] = {}
    for name, (type_, span, words) in entities.items():
        kind = rules.brat.kinds.get(type_)
        if kind is None:
            continue
        group = facts.setdefault((kind, words.lower(), status.get(name, "present")), {})
        group.setdefault("spans", []).append(span)
        for other in modified.get(name, ()):
            if other not in entities:
                continue
            modifier = rules.brat.modifiers.get(entities[other][0])
            if modifier is not None and kind in modifier.of:
                group.setdefault(modifier.says, []).append(entities[other][1])
    out = [
        Fact(
            kind=kind,
            spans=tuple(group["spans"]),
            status=said,
            values=tuple(group.get("values", ())),
            sites=tuple(group.get("sites", ())),
            doses=tuple(group.get("doses", ())),
        )
        for (kind, _, said), group in facts.items()
    ]
    imaging = {
        span
        for type_, span, words in entities.values()
        if rules.brat.kinds.get(type_) == "test" and rules.imaging.search(words)
    }
    out += [
        Fact("imaging", fact.spans, again=True)
        for fact in out
        if fact.kind == "test" and imaging & set(fact.spans)
    ]
    told = sorted((span, type_, words) for type_, span, words in entities.values())
    ages = [words for _, type_, words in told if type_ == "Age"]
    sexes = [words for _, type_, words in told if type_ == "Sex"]
    return Gold(
        name=path.stem,
        text=text,
        facts=tuple(out),
        age=_age(ages[0], rules) if ages else None,
        sex=_sex(sexes[0], rules) if sexes else None,
    )


def _entities(lines: str, place: str) -> dict[str, tuple[str, Span, str]]:
    """Type, place and words of every annotation, in the order of the file."""
    parsed = {e.id: e for e in brat.parse(lines, place)}
    rows = (line.split("\t") for line in lines.split("\n") if line.startswith("T"))
    return {r[0]: (parsed[r[0]].type, parsed[r[0]].span, "\t".join(r[2:])) for r in rows}


def _said_of(
    lines: str, rules: GoldRules, place: str
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The status of annotations that are not simply present, and what modifies each."""
    trigger: dict[str, str] = {}
    polarity: list[tuple[str, str]] = []
    modifies: list[tuple[str, str]] = []
    for number, line in enumerate(lines.split("\n"), 1):
        fields = line.split("\t")
        try:
            if line.startswith("E"):
                trigger[fields[0]] = fields[1].split()[0].split(":")[1]
            elif line.startswith("A"):
                words = fields[1].split()
                if words[0] == "POLARITY":
                    polarity.append((words[1], words[2]))
            elif line.startswith("R"):
                words = fields[1].split()
                if words[0] == "MODIFY":
                    modifies.append((words[1].split(":")[1], words[2].split(":")[1]))
        except IndexError:
            raise MalformedDocument("malformed annotation", place=f"{place}:{number}") from None
    status: dict[str, str] = {
        trigger.get(name, name): rules.brat.polarity.get(value, "present")
        for name, value in polarity
    }
    modified: dict[str, list[str]] = {}
    for modifier, head in modifies:
        modified.setdefault(trigger.get(head, head), []).append(trigger.get(modifier, modifier))
    return status, modified


def _age(words: str, rules: GoldRules) -> tuple[float, str] | None:
    found = re.search(rules.brat.people.age, words, re.IGNORECASE)
    if found is None:
        return None
    return float(found["n"]), rules.brat.people.units[found["unit"][0].lower()]


def _sex(words: str, rules: GoldRules) -> str | None:
    people = rules.brat.people
    for sex, pattern in (("female", people.female), ("male", people.male)):
        if re.search(pattern, words.lower()):
            return sex
    return None

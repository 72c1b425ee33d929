"""Sentences into consent statements."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.narrative import rules
from app.narrative.mentions import ConsentScope, ConsentStatement, PatientDescription, Sentence
from app.text import BlockKind, Document, Span

FILE = "consent.toml"
_CLAUSE = re.compile(r"[^;.]+(?:\.(?!\s|$)[^;.]*)*")
_STATED = frozenset({BlockKind.STATEMENTS, BlockKind.ACKNOWLEDGEMENT, BlockKind.AUTHORS})


@dataclass(frozen=True)
class Tables:
    """The patterns of `consent.toml`."""

    mark: re.Pattern[str]
    given: re.Pattern[str]
    not_given: re.Pattern[str]
    scope: Mapping[ConsentScope, re.Pattern[str]]
    by: Mapping[str, re.Pattern[str]]
    written: re.Pattern[str]
    unwritten: re.Pattern[str]


class Consents:
    """The wording of consent, loaded once."""

    def __init__(self, tables: Tables) -> None:
        self._rules = tables

    def find(
        self,
        document: Document,
        sentences: Sequence[Sentence],
        patients: Sequence[PatientDescription],
    ) -> tuple[ConsentStatement, ...]:
        """The consents of the report, one per scope and patient, in the order of the text."""
        known = {p.key for p in patients}
        only = next(iter(known)) if len(known) == 1 else None
        found: dict[tuple[ConsentScope, str | None], ConsentStatement] = {}
        for sentence in sentences:
            if sentence.block.kind is BlockKind.REFERENCES:
                continue
            for statement in self._of(document.text, sentence):
                patient = sentence.patient if sentence.patient in known else only
                statement = replace(statement, patient=patient)
                key = (statement.scope, patient)
                found[key] = _joined(found[key], statement) if key in found else statement
        return tuple(sorted(found.values(), key=lambda c: (c.span, c.scope)))

    def _of(self, text: str, sentence: Sentence) -> list[ConsentStatement]:
        tables = self._rules
        words = text[sentence.span.start : sentence.span.end]
        if tables.mark.search(words) is None:
            return []
        statements: list[ConsentStatement] = []
        for clause in _CLAUSE.finditer(words):
            said = clause[0]
            if tables.given.search(said) is None or tables.not_given.search(said) is not None:
                continue
            start = sentence.span.start + clause.start() + len(said) - len(said.lstrip())
            span = Span(start, sentence.span.start + clause.start() + len(said.rstrip()))
            by = next((who for who, p in tables.by.items() if p.search(said)), "unknown")
            written = True if tables.written.search(said) else None
            if written is None and tables.unwritten.search(said):
                written = False
            statements += [
                ConsentStatement(scope, by, written, span) for scope in self._scopes(said, sentence)
            ]
        return statements

    def _scopes(self, said: str, sentence: Sentence) -> list[ConsentScope]:
        """What the consent is for; where nothing is said, the place of the statement tells."""
        scopes = [scope for scope, p in self._rules.scope.items() if p.search(said)]
        if ConsentScope.PUBLICATION in scopes and ConsentScope.RESEARCH not in scopes:
            return [ConsentScope.PUBLICATION]
        if scopes:
            return scopes
        if sentence.block.kind in _STATED:
            return [ConsentScope.PUBLICATION]
        return [ConsentScope.TREATMENT] if sentence.patient else [ConsentScope.PUBLICATION]


def _joined(one: ConsentStatement, other: ConsentStatement) -> ConsentStatement:
    """The first of two tellings, with what only the second says."""
    by = other.by if one.by == "unknown" else one.by
    written = other.written if one.written is None else one.written
    return replace(one, by=by, written=written)


def load(layers: Sequence[Path]) -> Consents:
    """The consent rules of these mapping folders; MappingError with file and place."""
    table = rules.read(layers, FILE)
    rules.check(
        table,
        required={
            "words": dict, "scope": dict, "by": dict, "form": dict, "mark": dict,
        },
        optional={},
        name=FILE,
    )  # fmt: skip
    lists = rules.words(table["words"], FILE)

    def compiled(pattern: str) -> re.Pattern[str]:
        return rules.regex({"pattern": pattern}, lists, FILE)

    scopes = dict.fromkeys((s.value for s in ConsentScope), str)
    rules.check(table["scope"], required=scopes, optional={}, name=f"{FILE} [scope]")
    givers = dict.fromkeys(("patient", "parent", "relative"), str)
    rules.check(table["by"], required=givers, optional={}, name=f"{FILE} [by]")
    rules.check(
        table["form"],
        required={"written": str, "unwritten": str},
        optional={},
        name=f"{FILE} [form]",
    )
    marks = dict.fromkeys(("any", "given", "not_given"), str)
    rules.check(table["mark"], required=marks, optional={}, name=f"{FILE} [mark]")
    return Consents(
        Tables(
            mark=compiled(table["mark"]["any"]),
            given=compiled(table["mark"]["given"]),
            not_given=compiled(table["mark"]["not_given"]),
            scope={ConsentScope(k): compiled(p) for k, p in table["scope"].items()},
            by={k: compiled(p) for k, p in table["by"].items()},
            written=compiled(table["form"]["written"]),
            unwritten=compiled(table["form"]["unwritten"]),
        )
    )

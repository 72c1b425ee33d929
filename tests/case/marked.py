"""Narratives from marked text: [kind:words] is a mention, [kind#name:words] one that relations
can name. Sentences end at a line break; a line that begins with "legend>" is a figure legend."""

from __future__ import annotations

import re

from app.case import Assembler, Case, load_kinds
from app.issues import Issue
from app.narrative import values
from app.narrative.mentions import (
    Assertion,
    Mention,
    MentionKind,
    Narrative,
    PatientDescription,
    Relation,
    RelationKind,
    Sentence,
)
from app.narrative.tokens import tokenize
from app.resources import layers
from app.terminology import load
from app.text import Block, BlockKind, Document, Span

_MARK = re.compile(r"\[(?P<kind>[a-z]+)(?:#(?P<name>\w+))?:(?P<words>[^\]]+)\]")

_vocabulary = load()
_assembler = Assembler(_vocabulary, load_kinds(layers(None)), values.load(layers(None)))


def narrative(
    marked: str,
    relations: str = "",
    assertions: dict[str, Assertion] | None = None,
    labels: dict[str, str] | None = None,
    patients: tuple[str, ...] = ("p1",),
) -> Narrative:
    """A narrative of marked text; `relations` are lines such as "value ana pos"."""
    text = ""
    mentions: list[Mention] = []
    names: dict[str, int] = {}
    blocks: list[Block] = []
    for number, line in enumerate(marked.strip().splitlines()):
        kind = BlockKind.CASE
        if line.startswith("legend>"):
            kind, line = BlockKind.LEGEND, line.removeprefix("legend>")
        start = len(text)
        at = 0
        line = line.strip()
        for mark in _MARK.finditer(line):
            text += line[at : mark.start()]
            begin = len(text)
            text += mark["words"]
            at = mark.end()
            name = mark["name"] or ""
            if name:
                names[name] = len(mentions)
            mentions.append(
                Mention(
                    MentionKind(mark["kind"]),
                    Span(begin, len(text)),
                    number,
                    (assertions or {}).get(name, Assertion()),
                    (labels or {}).get(name, ""),
                )
            )
        text += line[at:]
        blocks.append(Block(kind, Span(start, len(text))))
        text += "\n"
    document = Document(text, "text/plain", tuple(blocks))
    sentences = tuple(Sentence(b.span, tokenize(text, *b.span), b) for b in blocks)
    related = []
    for line in relations.strip().splitlines():
        relation, head, modifier = line.split()
        related.append(Relation(RelationKind(relation), names[head], names[modifier]))
    described = tuple(PatientDescription(key) for key in patients)
    return Narrative(document, sentences, tuple(mentions), tuple(related), described, ())


def assemble(*args: object, **kwargs: object) -> Case:
    """The case of marked text."""
    return issues_too(*args, **kwargs)[0]


def issues_too(*args: object, **kwargs: object) -> tuple[Case, tuple[Issue, ...]]:
    """The case of marked text and what was not used."""
    return _assembler.assemble(narrative(*args, **kwargs))  # type: ignore[arg-type]


def quotes(case: Case, evidence: object) -> list[str]:
    """The words of the evidence of a fact."""
    return [case.document.text[e.start : e.end] for e in evidence]  # type: ignore[attr-defined]

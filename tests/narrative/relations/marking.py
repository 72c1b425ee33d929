"""Sentences with hand-marked mentions: `[T:CT] of the [B:chest]`, sentences parted by ` || `."""

from __future__ import annotations

import re

from app.narrative.mentions import Mention, MentionKind, Sentence
from app.narrative.tokens import tokenize
from app.text import Block, BlockKind, Document, Span

KINDS = {
    "A": MentionKind.AGE,
    "B": MentionKind.SITE,
    "C": MentionKind.COREFERENCE,
    "D": MentionKind.DISEASE,
    "F": MentionKind.FREQUENCY,
    "M": MentionKind.MEDICATION,
    "O": MentionKind.DOSE,
    "P": MentionKind.PROCEDURE,
    "Q": MentionKind.DETAIL,
    "R": MentionKind.ROUTE,
    "S": MentionKind.SYMPTOM,
    "T": MentionKind.TEST,
    "U": MentionKind.DURATION,
    "V": MentionKind.VALUE,
    "W": MentionKind.TIME,
    "X": MentionKind.SEVERITY,
    "Y": MentionKind.VALUE,  # a reference range
    "Z": MentionKind.OUTCOME,
}
_MARK = re.compile(r"\[([A-Z])(?:/([a-z:]+))?:([^\]]*)\]")


def read(marked: str) -> tuple[Document, list[Sentence], list[Mention]]:
    """Document, sentences and mentions of a marked text; `[Z/label:words]` sets the label."""
    text = ""
    spans: list[Span] = []
    mentions: list[Mention] = []
    for number, part in enumerate(marked.split(" || ")):
        start, at = len(text), 0
        for match in _MARK.finditer(part):
            text += part[at : match.start()]
            span = Span(len(text), len(text) + len(match[3]))
            label = "reference_range" if match[1] == "Y" else match[2] or ""
            mentions.append(Mention(KINDS[match[1]], span, number, label=label))
            text += match[3]
            at = match.end()
        text += part[at:]
        spans.append(Span(start, len(text)))
        text += " "
    block = Block(BlockKind.CASE, Span(0, len(text)))
    sentences = [Sentence(s, tokenize(text, s.start, s.end), block) for s in spans]
    return Document(text, "text/plain", (block,)), sentences, mentions

"""Abbreviations that a document defines itself: "systemic sclerosis (SSc)".

The method is that of Schwartz and Hearst (A simple algorithm for identifying abbreviation
definitions in biomedical text, Pacific Symposium on Biocomputing 2003): from right to left each
letter of the short form must occur in the long form, the first one at the beginning of a word.
"""

from __future__ import annotations

import re

from app.text import Block, BlockKind, Document

_BRACKET = re.compile(r"[(\[]([^()\[\]]{2,100})[)\]]")
_CLAUSE = re.compile(r"[;:,]\s|\s[–—-]\s|\sor\s|[;:,]$")
_WORD = re.compile(r"\S+")
_LONGEST_SHORT = 10
_NO_DEFINITIONS = frozenset({BlockKind.REFERENCES, BlockKind.AUTHORS, BlockKind.AFFILIATION})


def abbreviations(document: Document) -> dict[str, str]:
    """Short form to long form, both as printed, in the order of the text.

    Where a short form is defined twice, the first definition counts.
    """
    found: dict[str, str] = {}
    for block in document.blocks:
        if block.kind not in _NO_DEFINITIONS:
            for short, long in _of_block(document.text, block):
                found.setdefault(short, long)
    return found


def _of_block(text: str, block: Block) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    for match in _BRACKET.finditer(text, block.span.start, block.span.end):
        inside = _CLAUSE.split(match[1].strip(), maxsplit=1)[0].strip(" \"'“”‘’")
        before = text[max(block.span.start, match.start() - 200) : match.start()].rstrip()
        if _is_short(inside):
            long = _long_form(inside, _last_words(before, inside))
            if long is not None:
                out.append((inside, long))
                continue
        short = _last_word(before)
        if _is_short(short) and len(re.split(r"[\s-]+", match[1].strip())) > 1:
            long = _long_form(short, match[1].strip())
            if long is not None and long == match[1].strip():
                out.append((short, long))
    return out


def _is_short(form: str) -> bool:
    """At most two words and ten signs, with a capital, not a number and not a plain word."""
    letters = [c for c in form if c.isalpha()]
    return (
        2 <= len(form) <= _LONGEST_SHORT
        and len(form.split()) <= 2
        and form[0].isalnum()
        and any(c.isupper() for c in letters)
        and not (len(letters) > 4 and form[1:].islower())
    )


def _last_word(before: str) -> str:
    words = before.split()
    return words[-1] if words else ""


def _last_words(before: str, short: str) -> str:
    """As many words before the bracket as the long form may have."""
    sentence = re.split(r"[.!?]\s|[;(\[]", before)[-1]
    words = list(_WORD.finditer(sentence))
    most = min(len(short) + 5, len(short) * 2)
    return sentence[words[-most].start() :] if len(words) > most else sentence


def _long_form(short: str, before: str) -> str | None:
    """The end of `before` that spells `short`, or None."""
    at = len(before) - 1
    for number in range(len(short) - 1, -1, -1):
        sign = short[number].lower()
        if not sign.isalnum():
            continue
        while at >= 0 and (
            before[at].lower() != sign or (number == 0 and at > 0 and before[at - 1].isalnum())
        ):
            at -= 1
        if at < 0:
            return None
        at -= 1
    long = before[at + 1 :].strip()
    if len(long) <= len(short) or not _fits(short, long):
        return None
    return long


def _fits(short: str, long: str) -> bool:
    """Whether a long form is plausible: not the short form itself, not too many words for it."""
    letters = sum(1 for c in short if c.isalnum())
    words = [w for w in re.split(r"[\s-]+", long) if w]
    return short not in long.split() and len(words) <= min(letters + 5, letters * 2)

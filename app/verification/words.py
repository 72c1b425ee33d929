"""Whether words are those that a place of the text has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from app.fhir.run import DERIVATION
from app.fhir.strings import clean

ORIGINAL_TEXT = "http://hl7.org/fhir/StructureDefinition/originalText"
_LABEL = re.compile(r"^[A-Z][a-z]+: ")


def tidy(words: str) -> str:
    """Words as they are compared: case and white space say nothing."""
    return clean(words).casefold()


def agree(words: str, quotes: Iterable[str]) -> bool:
    """Whether words stand at one of the places, as a whole or as a part of one another."""
    said = tidy(words)
    return any(quote and (quote in said or said in quote) for quote in map(tidy, quotes))


def words_of(value: Any, extensions: list[Any]) -> str | None:
    """The words of the report in an element; None when it has none, only a code or a number."""
    if isinstance(value, str):
        return _LABEL.sub("", value)
    for extension in extensions:
        if isinstance(extension, dict) and extension.get("url") == ORIGINAL_TEXT:
            words = extension.get("valueString")
            return words if isinstance(words, str) else None
    if not isinstance(value, dict):
        return None
    words = value.get("text")
    if not isinstance(words, str) or _is_display(value, words):
        return None
    return _LABEL.sub("", words)


def _is_display(value: dict[str, Any], words: str) -> bool:
    """Whether the words are the code system's own, not the report's."""
    found = value.get("coding")
    displays = [c.get("display") for c in found or () if isinstance(c, dict)] if found else []
    return any(isinstance(d, str) and tidy(d) == tidy(words) for d in displays)


def is_evidence(extension: Any) -> bool:
    """Whether an extension says where words stand."""
    return isinstance(extension, dict) and extension.get("url") == DERIVATION

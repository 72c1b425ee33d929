"""Strings as FHIR allows them."""

from __future__ import annotations

import re

# Control characters, lone surrogates, the byte order mark and non-characters: FHIR's string
# type, XML narratives or UTF-8 forbid them.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")


def clean(text: str) -> str:
    """The text on one line: white space of any kind is one blank, forbidden characters go."""
    return " ".join(_FORBIDDEN.sub("", " ".join(text.split())).split())


def is_forbidden(text: str) -> bool:
    """Whether a string holds a character that FHIR forbids."""
    return _FORBIDDEN.search(text) is not None

"""Reading OBO files: terms with their names, synonyms, references and parents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_SYNONYM = re.compile(r'^"((?:[^"\\]|\\.)*)" (EXACT|BROAD|NARROW|RELATED)(?: ([^\s\[]+))? ?\[')
_ESCAPE = re.compile(r"\\(.)")


@dataclass
class OboTerm:
    """One `[Term]`; `synonyms` are (text, scope, type)."""

    id: str = ""
    name: str = ""
    obsolete: bool = False
    synonyms: list[tuple[str, str, str]] = field(default_factory=list)
    xrefs: list[str] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)


def read(path: Path) -> tuple[str, list[OboTerm]]:
    """The file's data-version and its terms that are not obsolete, in the file's order."""
    version, terms = "", []
    for name, lines in _stanzas(path):
        if name == "":
            version = next((v for k, v in lines if k == "data-version"), "")
        if name == "Term":
            term = _term(lines)
            if not term.obsolete:
                terms.append(term)
    return version, terms


def _stanzas(path: Path) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    name = ""
    lines: list[tuple[str, str]] = []
    with path.open(encoding="utf-8") as file:
        for raw in file:
            line = raw.rstrip("\n")
            if line.startswith("["):
                yield name, lines
                name, lines = line.strip("[]"), []
            elif ": " in line:
                tag, value = line.split(": ", 1)
                lines.append((tag, value))
    yield name, lines


def _term(lines: list[tuple[str, str]]) -> OboTerm:
    term = OboTerm()
    for tag, value in lines:
        if tag == "id":
            term.id = value
        elif tag == "name":
            term.name = value
        elif tag == "is_obsolete":
            term.obsolete = value == "true"
        elif tag == "synonym" and (match := _SYNONYM.match(value)):
            text = _ESCAPE.sub(r"\1", match[1])
            term.synonyms.append((text, match[2], match[3] or ""))
        elif tag == "xref":
            term.xrefs.append(value.split(" ", 1)[0])
        elif tag == "is_a":
            term.parents.append(value.split(" ", 1)[0])
    return term

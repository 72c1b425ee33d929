"""From a server's complaint back to the words of the report.

An issue names an element (`Bundle.entry[3].resource.code.coding[0]`, `Condition.code`). Elements
of our resources carry the places in the text that they were made of (`derivation-reference`); the
nearest of them, in the element or around it, tells which words made the server refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from app.delivery.form import Contents
from app.delivery.receipt import OutcomeIssue
from app.fhir.gates.evidence import text_of
from app.fhir.run import DERIVATION

_STEP = re.compile(r"([A-Za-z_]\w*)(?:\[(\d+)\])?")
_END = re.compile(r"[.!?][\"')\]]*\s+(?=[A-Z\"'(\[])|\n\s*\n")


class Words:
    """Finds words for the issues of one bundle. `facts` are the case's: id and places."""

    def __init__(
        self, found: Contents, facts: Sequence[tuple[str, tuple[tuple[int, int], ...]]] = ()
    ) -> None:
        self._found = found
        self._facts = facts

    def explained(self, issue: OutcomeIssue, position: int | None) -> OutcomeIssue:
        """The issue with the words that the element which it names was made of."""
        if position is None:
            return issue
        resource = self._found.entries[position]["resource"]
        place = _nearest(resource, _path(issue, resource["resourceType"]))
        if place is None:
            return issue
        text = self._text(place[0])
        start, end = place[1], place[1] + place[2]
        if text is None or not 0 <= start < end <= len(text):
            return issue
        return replace(
            issue,
            fact=self._fact(start, end),
            words=text[start:end],
            start=start,
            sentence=sentence_around(text, start, end),
        )

    def _text(self, reference: str) -> str | None:
        position = self._found.positions.get(reference)
        return None if position is None else text_of(self._found.entries[position]["resource"])

    def _fact(self, start: int, end: int) -> str | None:
        """The fact of these very words, else the one with the shortest words around them."""
        around = [
            (b - a, key)
            for key, places in self._facts
            for a, b in places
            if a <= start and end <= b
        ]
        return min(around)[1] if around else None


def sentence_around(text: str, start: int, end: int) -> str:
    """The sentence that a place in a text stands in."""
    begin = 0
    for stop in _END.finditer(text, 0, start + 1):
        if stop.end() <= start:
            begin = stop.end()
    after = _END.search(text, max(start, end - 1))
    finish = after.start() + 1 if after else len(text)
    return " ".join(text[begin : max(finish, end)].split())


def _path(issue: OutcomeIssue, kind: str) -> list[str | int]:
    """The element of the resource that an issue means, as keys and indexes."""
    written = issue.expression or ""
    if "entry[" in written:
        written = re.sub(r"^.*?entry\[\d+\]\.?(?:resource)?", "", written)
    written = re.sub(r"/\*.*?\*/|\.?ofType\(\w+\)", "", written).lstrip("./")
    written = re.sub(rf"^{kind}(?=[.\[]|$)\.?", "", written)
    out: list[str | int] = []
    for name, index in _STEP.findall(written):
        out.append(name)
        if index:
            out.append(int(index))
    return out


def _nearest(resource: dict[str, Any], path: list[str | int]) -> tuple[str, int, int] | None:
    """The place of the element at `path`, else of the nearest element around it."""
    nodes: list[Any] = [resource]
    for step in path:
        node = nodes[-1]
        if isinstance(node, list) and not isinstance(step, int):
            node = node[0] if node else None
        try:
            nodes.append(node[step])
        except (KeyError, IndexError, TypeError):
            beside = node.get(f"_{step}") if isinstance(node, dict) else None
            if beside is not None:
                nodes.append(beside)
            break
    for node in reversed(nodes):
        place = next(_places(node), None)
        if place is not None:
            return place
    return None


def _places(node: Any) -> Iterator[tuple[str, int, int]]:
    """Every (document, offset, length) under a node, in order."""
    if isinstance(node, dict):
        if node.get("url") == DERIVATION:
            parts = {p.get("url"): p for p in node.get("extension", ())}
            try:
                yield (
                    parts["reference"]["valueReference"]["reference"],
                    int(parts["offset"]["valueInteger"]),
                    int(parts["length"]["valueInteger"]),
                )
            except (KeyError, TypeError, ValueError):
                return
            return
        for child in node.values():
            yield from _places(child)
    elif isinstance(node, list):
        for child in node:
            yield from _places(child)


def facts_of(case: dict[str, Any]) -> list[tuple[str, tuple[tuple[int, int], ...]]]:
    """The facts of a case in JSON: id and the places of their evidence."""
    out = []
    for value in case.values():
        for fact in value if isinstance(value, list) else ():
            if isinstance(fact, dict) and "id" in fact and fact.get("evidence"):
                places = tuple((e["start"], e["end"]) for e in fact["evidence"])
                out.append((str(fact["id"]), places))
    return out

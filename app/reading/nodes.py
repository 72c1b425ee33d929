"""What kind of node stands in a rule."""

from __future__ import annotations

from typing import Any

from app.fhir.forms import FORMS
from app.fhir.located import LocatedList, LocatedMap


def is_first(node: Any) -> bool:
    """Whether a node is a choice under conditions: read last, when more is known."""
    return isinstance(node, LocatedMap) and "$first" in node


def is_guarded(node: Any) -> bool:
    """Whether a node stands under a condition of its own."""
    return isinstance(node, LocatedMap) and "$when" in node


def is_literal(node: Any) -> bool:
    """Whether a node is written as it stands, whatever the fact says."""
    if isinstance(node, LocatedMap):
        if "$use" in node:
            return is_literal(node["$use"])
        if "$table" in node:
            return not str(node["$of"]).startswith("$") and "$words" not in node
        keys = [k for k in node if k != "$when"]
        return not any(k.startswith("$") for k in keys) and all(is_literal(node[k]) for k in keys)
    if isinstance(node, LocatedList):
        return all(is_literal(n) for n in node)
    return not (isinstance(node, str) and node.startswith(("$", "@")))


def is_closed(node: Any) -> bool:
    """Whether a node gives nothing but what is written in the rule or in its tables."""
    if isinstance(node, LocatedMap):
        if "$first" in node:
            return all(is_closed(option) for option in node["$first"])
        if "$use" in node:
            return is_closed(node["$use"])
        if "$table" in node:
            return "$words" not in node
    return is_literal(node)


def exactness(node: Any) -> int:
    """How much of a node is written as it stands: labels and literals."""
    if isinstance(node, LocatedMap):
        own = [v for k, v in node.items() if k not in ("$when", "$of", "$table")]
        return sum(map(exactness, own))
    if isinstance(node, LocatedList):
        return sum(map(exactness, node))
    return int(not (isinstance(node, str) and node.startswith(("$", "@"))))


def rank(node: Any) -> int:
    """The order in which the parts of a list are asked: the most exact first."""
    if isinstance(node, str):
        return 5 if node.startswith("@") else 4 if node.startswith("$") else 0
    if isinstance(node, LocatedMap):
        if is_literal(node):
            return 0
        if "$use" in node:
            return rank(node["$use"])
        if "$each" in node:
            return rank(node["$as"])
        if "$say" in node:
            return 2
        return 3 if any(k in FORMS for k in node) else 1
    return 3

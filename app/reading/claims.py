"""What the elements of resources say of the fields of one fact, and the fact made of it."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from app.case.model import Model
from app.fhir.located import LocatedList, LocatedMap
from app.fhir.paths import Shape, compile_path, word

Json = dict[str, Any]
NONE = ""
"""The word of a field that may be missing and is."""


class Claims:
    """The fields of one fact as far as they are known.

    `values` holds what elements say, by path. A field of a few words (`assertion`) has in
    `words` those that are still possible; every element that stands only under a condition
    narrows them. `hinted` holds the words that are said beside the elements of FHIR: they
    decide between what is still possible, and never against an element; `unhinted` holds those
    of which it would be said.
    """

    def __init__(self, root: Shape) -> None:
        self.root = root
        self.values: dict[str, list[Any]] = {}
        self.words: dict[str, set[str]] = {}
        self.hinted: dict[str, str] = {}
        self.unhinted: dict[str, set[str]] = {}
        self.exists: dict[str, bool] = {}
        self.later: list[tuple[tuple[str, ...], Any, str]] = []
        self.hint = False

    def copy(self) -> Claims:
        """The same claims, to be tried and thrown away."""
        out = Claims(self.root)
        out.values = {k: list(v) for k, v in self.values.items()}
        out.words = {k: set(v) for k, v in self.words.items()}
        out.hinted, out.exists = dict(self.hinted), dict(self.exists)
        out.unhinted = {k: set(v) for k, v in self.unhinted.items()}
        out.later, out.hint = list(self.later), self.hint
        return out

    def become(self, other: Claims) -> None:
        """Take over what was tried."""
        hint = self.hint
        self.__dict__.update(other.__dict__)
        self.hint = hint

    def shape(self, path: str) -> Shape:
        """What a path of a rule yields."""
        return compile_path(path, self.root, "").shape

    def say(self, path: str, value: Any) -> None:
        """A value of a field; the same one twice is said once."""
        known = self.values.setdefault(path.removeprefix("$"), [])
        if value not in known:
            known.append(value)

    def allow(self, path: str, words: Iterable[str]) -> bool:
        """Narrow a field to some words; False when none is left, and nothing is changed."""
        path = path.removeprefix("$")
        if self.hint:
            (self.hinted[path],) = list(words)[:1] or [NONE]
            return True
        known = self.words.get(path)
        if known is None:
            known = {*(self.shape(path).words or ()), NONE}
        left = known & set(words)
        if not left:
            return False
        self.words[path] = left
        return True

    def guard(self, node: Any, holds: bool) -> bool:
        """What a guard says of the fields, that holds or does not; False if it cannot be so."""
        if self.hint:
            return self._hint(node, holds)
        if isinstance(node, LocatedList):
            return self._one_of(node) if holds else all(self.guard(n, False) for n in node)
        if not holds and len(node) != 1:
            return True  # one of several conditions fails: which, is not said
        return all(self._condition(path, c, holds) for path, c in node.items())

    def _hint(self, node: Any, holds: bool) -> bool:
        """What a guard says that stands, or does not, beside the elements of FHIR."""
        if isinstance(node, LocatedMap) and len(node) == 1:
            for path, condition in node.items():
                if not isinstance(condition, LocatedMap):
                    given = condition if isinstance(condition, LocatedList) else [condition]
                    if not holds:
                        self.unhinted.setdefault(path, set()).update(word(c) for c in given)
                elif "exists" in condition:
                    self.exists[path] = condition["exists"] == holds
        return True

    def _condition(self, path: str, condition: Any, holds: bool) -> bool:
        if isinstance(condition, LocatedMap):
            if "not" in condition:
                return self._condition(path, condition["not"], not holds)
            if "exists" in condition:
                self.exists[path.removeprefix("$")] = condition["exists"] == holds
            return True
        known = self.shape(path).words
        if known is None:
            return True
        given = condition if isinstance(condition, LocatedList) else [condition]
        wanted = {word(c) for c in given}
        return self.allow(path, wanted if holds else {*known, NONE} - wanted)

    def _one_of(self, node: LocatedList) -> bool:
        """Of each field that all conditions name, the words of all."""
        shared = set.intersection(*(set(n) for n in node))
        for path in shared:
            words: set[str] = set()
            for each in node:
                alone = Claims(self.root)
                if alone._condition(path, each[path], True):
                    words |= alone.words.get(path, set())
            if words and not self.allow(path, words):
                return False
        return True

    def word_of(self, path: str) -> str | None:
        """The word of a field: the only one left, the one hinted at, or the field's default."""
        left, hinted = self.words.get(path), self.hinted.get(path)
        if left is None:
            return hinted
        if hinted in left:
            return hinted or None
        default = _default(self.root.type, path)
        if default in left or NONE in left:
            return default if default in left and default else None
        return min(left - self.unhinted.get(path, set()) or left)

    def fields(self) -> Json:
        """The fields as the case's JSON."""
        out: Json = {}
        for path in sorted(self.values, key=lambda p: p.count(".")):
            if path:
                found = deepcopy(self.values[path])
                _put(out, path, found if self.shape(path).many else found[0])
        for path in {*self.words, *self.hinted}:
            said = self.word_of(path)
            if said is not None:
                _put(out, path, said)
        return out


def _default(model: Any, path: str) -> str:
    field = model.model_fields.get(path) if issubclass(model, Model) else None
    if field is None or field.is_required() or field.default is None:
        return NONE
    return word(field.default)


def _put(out: Json, path: str, value: Any) -> None:
    """Set a field, or a field of the object that a field holds."""
    *parents, name = path.split(".")
    for parent in parents:
        inner = out.setdefault(parent, {})
        if not isinstance(inner, dict):
            return
        out = inner
    if isinstance(out.get(name), dict) and isinstance(value, dict):
        out[name].update(value)
    else:
        out[name] = value

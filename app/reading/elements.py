"""Values of elements and their codes, as the rules read them backwards."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from app.contents import DERIVATION
from app.reading.values import Item, Json, coding, codings


def items_of(value: Json, key: str, kind: str) -> list[Item]:
    """The values of an element, with what their twins carry."""
    given, twin = value.get(key), value.get("_" + key)
    if given is None and twin is None:
        return []
    if not isinstance(given, list) and not isinstance(twin, list):
        return [Item(kind, given, twin)]
    own = given if isinstance(given, list) else []
    beside = twin if isinstance(twin, list) else []
    return [Item(kind, v, t) for v, t in zip_longest(own, beside) if v is not None or t]


def is_place(value: Any) -> bool:
    """Whether an extension says where words stand."""
    return isinstance(value, dict) and value.get("url") == DERIVATION


def codes_of(item: Item) -> list[Json]:
    """The codes of an element of any coded type."""
    if isinstance(item.value, str):
        return [{"system": "", "code": item.value}]
    if not isinstance(item.value, dict):
        return []
    if item.type == "Coding":
        found = coding(item.value)
        return [found] if found else []
    value = item.value.get("concept") if item.type == "CodeableReference" else item.value
    return codings(value) if isinstance(value, dict) else []


def same(row: Any, code: Json) -> bool:
    """Whether a row of a table is a code; a primitive may hold the row's display instead."""
    if not code["system"]:
        return bool(code["code"] in (row.code, row.display))
    return bool(row.code == code["code"] and row.system == code["system"])


def has_text(item: Item) -> bool:
    """Whether an element has words, not only codes."""
    value = item.value
    return isinstance(value, str) or (isinstance(value, dict) and bool(value.get("text")))

"""Elements that hold the words of several fields, taken apart when the rest has been read."""

from __future__ import annotations

from typing import Any

from app.reading.claims import Claims
from app.reading.values import Json


def settle(claims: Claims) -> None:
    """Give what was left for later to the fields that it is of."""
    waiting, claims.later = claims.later, []
    for paths, value, separator in waiting:
        if separator == "; ":
            _listed(claims, paths[0], value)
        elif separator:
            _joined(claims, paths, value)
        else:
            _one_of(claims, paths, value)


def _known(claims: Claims, path: str) -> list[Any]:
    return claims.values.get(path.removeprefix("$"), [])


def _listed(claims: Claims, path: str, value: Json) -> None:
    """Several phrases of a field in one element: those said one by one, if they are the same."""
    known = _known(claims, path)
    if "; ".join(v["text"] for v in known) != value["text"]:
        claims.values[path.removeprefix("$")] = [value]


def _one_of(claims: Claims, paths: tuple[str, ...], value: Json) -> None:
    """Words of the last field that is not told elsewhere: an element that takes one of several
    fields stands for the first, which then tells the others in another element."""
    if any(_alike(k, value) for path in paths for k in _known(claims, path)):
        return
    free = [p for p in paths if not _known(claims, p)]
    if free:
        claims.say(free[-1], value)


def _alike(one: Json, other: Json) -> bool:
    return all(one.get(k) == other.get(k) for k in ("text", "evidence"))


def _joined(claims: Claims, paths: tuple[str, ...], value: Json) -> None:
    """Words of several fields one behind another: those of the first are what remains."""
    first, others = paths[0], paths[1:]
    is_name = first == "$"
    known = _known(claims, "name" if is_name else first)
    if known:
        if not is_name and value.get("codes") and _alike(known[0], value):
            known[0].setdefault("codes", value["codes"])
            known[0]["codes"] = known[0]["codes"] or value["codes"]
        return
    text, places = value["text"], list(value["evidence"])
    for path in reversed(others):
        for part in reversed(_known(claims, path)):
            if text == part["text"]:  # words that two fields share stand there once
                text = text if is_name else ""
                continue
            text = text.removesuffix(f", {part['text']}")
            places = [p for p in places if p not in part.get("evidence", ())]
    if not text:
        return
    if not is_name:
        claims.say(first, {**value, "text": text, "evidence": places})
        return
    claims.say("name", text)
    for code in value.get("codes", ()):
        claims.say("codes", code)
    for place in places:
        claims.say("name_evidence", place)

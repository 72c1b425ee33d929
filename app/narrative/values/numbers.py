"""Numbers as they are printed in reports."""

from __future__ import annotations

import re
from decimal import Decimal

# Grouped thousands (comma, thin or fixed space; an ordinary space only before two zeros, since
# "12 109/L" is a lost power of ten), else digits with at most one decimal sign.
NUMBER = (
    r"(?:[1-9]\d{0,2}(?:,\d{3})+(?![\d,])(?:\.\d+)?"
    r"|[1-9]\d{0,2}(?:[\u00a0\u2009\u202f]\d{3})+(?!\d)(?:\.\d+)?"
    r"|[1-9]\d{0,2}(?: \d{3})* \d00(?![\d.,]\d)(?!\d)"
    r"|\d+(?:[.,·]\d+)?|(?<![\w.])[.·]\d+)"
)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:[,\u00a0\u2009\u202f ]\d{3})+(?:\.\d+)?")
# The power of ten of a number, with whatever typesetting left of it.
POWER = (
    r"(?:\s?[×xX*·⋅•✕]\s?10(?:\s?(?:\^|\*\*?|e|E)?\s?[{(]?(?P<sign>[-−–])?(?P<exponent>\d{1,2})[})]?"
    r"|(?P<raised>⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}))"
    r"|\s?10(?:\s?(?:\^|\*\*?)\s?[{(]?(?P<bare>\d{1,2})[})]?|(?P<lost>3|6|9|12)(?=\s?/)|(?P<lifted>[³⁶⁹]|¹²))"
    r"|[eE]\+?(?P<e>\d{1,2})(?![\w]))"
)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_COUNT_POWERS = frozenset({3, 6, 9, 12})
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_COUNTED = re.compile(r"(?:\w+\s?)?/\s?(?:mm|cu|[µμu]l|mcl)", re.IGNORECASE)


def plain(printed: str) -> str:
    """The printed number as a plain decimal with the digits as printed."""
    text = printed.replace("·", ".")
    if _GROUPED.fullmatch(text):
        text = re.sub(r"[,\u00a0\u2009\u202f ]", "", text)
    text = text.replace(",", ".")
    return "0" + text if text.startswith(".") else text


def exponent(match: re.Match[str], prefix: str = "") -> int | None:
    """The power of ten that a match of POWER stands for; None when it has no such part."""
    groups = match.groupdict()
    for name in ("exponent", "bare", "lost", "e"):
        digits = groups.get(prefix + name)
        if digits:
            return (
                -int(digits) if groups.get(prefix + "sign") and name == "exponent" else int(digits)
            )
    for name in ("raised", "lifted"):
        raised = groups.get(prefix + name)
        if raised:
            return int(raised.translate(_RAISED).replace("--", "-"))
    return None


def belongs_to_unit(power: int, unit: str | None) -> bool:
    """Whether a power of ten is part of the unit: a count per volume, or no unit at all."""
    return power in _COUNT_POWERS and (unit is None or unit.lstrip().startswith("/"))


def multiplied(number: str, power: int) -> str:
    """`number` times ten to the `power`, without an exponent."""
    return format(Decimal(number).scaleb(power), "f")


def ambiguous(printed: str, unit: str | None) -> bool:
    """Whether a point may be a decimal or a thousands sign: "12.000/mm3" is either."""
    return bool(unit and _AMBIGUOUS.fullmatch(printed) and _COUNTED.match(unit))

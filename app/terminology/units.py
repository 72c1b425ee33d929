"""Units as printed to UCUM codes. The spellings are data: `mappings/vocabulary/units.toml`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from app import resources
from app.errors import MappingError
from app.terminology.files import read_toml, section

_SPACE = re.compile(r"\s+")
_POWER = re.compile(
    r"^(?:[x×*·]?10(?:\((?P<b>\d{1,2})\)|(?:\^|\*\*?|e|E)?(?P<n>\d{1,2}))|[x×*·]?1?[eE]\+?(?P<e>\d{1,2}))"
)
_PER = re.compile(r"\s*/\s*|\s+per\s+|\s*(?<=[A-Za-z])[·.](?=[A-Za-z]+-1$)")
_INVERSE = re.compile(r"^(?P<unit>[A-Za-z]+)\s*-1$")
_LONGEST = 60


class Units:
    """The spellings of units.toml."""

    def __init__(
        self,
        parts: Mapping[str, Sequence[str]],
        whole: Mapping[str, Sequence[str]],
        never_alone: Sequence[str],
        place: str,
    ) -> None:
        self._parts = _index(parts, place)
        self._whole = _index(whole, place)
        self._never_alone = frozenset(never_alone)

    def ucum(self, unit: str) -> str | None:
        """The UCUM code of a printed unit, or None when it is not known."""
        if not unit or len(unit) > _LONGEST:
            return None
        text = _plain(unit)
        # As printed first: "mM" is not "mm".
        for fold in (False, True):
            code = _get(self._whole, text, fold=fold) or self._compose(text, fold=fold)
            if code is not None:
                return None if code in self._never_alone else code
        return None

    def _compose(self, text: str, *, fold: bool) -> str | None:
        """Parts divided by "/" or "per", an exponent of ten before the first."""
        head, power = text, ""
        match = _POWER.match(_SPACE.sub("", text))
        if match:
            power = f"10*{int(match['n'] or match['b'] or match['e'])}"
            head = _SPACE.sub("", text)[match.end() :]
            if not head:
                return None
            rest = _get(self._whole, head, fold=fold)
            if rest is not None and rest.startswith("/"):
                return power + rest
        codes = []
        for position, part in enumerate(_PER.split(head)):
            inverse = _INVERSE.match(part) if position else None
            code = _get(self._parts, inverse["unit"] if inverse else part, fold=fold)
            if part == "" and position == 0 and "/" in head:
                code = ""
            if code is None:
                return None
            codes.append(code)
        if power and codes[0].startswith("{"):
            codes[0] = ""
        dot = "." if power and codes[0] else ""
        return power + dot + "/".join(codes)


def _plain(unit: str) -> str:
    """One way to write it: no exponents in small type, no micro sign, single spaces."""
    text = unicodedata.normalize("NFKC", unit.replace("⋅", "·").replace("×", "x"))
    text = text.replace("μ", "u").replace("−", "-").replace("–", "-")
    text = _SPACE.sub(" ", text).strip()
    return text.rstrip(".,;")


def _squash(text: str) -> str:
    return text.replace(" ", "").replace("^", "")


def _index(table: Mapping[str, Sequence[str]], place: str) -> dict[str, str]:
    """Spelling to code, as written and, where it has one meaning, in lower case."""
    exact: dict[str, str] = {}
    lower: dict[str, set[str]] = {}
    for code, spellings in table.items():
        for spelling in (code, *spellings):
            text = _squash(_plain(spelling))
            if exact.setdefault(text, code) != code:
                raise MappingError(
                    f"{spelling!r} stands for {exact[text]!r} and {code!r}", place=place
                )
            lower.setdefault(text.lower(), set()).add(code)
    folded = {f"\0{text}": min(codes) for text, codes in lower.items() if len(codes) == 1}
    return exact | folded


def _get(index: Mapping[str, str], text: str, *, fold: bool) -> str | None:
    key = _squash(text)
    return index.get(f"\0{key.lower()}" if fold else key)


def load(folders: Sequence[Path]) -> Units:
    """The units of layered mapping folders. Raises MappingError."""
    data, place = read_toml(folders, "vocabulary/units.toml")
    wanted = {"parts", "whole", "never_alone"}
    section(data, place, allowed=wanted, required=wanted)
    section(data["never_alone"], place, allowed={"codes"}, required={"codes"})
    return Units(data["parts"], data["whole"], data["never_alone"]["codes"], place)


@lru_cache(maxsize=1)
def _builtin() -> Units:
    return load(resources.layers(None))


def ucum(unit: str) -> str | None:
    """The UCUM code of a printed unit by the built-in table, or None when it is not known."""
    return _builtin().ucum(unit)

"""What the vocabulary finds: terms in tokens, and the codes of a phrase."""

from __future__ import annotations

from typing import NamedTuple

from app.terminology.code import Code
from app.terminology.domains import Domain
from app.terminology.reduce import Fit


class Match(NamedTuple):
    """A term in a sequence of tokens, `[start_token, end_token)`.

    `exact` says that the words are a name or synonym; False for words that only some
    source counts to a term (narrower, broader or related names, abbreviations).
    """

    start_token: int
    end_token: int
    domains: frozenset[Domain]
    exact: bool


class Hit(NamedTuple):
    """What a lookup found: the codes, the normalised words that have them, and how well
    these stand for the whole phrase."""

    codes: tuple[Code, ...]
    matched: str
    fit: Fit

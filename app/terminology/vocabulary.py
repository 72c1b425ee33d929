"""The vocabulary: phrases to codes, and tokens to the terms that stand in them.

`lookup` says how it came to its codes; `codes` gives only those that are certain.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from app.terminology.abbreviations import Abbreviations, load_abbreviations
from app.terminology.abnormal import Abnormal, load_abnormal
from app.terminology.code import Code
from app.terminology.domains import ACCEPTED, Domain
from app.terminology.everyday import Everyday, load_everyday
from app.terminology.found import Hit, Match
from app.terminology.keys import Keys, load_keys
from app.terminology.normalise import Word
from app.terminology.pack import OWN, Entry, Pack, PackInfo, TermKind, best_codes, names
from app.terminology.reduce import Fit, expand, reductions
from app.terminology.systems import ICD10CM, ORDER

if TYPE_CHECKING:
    from app.case.model import Coding
    from app.narrative.mentions import Token

log = logging.getLogger(__name__)

_LONGEST_MATCH = 10
_LONGEST_PHRASE = 200
_BREAKS = frozenset('()[]{},;:.!?"“”')


class Vocabulary:
    """All packs of some folders, loaded once and shared; lookups change nothing."""

    def __init__(
        self,
        keys: Keys,
        everyday: Everyday,
        packs: Sequence[Pack],
        abbreviations: Abbreviations | None = None,
        abnormal: Abnormal | None = None,
    ) -> None:
        self._keys = keys
        self._everyday = everyday
        self._abbreviations = abbreviations or Abbreviations({})
        self.abnormal = abnormal or Abnormal(keys, {})
        self._packs = tuple(sorted(packs, key=lambda p: (p.info.priority, p.info.name)))
        self._starts = lru_cache(maxsize=32_768)(self._packs_with_start)
        self._lookup = lru_cache(maxsize=16_384)(self._find)
        self._meanings = lru_cache(maxsize=16_384)(self._meanings_of)
        self._term = lru_cache(maxsize=32_768)(self._about)
        self._short = lru_cache(maxsize=8_192)(self._abbreviation)
        # several readers of a report ask for the terms of the same sentence
        self._terms = lru_cache(maxsize=512)(self._terms_of)

    @property
    def packs(self) -> tuple[PackInfo, ...]:
        """What is loaded, the deciding packs first."""
        return tuple(pack.info for pack in self._packs)

    def passes(self, word: str) -> bool:
        """Whether a word beside the name of a test leaves it the same test."""
        rules = self._keys.words
        kept = (rules.results["neutral"], rules.leading, rules.degrees, rules.modifiers)
        return any(word in words for words in kept)

    def codes(
        self,
        phrase: str,
        domain: Domain,
        *,
        prefer: Sequence[str] = (),
        expansions: Mapping[str, str] | None = None,
        broader: bool = False,
        unit: str | None = None,
    ) -> tuple[Coding, ...]:
        """The certain codes of a phrase, those of one meaning; empty when there are none.

        `prefer` names systems that are to come first. `expansions` gives the long form of
        abbreviations that the document defines. Words that another part of the case holds
        (side, severity, course) may be left out to find the codes; with `broader`, so may
        other words before or after a head that stays true without them. `unit` is the UCUM
        code of a test's result: where it decides the code (mass or substance concentration),
        the code for that unit is given.
        """
        # Imported late: the package `app.case` builds on the narrative, which builds on this.
        from app.case.model import Coding

        hit = self.lookup(phrase, domain, expansions=expansions, unit=unit)
        if hit is None or (hit.fit is Fit.BROADER and not broader):
            return ()
        order = tuple(dict.fromkeys((*prefer, *ORDER, *(c.system for c in hit.codes))))
        ordered = sorted(hit.codes, key=lambda c: order.index(c.system))
        return tuple(Coding(**c._asdict()) for c in ordered)

    def lookup(
        self,
        phrase: str,
        domain: Domain,
        *,
        expansions: Mapping[str, str] | None = None,
        unit: str | None = None,
    ) -> Hit | None:
        """The best hit for a phrase: whole, else without modifiers, else a safe broader head."""
        if len(phrase) > _LONGEST_PHRASE:
            return None
        text = expand(phrase, expansions or {})
        hit = self._lookup(text, domain, unit)
        if hit is None or hit.fit is Fit.BROADER:
            spelt = self._abbreviations.spelt(text, domain)
            return (self._lookup(spelt, domain, unit) if spelt != text else None) or hit
        return hit

    def _find(self, phrase: str, domain: Domain, unit: str | None) -> Hit | None:
        text = phrase.strip()
        words = self._keys.normaliser.phrase(text)
        if unit and (found := self._codes_of(self._keys.with_unit(words, unit), domain)):
            return Hit(found, " ".join(words), Fit.EXACT)
        if found := self._codes_of(self._keys.abbreviation(text), domain):
            return Hit(found, text, Fit.EXACT)
        best: Hit | None = None
        for candidate, fit in reductions(words, self._keys.words, domain):
            if best is not None and fit is Fit.BROADER:
                break
            found = self._codes_of_candidate(candidate, domain)
            if fit in (Fit.MODIFIED, Fit.BROADER):
                # "Unspecified" of the classification is wrong where the text is specific.
                found = tuple(c for c in found if c.system != ICD10CM)
            if not found:
                continue
            if best is None:
                best = Hit(found, " ".join(candidate), fit)
                continue
            # Other systems may know the thing only without its words of degree, side or course.
            known = {code.system for code in best.codes} | {ICD10CM}
            more = tuple(c for c in found if c.system not in known)
            best = best._replace(codes=best.codes + more)
        return best

    def _codes_of_candidate(self, words: Sequence[str], domain: Domain) -> tuple[Code, ...]:
        if len(words) == 1 and not self._everyday.allows(words[0], domain):
            return self._curated_only(words, domain)
        return self._codes_of_words(words, domain)

    def _codes_of_words(self, words: Sequence[str], domain: Domain) -> tuple[Code, ...]:
        found = self._codes_of(self._keys.ordered(words), domain)
        unordered = None if found else self._keys.unordered(words)
        return self._codes_of(unordered, domain, TermKind.DERIVED) if unordered else found

    def _curated_only(self, words: Sequence[str], domain: Domain) -> tuple[Code, ...]:
        return self._choose(self._keys.ordered(words), domain, TermKind.NAME, only="curated")

    def _codes_of(
        self, key: str, domain: Domain, floor: TermKind = TermKind.NAME
    ) -> tuple[Code, ...]:
        return self._choose(key, domain, floor)

    def _choose(
        self, key: str, domain: Domain, floor: TermKind, only: str | None = None
    ) -> tuple[Code, ...]:
        """The codes of one meaning in each system.

        Names go before synonyms, before derived names; then the pack of higher standing
        decides. Two meanings of one pack that are equally good cancel each other. One
        meaning may have two codes of a system (PET-CT is the modalities PT and CT).
        A name or synonym of a pack of the user's goes before all others.
        `floor`: better kinds than this count no more than it (words without order).
        `only` names the one pack that is asked.
        """
        chosen: dict[str, tuple[TermKind, tuple[Code, ...]]] = {}
        accepted = ACCEPTED[domain]
        for pack, meanings in self._meanings(key):
            if only is not None and pack.info.name != only:
                continue
            entries = [e for e in meanings if e.kind is not TermKind.LOOSE and e.domains & accepted]
            for system, (kind, codes) in best_codes(pack, entries, floor).items():
                if pack.info.priority <= OWN:
                    if not codes:
                        continue  # where the user's pack is not certain, the others are asked
                    kind = TermKind.NAME if kind < TermKind.DERIVED else kind
                if system not in chosen or kind < chosen[system][0]:
                    chosen[system] = kind, codes
        return tuple(code for system in sorted(chosen) for code in chosen[system][1])

    def _meanings_of(self, key: str) -> tuple[tuple[Pack, tuple[Entry, ...]], ...]:
        """The packs that hold a key, the deciding ones first, with its meanings there."""
        found = ((pack, pack.entries(key)) for pack in self._packs)
        return tuple((pack, entries) for pack, entries in found if entries)

    def matches(self, tokens: Sequence[Token]) -> list[Match]:
        """The longest terms in a sequence of tokens, left to right, none inside another."""
        return list(self._terms(tuple([token.text for token in tokens])))

    def _terms_of(self, texts: tuple[str, ...]) -> tuple[Match, ...]:
        words = self._keys.normaliser.words(texts)
        stops = _stops(words, texts)
        out: list[Match] = []
        at = 0
        while at < len(words):
            length, domains, exact = self._longest(words, at, stops[at], texts)
            if length:
                last = words[at + length - 1]
                out.append(Match(words[at].start, last.end, domains, exact))
                at += length
            else:
                at += 1
        return tuple(out)

    def _longest(
        self, words: Sequence[Word], at: int, stop: int, texts: Sequence[str]
    ) -> tuple[int, frozenset[Domain], bool]:
        """How many words from `at`, before `stop`, make the longest term; with its domains."""
        packs = self._starts(words[at].text)
        best, domains, exact = 0, frozenset[Domain](), False
        if packs:
            text = " ".join(word.text for word in words[at : min(stop, at + _LONGEST_MATCH)]) + " "
            found = {key for pack in packs for key in pack.trie.prefixes(text)}
            for key in sorted(found, key=len, reverse=True):
                domains, exact = self._term(key)
                best = key.count(" ")
                if best == 1:
                    domains = self._everyday.kept(words[at].text, domains)
                if domains:
                    break
                best, exact = 0, False
        if best <= 1 and words[at].end - words[at].start == 1:
            short = self._short(texts[words[at].start])
            if short[0]:
                return 1, domains | short[0], exact or short[1]
        return best, domains, exact

    def _about(self, key: str) -> tuple[frozenset[Domain], bool]:
        """The domains of a key in all packs, and whether it has codes by itself."""
        entries = [entry for _, meanings in self._meanings(key) for entry in meanings]
        domains = frozenset[Domain]().union(*(entry.domains for entry in entries))
        return domains, any(entry.kind is not TermKind.LOOSE for entry in entries)

    def _abbreviation(self, text: str) -> tuple[frozenset[Domain], bool]:
        """The same of an abbreviation as printed; nothing for a word in small letters."""
        if len(text) < 2 or text.islower():
            return frozenset(), False
        return self._about(self._keys.abbreviation(text))

    def _packs_with_start(self, word: str) -> tuple[Pack, ...]:
        """The packs that have a term beginning with this word."""
        start = word + " "
        return tuple(pack for pack in self._packs if _any(pack.trie.iterkeys(start)))


def _any(keys: Iterator[str]) -> bool:
    return next(keys, None) is not None


def _stops(words: Sequence[Word], texts: Sequence[str]) -> list[int]:
    """For each word the first one after it that a sign such as a bracket sets apart."""
    out = [len(words)] * len(words)
    for at in range(len(words) - 2, -1, -1):
        between = texts[words[at].end : words[at + 1].start]
        out[at] = at + 1 if any(sign in _BREAKS for sign in between) else out[at + 1]
    return out


def load(folders: Sequence[Path]) -> Vocabulary:
    """The vocabulary of layered mapping folders; a pack of a later folder replaces an
    earlier one of the same name.

    Raises MappingError for a wrong language file, VocabularyError for a damaged pack.
    """
    keys = load_keys(folders)
    where: dict[str, Path] = {}
    for folder in folders:
        packs = folder / "vocabulary" / "packs"
        where.update(dict.fromkeys(names(packs), packs))
    if not where:
        log.warning("no vocabulary packs found: nothing will be coded")
    return Vocabulary(
        keys,
        load_everyday(folders, keys.normaliser),
        [Pack(where[n], n) for n in sorted(where)],
        load_abbreviations(folders),
        load_abnormal(folders, keys),
    )

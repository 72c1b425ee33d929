"""ICD-10-CM, from the tabular list that simple-icd-10-cm carries.

Only codes that may be billed: leaves of the list that need no seventh character. Titles and
inclusion terms are taken. "X, unspecified" and "X NOS" are filed as "X" too: that is the
code which the classification itself gives to X when nothing more is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lxml import etree

from app.terminology.build.writer import Concept, Source, Term
from app.terminology.code import Code
from app.terminology.domains import Domain
from app.terminology.pack import TermKind
from app.terminology.systems import ICD10CM

_BRACKETS = re.compile(r"\s*[\(\[][^()\[\]]*[\)\]]")
_UNSPECIFIED = re.compile(
    r",? (?:unspecified|NOS)$|, unspecified(?: [\w-]+){1,3}$|^Unspecified ", re.I
)
_UNSPECIFIED_PART = re.compile(r"(?<= in| of) unspecified (?=[\w-]+$)", re.I)
_NOT_A_THING = re.compile(
    r"^other\b|\bnot elsewhere classified\b|\bNEC\b|\bclassified elsewhere\b|"
    r"\bother specified\b|^any |\bcode\b|^certain |^(?:low|high) density$",
    re.IGNORECASE,
)
_MALIGNANT = re.compile(r"^malignant neoplasm of ", re.IGNORECASE)
# Status, circumstances and causes from outside are not what a patient has.
_CHAPTERS_LEFT_OUT = frozenset("UVWXYZ")
_FINDINGS = frozenset("R")
_CAUSE = "as the cause of diseases classified elsewhere"


def build(tabular: Path) -> Source:
    """The pack of a tabular list in XML."""
    root = etree.parse(  # the build reads a file of an installed package, without entities
        str(tabular), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    ).getroot()
    concepts = [c for c in map(_concept, _leaves(root)) if c is not None]
    match = re.search(r"tabular-(.+)\.xml$", tabular.name)
    version = match[1] if match else (root.findtext("version") or "")
    year = re.search(r"\b(?:19|20)\d\d\b", version)
    return Source(
        name="icd10cm",
        title="ICD-10-CM",
        source="National Center for Health Statistics, tabular list in XML, "
        "as carried by the package simple-icd-10-cm",
        version=version,
        licence="public domain (United States government work); ICD-10 itself is copyright WHO",
        attribution="ICD-10-CM is maintained by the National Center for Health Statistics (CDC) "
        "under authorization of the World Health Organization, owner of ICD-10.",
        priority=40,
        concepts=concepts,
        versions={ICD10CM: year[0]} if year else {},  # its version is the year, says HL7
        notes=("Billable codes without a seventh character only.",),
    )


def _leaves(root: etree._Element) -> Iterator[etree._Element]:
    for leaf in root.iter("diag"):
        if leaf.find("diag") is not None:
            continue
        seventh = leaf.find("sevenChrDef") is not None or any(
            above.find("sevenChrDef") is not None for above in leaf.iterancestors("diag")
        )
        if not seventh:
            yield leaf


def _concept(leaf: etree._Element) -> Concept | None:
    code, title = leaf.findtext("name") or "", leaf.findtext("desc") or ""
    if not code or code[0] in _CHAPTERS_LEFT_OUT:
        return None
    terms = list(_forms(title, TermKind.NAME))
    for note in leaf.iterfind("inclusionTerm/note"):
        terms += _forms(note.text or "", TermKind.SYNONYM)
    for note in leaf.iterfind("includes/note"):
        terms += _forms(note.text or "", TermKind.SYNONYM, bare_word=True)
    if not terms:
        return None
    if _CAUSE in title:  # a germ is no disease: its name finds words, but gives no code
        terms = [replace(term, kind=TermKind.LOOSE) for term in terms]
    domain = Domain.FINDING if code[0] in _FINDINGS else Domain.DISEASE
    coding = Code(system=ICD10CM, code=code, display=title)
    return Concept((coding,), frozenset({domain}), tuple(terms))


def _forms(text: str, kind: TermKind, *, bare_word: bool = False) -> Iterator[Term]:
    """The words of a title or inclusion term, and the forms that mean the same.

    What stands in brackets may be left out, by the rules of the classification. A single
    word that remains ("Thrombosis (vein) NOS") is too general outside of its place in the
    list; of a whole category's notes it is not ("hypertension (arterial) ...").
    """
    if "(with" in text:
        return
    plain = " ".join(_BRACKETS.sub("", text).split())
    if not plain or _NOT_A_THING.search(plain):
        return
    alone = plain != text and " " not in _UNSPECIFIED.sub("", plain)
    if alone and not bare_word and kind is not TermKind.NAME:
        return
    yield Term(plain, kind)
    bare = _UNSPECIFIED_PART.sub(" ", _UNSPECIFIED.sub("", plain))
    if bare != plain:
        yield Term(bare, TermKind.SYNONYM)
    if _MALIGNANT.match(bare):
        site = _MALIGNANT.sub("", bare)
        yield Term(f"cancer of {site}", TermKind.DERIVED)

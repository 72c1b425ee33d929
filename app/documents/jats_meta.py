"""What a JATS article says about itself: title, authors, journal, DOI, licence, date."""

from __future__ import annotations

from app.documents.xmltext import Element, child, children, descendants, name_of, words_of
from app.text import Article, Author

_XLINK = "{http://www.w3.org/1999/xlink}href"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_PUBLISHED = ("epub", "electronic", "ppub", "print", "epub-ppub", "pub", "collection")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MARKS = frozenset({"label", "xref", "sup"})


def title_of(meta: Element) -> str:
    """Title and subtitle."""
    group = child(meta, "title-group")
    parts = [words_of(child(group, name)) for name in ("article-title", "subtitle")]
    return ": ".join(part for part in parts if part)


def affiliations_of(meta: Element) -> list[str]:
    """Addresses of the authors, in the order of the article, without their marks."""
    words = [words_of(one, left_out=_MARKS) for one in _affiliations(meta)]
    return [one.strip(" ,;") for one in words if one.strip(" ,;")]


def _affiliations(meta: Element) -> list[Element]:
    return [one for one in descendants(meta, "aff") if words_of(one, left_out=_MARKS).strip(" ,;")]


def _contributors(meta: Element) -> list[Element]:
    found = []
    for group in children(meta, "contrib-group"):
        for one in children(group, "contrib"):
            if one.get("contrib-type", "author") == "author":
                found.append(one)
    return found


def _name(contributor: Element) -> tuple[str, str | None, str | None]:
    """Printed name, family name, given names."""
    name = child(contributor, "name")
    if name is None:
        name = child(contributor, "name-alternatives", "name")
    if name is None:
        collective = next(children(contributor, "collab", "string-name"), None)
        return words_of(collective), None, None
    family, given = words_of(child(name, "surname")), words_of(child(name, "given-names"))
    suffix = words_of(child(name, "suffix"))
    return " ".join(filter(None, (given, family, suffix))), family or None, given or None


def names_of(meta: Element) -> list[str]:
    """The authors as printed."""
    return [name for name, _, _ in map(_name, _contributors(meta)) if name]


def _authors(meta: Element) -> tuple[Author, ...]:
    places = _affiliations(meta)
    index = {place.get("id"): number for number, place in enumerate(places) if place.get("id")}
    authors = []
    for contributor in _contributors(meta):
        name, family, given = _name(contributor)
        if not name:
            continue
        marked = [
            index[target]
            for mark in children(contributor, "xref")
            if mark.get("ref-type") == "aff"
            for target in (mark.get("rid") or "").split()
            if target in index
        ]
        inside = [number for number, place in enumerate(places) if place.getparent() is contributor]
        # One address and no marks: it is everybody's.
        numbers = marked or inside or ([0] if len(places) == 1 else [])
        authors.append(Author(name, family, given, tuple(dict.fromkeys(numbers))))
    return tuple(authors)


def _number(words: str, low: int, high: int) -> int | None:
    return int(words) if words.isascii() and words.isdigit() and low <= int(words) <= high else None


def _date(element: Element) -> str | None:
    """An ISO date, as exact as printed."""
    year = _number(words_of(child(element, "year")), 1000, 9999)
    if year is None:
        return None
    printed = words_of(child(element, "month")).casefold()
    month = _number(printed, 1, 12)
    if month is None and printed[:3] in _MONTHS:
        month = _MONTHS.index(printed[:3]) + 1
    day = _number(words_of(child(element, "day")), 1, 31)
    if month is None:
        return f"{year:04}"
    return f"{year:04}-{month:02}" if day is None else f"{year:04}-{month:02}-{day:02}"


def _published(meta: Element) -> str | None:
    dates: dict[str, str | None] = {}
    for one in children(meta, "pub-date"):
        kind = one.get("pub-type") or one.get("publication-format") or one.get("date-type") or ""
        dates.setdefault(kind, _date(one))
    for kind in (*_PUBLISHED, *sorted(dates)):
        if dates.get(kind):
            return dates[kind]
    return None


def _licence(meta: Element) -> str | None:
    licence = child(meta, "permissions", "license")
    if licence is None:
        return None
    link = licence.get(_XLINK)
    if link:
        return link.strip()
    for one in descendants(licence, "license_ref", "ext-link", "uri"):
        reference = words_of(one) if name_of(one) == "license_ref" else one.get(_XLINK)
        if reference and "creativecommons" in reference:
            return reference.strip()
    return words_of(licence) or None


def _doi(meta: Element) -> str | None:
    for one in children(meta, "article-id"):
        if one.get("pub-id-type") == "doi":
            return words_of(one) or None
    return None


def article_of(article: Element) -> Article:
    """All that is printed about the article."""
    front = child(article, "front")
    meta = child(front, "article-meta")
    if front is None or meta is None:
        return Article(language=article.get(_XML_LANG))
    journal = child(front, "journal-meta", "journal-title-group", "journal-title")
    if journal is None:
        journal = child(front, "journal-meta", "journal-title")
    return Article(
        title=title_of(meta) or None,
        authors=_authors(meta),
        affiliations=tuple(affiliations_of(meta)),
        journal=words_of(journal) or None,
        doi=_doi(meta),
        licence=_licence(meta),
        published=_published(meta),
        language=article.get(_XML_LANG),
    )

"""XML into elements without harm, and elements into running text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5

from lxml import etree

from app.documents.encoding import decode
from app.errors import MalformedDocument, UnsafeDocument

DEEPEST = 200
_DECLARATION = re.compile(r"\ufeff?\s*<\?xml\b[^>]*\?>")
_ENCODING = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']"
)
_SUBSET = re.compile(r"<!(?:ENTITY|ELEMENT|ATTLIST|NOTATION)\b")
_SUPERSCRIPTS = str.maketrans("0123456789+-−–()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁽⁾ⁿ")
_RAISED = re.compile(r"[0-9+−–-][0-9+−–,-]*|\([0-9]+\)")
_SKIPPED = frozenset(
    {
        "inline-formula",
        "disp-formula",
        "disp-formula-group",
        "chem-struct-wrap",
        "graphic",
        "inline-graphic",
        "fn",
        "tex-math",
        "math",
        "object-id",
        "alt-text",
        "long-desc",
    }
)
_SPACED = frozenset({"break", "p", "title", "label", "sec", "list-item", "td", "th", "caption"})

Element = etree._Element


def parse(data: bytes, charset: str | None) -> Element:
    """The root element. Nothing is fetched and no entity is expanded.

    UnsafeDocument when the document declares entities or other markup of its own,
    MalformedDocument with line and column when it is not well-formed.
    """
    declared = _ENCODING.match(data)
    name = charset or (declared[1].decode("ascii") if declared else None)
    text = decode(data, name)
    opening = _DECLARATION.match(text)
    # libxml2 must not decode again; line numbers stay as they are
    text = "\n" * text.count("\n", 0, opening.end()) + text[opening.end() :] if opening else text
    declaration = _SUBSET.search(text)
    if declaration:
        line = text.count("\n", 0, declaration.start()) + 1
        raise UnsafeDocument(
            "The document declares entities or markup of its own. Remove the internal "
            "subset of its DOCTYPE.",
            place=f"line {line}",
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise MalformedDocument(
            "The XML is not well-formed or nested too deeply.",
            place=f"line {line}, column {column}",
        ) from None
    _check_depth(root)
    return root


def _check_depth(root: Element) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST:
            raise MalformedDocument(f"Elements are nested more than {DEEPEST} deep.")


def name_of(element: Element) -> str:
    """The tag without its namespace; empty for an entity reference."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element, *names: str) -> Iterator[Element]:
    """Child elements with one of these names (all of them without names)."""
    for child in element:
        if isinstance(child.tag, str) and (not names or name_of(child) in names):
            yield child


def child(element: Element | None, *path: str) -> Element | None:
    """The first element at a path of names."""
    for name in path:
        if element is None:
            return None
        element = next(children(element, name), None)
    return element


def descendants(element: Element, *names: str) -> Iterator[Element]:
    """All elements below with one of these names, in the order of the document."""
    for one in element.iter(etree.Element):
        if one is not element and name_of(one) in names:
            yield one


def raised(words: str) -> str:
    """Superscript as the text has it: "10⁹/L", "CD4⁺", a citation "¹,²"; letters stay."""
    stripped = words.strip()
    return stripped.translate(_SUPERSCRIPTS) if _RAISED.fullmatch(stripped) else words


def _pieces(element: Element, left_out: frozenset[str]) -> Iterator[str]:
    yield element.text or ""
    for one in element:
        if not isinstance(one.tag, str):
            if isinstance(one, etree._Entity):
                yield html5.get(f"{one.name};", " ")
            yield one.tail or ""
            continue
        name = name_of(one)
        if name in left_out or name in _SKIPPED:
            yield " "
        elif name == "sup":
            yield raised("".join(_pieces(one, left_out)))
        elif name in _SPACED:
            yield " "
            yield from _pieces(one, left_out)
            yield " "
        elif name == "xref" and one.get("ref-type") == "bibr":
            yield _Citation("".join(_pieces(one, left_out)))
        else:
            yield from _pieces(one, left_out)
        yield one.tail or ""


class _Citation(str):
    """The words of a reference to the literature."""

    __slots__ = ()


def _join(pieces: Iterator[str]) -> str:
    out: list[str] = []
    last = ""
    for piece in pieces:
        if not piece:
            continue
        if isinstance(piece, _Citation) and last.isalnum() and piece[0].isalnum():
            out.append(raised(piece) if _RAISED.fullmatch(piece.strip()) else f" {piece}")
        else:
            out.append(piece)
        last = piece[-1]
    return "".join(out)


def words_of(element: Element | None, left_out: frozenset[str] = frozenset()) -> str:
    """The words in an element as running text, white space made single.

    Formulas and footnotes are left out, and the elements that `left_out` names.
    """
    if element is None:
        return ""
    words = " ".join(_join(_pieces(element, left_out)).split())
    return re.sub(r"(?<=\w) (?=[.,;:)](?:\s|$))|(?<=\() ", "", words)


def spaced_words(element: Element) -> str:
    """The words of an element whose children are fields that print without white space."""
    words = " ".join(" ".join(str(piece) for piece in element.itertext()).split())
    return re.sub(r" (?=[.,;:)])|(?<=\() ", "", words)

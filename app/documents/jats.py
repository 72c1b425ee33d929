"""JATS XML: articles as journals and PubMed Central publish them.

The text is written here: title, authors, abstract, sections with their headings, legends,
tables, statements, acknowledgement, references. Tags are those of JATS 1.0 to 1.3
(https://jats.nlm.nih.gov); wrappers of PMC and OAI-PMH around one article are taken off.
"""

from __future__ import annotations

from app.documents import jats_meta
from app.documents.headings import Heading, load_headings
from app.documents.layout import load_layout
from app.documents.sections import Sections, nested_kind
from app.documents.writer import Writer
from app.documents.xmltext import (
    Element,
    child,
    children,
    descendants,
    name_of,
    parse,
    spaced_words,
    words_of,
)
from app.errors import MalformedDocument
from app.settings import Settings
from app.text import BlockKind, Document

_FLOATS = frozenset({"fig", "fig-group", "table-wrap", "table-wrap-group"})
_BLOCKS = _FLOATS | frozenset(
    {
        "list",
        "def-list",
        "boxed-text",
        "disp-quote",
        "statement",
        "supplementary-material",
        "media",
        "speech",
        "verse-group",
        "preformat",
        "table",
        "array",
    }
)
# Abstracts beside the abstract: advertisements of the article, not its text.
_OTHER_ABSTRACTS = frozenset({"graphical", "teaser", "toc", "editor", "executive-summary"})
_NOTES_OF_AUTHORS = frozenset(
    {
        "conflict",
        "coi-statement",
        "con",
        "financial-disclosure",
        "supported-by",
        "participating-researchers",
        "study-group-members",
    }
)

Headings = tuple[str, ...]


def read(data: bytes, charset: str | None, *, media_type: str, settings: Settings) -> Document:
    """A document of a JATS article. MalformedDocument when the XML holds none, or several."""
    article = _article(parse(data, charset))
    reader = _Reader(settings)
    reader.article(article)
    return Document(
        text=reader.writer.text,
        media_type=media_type,
        blocks=tuple(reader.writer.blocks),
        article=jats_meta.article_of(article),
        original=data,
    )


def _article(root: Element) -> Element:
    if name_of(root) == "article":
        return root
    found = [one for one in descendants(root, "article") if child(one, "front") is not None]
    if not found:
        raise MalformedDocument(
            "This XML is no JATS article: it has no element 'article' with a 'front'. "
            "Send JATS, or the text of the report as text/plain."
        )
    if len(found) > 1:
        raise MalformedDocument(f"This XML holds {len(found)} articles. Send them one by one.")
    return found[0]


class _Reader:
    """Walks through an article once."""

    def __init__(self, settings: Settings) -> None:
        self.headings = load_headings(settings.mappings)
        self.writer = Writer(self.headings, load_layout(settings.mappings))

    def article(self, article: Element) -> None:
        meta = child(article, "front", "article-meta")
        if meta is not None:
            self._front(meta)
        body = child(article, "body")
        if body is not None:
            self._content(body, BlockKind.UNKNOWN, (), sections=Sections())
        floats = child(article, "floats-group")
        if floats is not None:
            for one in children(floats):
                self._block(one, BlockKind.LEGEND, ())
        back = child(article, "back")
        if back is not None:
            self._back(back)

    # -- front -------------------------------------------------------------------------------

    def _front(self, meta: Element) -> None:
        self.writer.block(BlockKind.TITLE, jats_meta.title_of(meta))
        self.writer.block(BlockKind.AUTHORS, ", ".join(jats_meta.names_of(meta)))
        for affiliation in jats_meta.affiliations_of(meta):
            self.writer.block(BlockKind.AFFILIATION, affiliation)
        for notes in children(meta, "author-notes"):
            for note in children(notes, "corresp", "fn", "p"):
                ours = note.get("fn-type") in _NOTES_OF_AUTHORS
                kind = BlockKind.STATEMENTS if ours else BlockKind.AFFILIATION
                self.writer.block(kind, words_of(note))
        for abstract in children(meta, "abstract"):
            if abstract.get("abstract-type") not in _OTHER_ABSTRACTS:
                self._abstract(abstract)
        for group in children(meta, "kwd-group"):
            words = ", ".join(filter(None, (words_of(one) for one in children(group, "kwd"))))
            title = words_of(child(group, "title")).rstrip(" :") or "Keywords"
            if words:
                self.writer.block(BlockKind.HEADING, title, (title,))
                self.writer.block(BlockKind.KEYWORDS, words, (title,))

    def _abstract(self, abstract: Element) -> None:
        title = words_of(child(abstract, "title")) or "Abstract"
        heading = self.headings.find(title)
        kind = heading.kind if heading else BlockKind.ABSTRACT
        if kind not in (BlockKind.ABSTRACT, BlockKind.DISCUSSION):
            kind = BlockKind.ABSTRACT
        self.writer.block(BlockKind.HEADING, title, (title,))
        self._content(abstract, kind, (title,))

    # -- sections and their content ------------------------------------------------------------

    def _heading_of(self, section: Element) -> tuple[str, Heading | None]:
        """The words of a section's heading, and what they or its `sec-type` say it is."""
        title = words_of(child(section, "title"))
        label = words_of(child(section, "label"))
        printed = f"{label} {title}".strip()
        heading = self.headings.find(title) if title else None
        if heading is None:
            kind = (section.get("sec-type") or "").replace("|", " and ").replace("-", " ")
            heading = self.headings.find(kind) if kind else None
        return printed, heading

    def _section(self, section: Element, kind: BlockKind, above: Headings) -> None:
        printed, heading = self._heading_of(section)
        parent = kind if above else None
        inner = nested_kind(parent, heading) if printed or heading else kind
        below = (*above, printed) if printed else above
        if printed:
            self.writer.block(BlockKind.HEADING, printed, below)
        self._content(section, inner, below)

    def _content(
        self, element: Element, kind: BlockKind, above: Headings, sections: Sections | None = None
    ) -> None:
        """All that stands in a section (or the like), in order."""
        # Bold paragraphs and run-in labels may open headings below those of the section.
        state = sections or (Sections.inside(kind, above) if above else None)
        for one in children(element):
            name = name_of(one)
            if name in ("title", "label", "sec-meta", "object-id", "kwd-group"):
                continue
            if name == "sec":
                self._section(one, kind, above)
            elif name == "ref-list":
                self._references(one)
            elif name == "p":
                self._paragraph(one, kind, above, state)
            else:
                self._block(one, kind, above, state)

    def _paragraph(
        self, element: Element, kind: BlockKind, above: Headings, state: Sections | None
    ) -> None:
        words = words_of(element, left_out=_BLOCKS)
        if state is None:
            self.writer.block(kind, words, above)
        else:
            self.writer.running_text(words, state)
            kind, above = state.kind, state.headings
        for one in children(element):
            if name_of(one) in _BLOCKS:
                self._block(one, kind, above, state)

    def _block(
        self, element: Element, kind: BlockKind, above: Headings, state: Sections | None = None
    ) -> None:
        """Something that is no paragraph: a figure, a table, a list, a box, ..."""
        name = name_of(element)
        if name in ("fig-group", "table-wrap-group"):
            caption = words_of(child(element, "caption"))
            self.writer.block(BlockKind.LEGEND, caption, above)
            for one in children(element, *_FLOATS):
                self._block(one, kind, above)
        elif name == "fig":
            self.writer.block(BlockKind.LEGEND, _captioned(element), above)
        elif name == "table-wrap":
            self.writer.block(BlockKind.TABLE, _table(element), above)
        elif name in ("table", "array"):
            self.writer.block(BlockKind.TABLE, "\n".join(_rows(element)), above)
        elif name in ("supplementary-material", "media"):
            self.writer.block(BlockKind.STATEMENTS, _captioned(element), above)
        elif name == "def-list":
            for item in children(element, "def-item"):
                term, meaning = words_of(child(item, "term")), words_of(child(item, "def"))
                self.writer.block(kind, f"{term}: {meaning}", above)
        elif name == "boxed-text":
            self._section(element, kind, above)
        elif name in ("preformat", "verse-group"):
            self.writer.block(kind, words_of(element), above)
        elif name in ("list", "list-item", "disp-quote", "statement", "speech", "sec", "app"):
            self._content(element, kind, above, state)

    # -- back ------------------------------------------------------------------------------------

    def _back(self, back: Element) -> None:
        for one in children(back):
            name = name_of(one)
            if name == "ref-list":
                self._references(one)
            elif name == "ack":
                self._named(one, BlockKind.ACKNOWLEDGEMENT, "Acknowledgements")
            elif name in ("fn-group", "notes", "glossary", "app"):
                self._named(one, BlockKind.STATEMENTS, "")
            elif name == "app-group":
                for app in children(one, "app"):
                    self._named(app, BlockKind.STATEMENTS, "")
            elif name == "bio":
                self._named(one, BlockKind.AFFILIATION, "")
            elif name == "sec":
                self._section(one, BlockKind.STATEMENTS, ())

    def _named(self, element: Element, kind: BlockKind, title: str) -> None:
        printed, heading = self._heading_of(element)
        printed = printed or title
        if heading and name_of(element) != "ack":
            kind = heading.kind
        above = (printed,) if printed else ()
        if printed:
            self.writer.block(BlockKind.HEADING, printed, above)
        for note in children(element, "fn"):
            self.writer.block(kind, words_of(note), above)
        self._content(element, kind, above)

    def _references(self, element: Element) -> None:
        title = words_of(child(element, "title")) or "References"
        self.writer.block(BlockKind.HEADING, title, (title,))
        for reference in children(element, "ref"):
            self.writer.block(BlockKind.REFERENCES, spaced_words(reference), (title,))
        for nested in children(element, "ref-list"):
            self._references(nested)


def _captioned(element: Element) -> str:
    """Label and caption as one paragraph: "Figure 1. Chest X-ray."."""
    label = words_of(child(element, "label")).rstrip(" .:")
    caption = words_of(child(element, "caption"))
    return f"{label}. {caption}" if label and caption else label or caption


def _rows(element: Element) -> list[str]:
    """Rows of a table as lines: "cell | cell"; rows without words are left out."""
    rows = (
        " | ".join(words_of(cell) for cell in children(row, "td", "th"))
        for row in descendants(element, "tr")
    )
    return [row for row in rows if row.strip(" |")]


def _table(element: Element) -> str:
    """Caption, rows and footnotes of a table, a line each."""
    feet = [words_of(note) or spaced_words(note) for note in _feet(element)]
    return "\n".join(filter(None, [_captioned(element), *_rows(element), *feet]))


def _feet(element: Element) -> list[Element]:
    return [note for foot in children(element, "table-wrap-foot") for note in children(foot)]

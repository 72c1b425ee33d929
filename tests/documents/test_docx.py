"""Word documents: what their author sees, and files made to harm."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.document import Document as Word
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import (
    EmptyDocument,
    InputError,
    MalformedDocument,
    TooLarge,
    UnsafeDocument,
    UnsupportedMediaType,
)
from app.settings import Settings
from app.text import BlockKind as Kind
from tests.documents.agreement import grams
from tests.documents.press import items_of
from tests.documents.reading import check_blocks, headings_of, kind_of, kinds, read

REPORTS = sorted((Path(__file__).parents[1] / "cases").glob("*/report.txt"))
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def saved(word: Word) -> bytes:
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def small() -> Word:
    word = docx.Document()
    word.add_heading("Fever in a Man of Forty", 0)
    word.add_heading("Case presentation", 1)
    word.add_paragraph("A man of forty had a fever for three days.")
    return word


def changed(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The package with its parts changed, or left out."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("styled", [True, False])
@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.parent.name)
def test_the_twin_of_a_plain_report(path: Path, styled: bool) -> None:
    twin = read(path)
    word = docx.Document()
    for item in items_of(twin):
        if item.kind == "title":
            word.add_heading(item.words, 0)
        elif item.kind == "heading" and styled:
            word.add_heading(item.words, 1)
        elif item.kind == "heading":
            word.add_paragraph().add_run(item.words).bold = True
        else:
            word.add_paragraph(item.words)
    document = read(saved(word))
    check_blocks(document)
    assert document.media_type == MEDIA_TYPE
    assert document.article.title == twin.article.title
    for kind in Kind:
        assert grams(twin, [kind]) == grams(document, [kind]), kind


def test_levels_of_headings() -> None:
    word = small()
    word.add_heading("Laboratory findings", 2)
    word.add_paragraph("Sodium was 128 mmol/L.")
    word.add_heading("Course", 2)
    word.add_paragraph("He went home on day 5.")
    word.add_heading("Discussion", 1)
    word.add_paragraph("Fever is common.")
    document = read(saved(word))
    assert headings_of(document, "Sodium") == ("Case presentation", "Laboratory findings")
    assert headings_of(document, "He went") == ("Case presentation", "Course")
    assert kind_of(document, "He went") is Kind.CASE
    assert kind_of(document, "Fever is common") is Kind.DISCUSSION


def test_a_style_based_on_a_heading_is_one() -> None:
    word = small()
    style = word.styles.add_style("Section of ours", 1)
    style.base_style = word.styles["Heading 1"]
    word.add_paragraph("Results of the work-up", style=style)
    word.add_paragraph("Sodium was low.")
    assert headings_of(read(saved(word)), "Sodium")[-1] == "Results of the work-up"


def test_tables_lists_and_legends() -> None:
    word = small()
    word.add_paragraph("Table 1. Laboratory values")
    table = word.add_table(3, 3)
    for row, cells in enumerate(
        [("Test", "Day 1", "Day 9"), ("ALT", "310", "42"), ("AST", "", "")]
    ):
        for column, words in enumerate(cells):
            table.cell(row, column).text = words
    table.cell(2, 1).merge(table.cell(2, 2)).text = "not done"
    word.add_paragraph("no fever", style="List Bullet")
    word.add_paragraph("Figure 1. The rash on day 3.", style="Caption")
    document = read(saved(word))
    assert kinds(document)[1:] == [
        ("case", "A man of"),
        ("table", "Table 1. Laboratory"),
        ("case", "no fever"),
        ("legend", "Figure 1. The"),
    ]
    assert "values\nTest | Day 1 | Day 9\nALT | 310 | 42\nAST | not done\n" in document.text


def test_a_table_that_only_places_text_on_the_page() -> None:
    word = small()
    cell = word.add_table(1, 2).cell(0, 0)
    for number in range(30):
        cell.add_paragraph(f"On day {number} he still had a fever and was given fluids.")
    document = read(saved(word))
    assert kind_of(document, "On day 7 ") is Kind.CASE
    assert "|" not in document.text


def test_raised_hidden_inserted_and_deleted_words() -> None:
    word = small()
    paragraph = word.add_paragraph("Platelets were 90 × 10")
    paragraph.add_run("9").font.superscript = True
    paragraph.add_run("/L")
    paragraph.add_run(" SECRET").font.hidden = True
    for tag, words in (("ins", " and rose"), ("del", " and fell")):
        text = "w:t" if tag == "ins" else "w:delText"
        paragraph._p.append(
            parse_xml(
                f'<w:{tag} {nsdecls("w")} w:id="1" w:author="x"><w:r><{text} xml:space="preserve">'
                f"{words}</{text}></w:r></w:{tag}>"
            )
        )
    paragraph.add_run(".")
    text = read(saved(word)).text
    assert text.endswith("Platelets were 90 × 10⁹/L and rose.")


def test_controls_and_boxes_are_read_and_running_heads_are_not() -> None:
    word = small()
    word.sections[0].header.paragraphs[0].text = "Imaginary Journal"
    inner = f"<w:p {nsdecls('w')}><w:r><w:t>He took aspirin.</w:t></w:r></w:p>"
    word.element.body.insert(
        3, parse_xml(f"<w:sdt {nsdecls('w')}><w:sdtContent>{inner}</w:sdtContent></w:sdt>")
    )
    word.paragraphs[-1]._p.append(
        parse_xml(
            f'<w:r {nsdecls("w")}><w:pict><v:textbox xmlns:v="urn:schemas-microsoft-com:vml">'
            "<w:txbxContent><w:p><w:r><w:t>Figure 2. A scan of the chest.</w:t></w:r></w:p>"
            "</w:txbxContent></v:textbox></w:pict></w:r>"
        )
    )
    document = read(saved(word))
    assert "Imaginary Journal" not in document.text
    assert kind_of(document, "He took aspirin.") is Kind.CASE
    assert kind_of(document, "A scan of the chest") is Kind.LEGEND
    assert document.text.count("A scan of the chest") == 1


def test_the_title_is_the_printed_one() -> None:
    word = docx.Document()
    word.core_properties.title = "Template of the Department"
    word.core_properties.author = "Jane Roe"
    word.add_paragraph("Case report")
    word.add_paragraph("An Unusual Fever in a Baker")
    word.add_paragraph("Ada Moss, MD, Finn Lund, PhD")
    word.add_paragraph("Introduction")
    word.add_paragraph("Fever is common.")
    document = read(saved(word))
    assert document.article.title == "An Unusual Fever in a Baker"
    assert kind_of(document, "Ada Moss") is Kind.AUTHORS
    assert "Jane Roe" not in document.text


def test_the_same_every_time_and_the_bytes_are_kept() -> None:
    data = saved(small())
    assert read(data) == read(data)
    assert read(data).original == data
    assert read(data, MEDIA_TYPE).text == read(data).text


def test_nothing_in_it() -> None:
    with pytest.raises(EmptyDocument):
        read(saved(docx.Document()))


@pytest.mark.parametrize(
    "data",
    [b"A man had a fever.", b"PK\x03\x04", saved(small())[:3000], b"PK\x05\x06" + b"\0" * 18],
)
def test_broken_ones(data: bytes) -> None:
    with pytest.raises(MalformedDocument, match=r"\.docx"):
        read(data, MEDIA_TYPE)


def test_other_office_files() -> None:
    sheet = changed(
        saved(small()), lambda _, part: part.replace(b"wordprocessingml.document.main", b"x.y.z")
    )
    with pytest.raises(MalformedDocument):
        read(sheet)
    with pytest.raises(UnsafeDocument, match="password"):
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, MEDIA_TYPE)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("report.txt", "A man.")
    with pytest.raises(UnsupportedMediaType):
        read(out.getvalue())


@pytest.mark.parametrize(
    "missing", ["[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/styles.xml"]
)
def test_missing_parts(missing: str) -> None:
    data = changed(saved(small()), lambda name, part: None if name == missing else part)
    with pytest.raises(MalformedDocument):
        read(data, MEDIA_TYPE)


def test_a_bomb_is_not_unpacked() -> None:
    def swell(name: str, part: bytes) -> bytes:
        return part + b" " * 60_000_000 if name == "word/document.xml" else part

    data = changed(saved(small()), swell)
    assert len(data) < 200_000
    with pytest.raises(TooLarge, match="CASE2FHIR_MAX_UNPACKED_BYTES"):
        read(data)
    with pytest.raises(TooLarge, match="unpacked"):
        read(saved(small()), settings=Settings(_env_file=None, max_unpacked_bytes=1000))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(encoding: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    head = f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{secret}">]>'

    def poison(name: str, part: bytes) -> bytes:
        if name != "word/document.xml":
            return part
        body = part.decode("utf-8").partition("?>")[2].replace("A man", "&a; man")
        return f'<?xml version="1.0" encoding="{encoding}"?>{head}{body}'.encode(encoding)

    with pytest.raises(UnsafeDocument, match="entities"):
        read(changed(saved(small()), poison))


def test_deep_nesting() -> None:
    def nest(name: str, part: bytes) -> bytes:
        if name != "word/document.xml":
            return part
        return part.replace(b"<w:sectPr", b"<w:sdt>" * 5000 + b"</w:sdt>" * 5000 + b"<w:sectPr", 1)

    try:
        document = read(changed(saved(small()), nest))
    except InputError:
        return
    assert "fever" in document.text


GOOD = saved(small())


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=10)
)
def test_changed_bytes(changes: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for place, value in changes:
        data[place] = value
    try:
        document = read(bytes(data), MEDIA_TYPE)
    except InputError:
        return
    check_blocks(document)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_changed_parts(data: st.DataObject) -> None:
    """A sound package whose parts are not: pieces of XML are missing, doubled or changed."""
    chosen = data.draw(st.sampled_from(["word/document.xml", "word/styles.xml", "_rels/.rels"]))

    def change(name: str, part: bytes) -> bytes:
        if name != chosen:
            return part
        pieces = part.split(b">")
        index = data.draw(st.integers(0, len(pieces) - 1))
        piece = pieces[index]
        others = [[], [piece] * 2, [re.sub(rb'"[^"]*"', b'"-x"', piece)]]
        kept = pieces[:index] + data.draw(st.sampled_from(others))
        return b">".join(kept + pieces[index + 1 :])

    try:
        document = read(changed(GOOD, change), MEDIA_TYPE)
    except InputError:
        return
    check_blocks(document)

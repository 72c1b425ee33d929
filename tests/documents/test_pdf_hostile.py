"""PDFs that were made to harm, or are broken: refused with a reason, and nobody is hurt."""

from __future__ import annotations

import time
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from app.documents import pdf_process
from app.errors import EmptyDocument, InputError, MalformedDocument, TooLarge, UnsafeDocument
from app.settings import Settings
from tests.documents.press import Item, Style, printed
from tests.documents.reading import SETTINGS, check_blocks, read

WORDS = "A man of forty had a fever for three days and no other complaint."
GOOD = printed([Item("title", "Fever in a Man of Forty"), Item("text", WORDS)], Style())
TIGHT = Settings(_env_file=None, pdf_timeout_seconds=4, max_pdf_memory_bytes=400_000_000)


def _pdf(objects: list[bytes], root: int = 1) -> bytes:
    """A PDF of these objects, numbered from 1."""
    out = b"%PDF-1.7\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root %d 0 R>>\n"
        b"startxref\n%d\n%%%%EOF" % (len(objects) + 1, table, len(objects) + 1, root, start)
    )


def _stream(content: bytes, extra: bytes = b"") -> bytes:
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(content), extra, content)


def _page(content: bytes, resources: bytes = b"") -> list[bytes]:
    return [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<<"
        b"/Font<</F 5 0 R>>%s>>>>" % resources,
        _stream(content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]


TEXT = b"BT /F 12 Tf 72 700 Td (A man had a fever.) Tj ET"


def test_the_objects_of_these_tests_are_read() -> None:
    assert read(_pdf(_page(TEXT))).text == "A man had a fever."


@pytest.mark.parametrize("data", [GOOD[:200], b"%PDF-1.7 x", b"%PDF-", b"%PDF-1.4\n%%EOF"])
def test_broken_ones(data: bytes) -> None:
    with pytest.raises(MalformedDocument, match="Save it anew"):
        read(data)


@pytest.mark.parametrize("data", [b"A man had a fever.", b"\x00\x01" * 40, b"<html></html>"])
def test_no_pdf_at_all(data: bytes) -> None:
    with pytest.raises(MalformedDocument):
        read(data, "application/pdf")


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.99])
def test_one_that_is_cut_off_is_refused_or_read_as_far_as_it_goes(part: float) -> None:
    try:
        document = read(GOOD[: int(len(GOOD) * part)])
    except (MalformedDocument, EmptyDocument):
        return
    assert "fever" in document.text.casefold()


def test_one_with_a_password(tmp_path: Path) -> None:
    path = tmp_path / "locked.pdf"
    canvas = Canvas(str(path), encrypt="secret")
    canvas.drawString(72, 700, WORDS)
    canvas.save()
    with pytest.raises(UnsafeDocument, match="encrypted"):
        read(path)


def test_too_many_pages_and_characters() -> None:
    kids = b" ".join(b"3 0 R" for _ in range(300))
    many = _page(TEXT)
    many[1] = b"<</Type/Pages/Kids[%s]/Count 300>>" % kids
    with pytest.raises(TooLarge, match="CASE2FHIR_MAX_PDF_PAGES"):
        read(_pdf(many))
    few = Settings(_env_file=None, max_text_characters=20)
    with pytest.raises(TooLarge, match="CASE2FHIR_MAX_TEXT_CHARACTERS"):
        read(GOOD, settings=few)


def test_a_page_count_that_lies() -> None:
    liar = _page(TEXT)
    liar[1] = b"<</Type/Pages/Kids[3 0 R]/Count 2000000000>>"
    with suppress(InputError):
        assert read(_pdf(liar), settings=TIGHT).text == "A man had a fever."


def test_pages_that_hold_themselves() -> None:
    circle = _page(TEXT)
    circle[1] = b"<</Type/Pages/Kids[2 0 R 2 0 R 3 0 R]/Count 3>>"
    with suppress(InputError):
        assert "fever" in read(_pdf(circle), settings=TIGHT).text


def test_a_form_that_draws_itself() -> None:
    form = _stream(b"/X Do " + TEXT + b" /X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]"
                   b"/Resources<</XObject<</X 6 0 R>>/Font<</F 5 0 R>>>>")  # fmt: skip
    objects = [*_page(b"/X Do", b"/XObject<</X 6 0 R>>"), form]
    with suppress(InputError):
        assert "fever" in read(_pdf(objects), settings=TIGHT).text


def test_forms_that_double_each_other() -> None:
    """Two to the power of forty drawings of one line."""
    count = 40
    objects = _page(b"/X6 Do", b"/XObject<</X6 6 0 R>>")
    for number in range(6, 6 + count):
        inner = number + 1
        objects.append(
            _stream(
                b"/X%d Do /X%d Do" % (inner, inner),
                b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</XObject<</X%d %d 0 R>>>>"
                % (inner, inner),
            )
        )
    objects.append(_stream(TEXT, b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]"
                                 b"/Resources<</Font<</F 5 0 R>>>>"))  # fmt: skip
    begin = time.monotonic()
    with suppress(InputError):
        read(_pdf(objects), settings=TIGHT)
    assert time.monotonic() - begin < 4 + pdf_process.START_SECONDS + 10


def test_deep_nesting() -> None:
    deep = _page(TEXT)
    deep.append(b"[" * 100_000 + b"]" * 100_000)
    deep[0] = b"<</Type/Catalog/Pages 2 0 R/Names 6 0 R>>"
    with suppress(InputError):
        assert "fever" in read(_pdf(deep), settings=TIGHT).text


def test_a_stream_that_unpacks_to_a_gigabyte() -> None:
    packer = zlib.compressobj(9)
    zeros = b" " * 1_000_000
    packed = b"".join(packer.compress(zeros) for _ in range(1000)) + packer.flush()
    objects = _page(TEXT)
    objects[3] = _stream(packed, b"/Filter/FlateDecode")
    with pytest.raises(InputError):
        read(_pdf(objects), settings=TIGHT)


def test_scripts_files_and_links_are_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "harm"
    objects = _page(TEXT)
    objects[0] = (
        b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.launchURL\\('file://%s'\\))>>"
        b"/AA<</WC<</S/Launch/F(touch %s)>>>>/Names<</EmbeddedFiles<</Names[(a.exe) 6 0 R]>>>>>>"
        % (str(target).encode(), str(target).encode())
    )
    objects += [b"<</Type/Filespec/F(a.exe)/EF<</F 7 0 R>>>>", _stream(b"MZ harm")]
    document = read(_pdf(objects))
    assert document.text == "A man had a fever."
    assert not target.exists()


def _replaced(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> None:
    """The reading process does this instead."""
    worker = folder / "worker.py"
    worker.write_text(f"import os, signal, sys, time\n{code}\n")
    monkeypatch.setattr(pdf_process, "WORKER", worker)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", MalformedDocument),
        ("os.abort()", MalformedDocument),
        ("raise MemoryError", MalformedDocument),
        ("os.kill(os.getpid(), signal.SIGALRM)", TooLarge),
        ("time.sleep(60)", TooLarge),
        ("sys.stdin.buffer.read(); print('{')", MalformedDocument),
        ("sys.stdin.buffer.read(); print('[1]')", MalformedDocument),
        ("sys.stdin.close(); print('{}')", MalformedDocument),
    ],
)
def test_a_process_that_ends_or_hangs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, error: type[InputError]
) -> None:
    _replaced(monkeypatch, tmp_path, code)
    monkeypatch.setattr(pdf_process, "START_SECONDS", 0)
    limited = Settings(_env_file=None, pdf_timeout_seconds=1)
    with pytest.raises(error) as caught:
        read(GOOD, settings=limited)
    assert "fever" not in str(caught.value).casefold()
    monkeypatch.undo()
    assert "fever" in read(GOOD).text


def test_the_process_sees_no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CASE2FHIR_DATABASE_URL", "postgresql://user:secret@db/cases")
    _replaced(monkeypatch, tmp_path, "sys.exit(any('secret' in v for v in os.environ.values()))")
    with pytest.raises(MalformedDocument, match="opened"):
        read(GOOD)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=30)
)
def test_changed_bytes(changes: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for place, value in changes:
        data[place] = value
    try:
        document = read(bytes(data), "application/pdf", TIGHT)
    except InputError:
        return
    check_blocks(document)


@settings(max_examples=10, deadline=None)
@given(st.binary(max_size=400))
def test_content_of_noise(noise: bytes) -> None:
    try:
        document = read(_pdf(_page(TEXT + b" " + noise)), "application/pdf", SETTINGS)
    except InputError:
        return
    check_blocks(document)

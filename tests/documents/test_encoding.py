from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from app.errors import (
    EmptyDocument,
    EncodingError,
    InputError,
    NotFound,
    TooLarge,
    UnsupportedMediaType,
)
from app.settings import Settings
from tests.documents.reading import read

TEXT = "Müller’s sign – 37 °C, naïve café owner"


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (TEXT.encode(), None),
        (codecs.BOM_UTF8 + TEXT.encode(), "text/plain"),
        (TEXT.encode("utf-16"), None),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), None),
        (codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"), None),
        (TEXT.encode("cp1252"), "text/plain; charset=windows-1252"),
        (TEXT.encode("cp1252"), "text/plain"),
        (TEXT.encode("utf-16-le"), 'text/plain; charset="UTF-16LE"'),
    ],
)
def test_text_is_recognised(data: bytes, media_type: str | None) -> None:
    assert read(data, media_type).text == TEXT


def test_charset_of_the_media_type_wins() -> None:
    greek = "Ασθενής με πυρετό"
    assert read(greek.encode("iso-8859-7"), "text/plain; charset=iso-8859-7").text == greek


@pytest.mark.parametrize(
    ("data", "media_type", "place"),
    [
        (b"A man had \xff\xfe\xfa\xfb fever", "text/plain; charset=utf-8", "byte 10"),
        ("Больной жаловался на боль".encode("cp1251"), None, "byte 0"),
        ("患者は".encode("shift_jis"), None, "byte 0"),
        (b"\xff\xfeA\x00\x00\xd8", None, "byte 4"),
        (b"A\x00B\x00C", None, "character 1"),
        (b"fever \x01\x02 chills", "text/plain", "character 6"),
    ],
)
def test_unreadable_bytes_are_refused_with_their_place(
    data: bytes, media_type: str | None, place: str
) -> None:
    with pytest.raises(EncodingError) as caught:
        read(data, media_type)
    assert caught.value.place == place


@pytest.mark.parametrize("charset", ["no-such", "hex", "idna", "unicode_escape", "\x00"])
def test_unknown_charset(charset: str) -> None:
    with pytest.raises(EncodingError):
        read(b"abc", f"text/plain; charset={charset}")


def test_lone_surrogate() -> None:
    with pytest.raises(EncodingError) as caught:
        read("fever \ud800")
    assert caught.value.place == "character 6"


@pytest.mark.parametrize(
    "source", [b"", b" \r\n\t ", "", "\u00a0\n", b"\xef\xbb\xbf", b"--- ... !"]
)
def test_nothing_to_read(source: bytes | str) -> None:
    with pytest.raises(EmptyDocument):
        read(source)


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04abc", b"\x89PNG\r\n\x1a\n", b"\x1f\x8b\x08", b"<html><p>a"]
)
def test_formats_without_a_reader(data: bytes) -> None:
    with pytest.raises(UnsupportedMediaType) as caught:
        read(data)
    assert "text/plain" in str(caught.value)


@pytest.mark.parametrize("media_type", ["application/msword", "image/png", "text/html", "nonsense"])
def test_media_types_without_a_reader(media_type: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        read(b"A man had fever.", media_type)


def test_limits() -> None:
    small = Settings(_env_file=None, max_document_bytes=20, max_text_characters=10)
    assert read(b"ten signs!", settings=small).text == "ten signs!"
    for source in (b"eleven sign", "eleven sign", b"x" * 21, "é" * 11):
        with pytest.raises(TooLarge):
            read(source, settings=small)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    path.write_text("# Title of it\n\n## Case\n\nA man.\n", encoding="utf-8")
    assert read(path).media_type == "text/markdown"
    for wrong in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(NotFound):
            read(wrong)


def test_messages_hold_no_words_of_the_report() -> None:
    with pytest.raises(InputError) as caught:
        read(b"secretword \xff\x81", "text/plain; charset=utf-8")
    assert "secretword" not in str(caught.value)

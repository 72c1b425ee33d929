"""Bytes into documents: one reader per format, one face for all.

read(source, media_type=..., settings=...) -> Document
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.documents import detect, plain
from app.documents.encoding import check_text, decode
from app.errors import EmptyDocument, NotFound, TooLarge
from app.settings import Settings
from app.text import Document

Reader = Callable[[bytes, str, str, Settings], Document]


def read(
    source: bytes | str | Path, *, media_type: str | None = None, settings: Settings
) -> Document:
    """Read a document.

    `source` is its bytes, its text (a str) or the path of its file. `media_type` is the
    Content-Type as declared, charset included; without it the file's name and then the
    content decide.

    Raises InputError or one of its kinds: TooLarge, UnsupportedMediaType, EncodingError,
    MalformedDocument, UnsafeDocument, EmptyDocument; NotFound when there is no such file.
    """
    data, name, text = _load(source, settings)
    kind = detect.detect(data, media_type=media_type, name=name)
    if text is None:
        text = decode(data, kind.charset)
    if not text.strip():
        raise EmptyDocument("There are no words in this document. Send the text of a report.")
    _check_length(text, settings)
    return plain.read(text, media_type=detect.PLAIN, overlay=settings.mappings)


def _load(source: bytes | str | Path, settings: Settings) -> tuple[bytes, str | None, str | None]:
    """Bytes, file name and (for a str) text of a source, within the size limit."""
    limit = settings.max_document_bytes
    if isinstance(source, Path):
        try:
            if source.stat().st_size > limit:
                raise _too_large(limit)
            return source.read_bytes(), source.name, None
        except FileNotFoundError as error:
            raise NotFound("There is no such file.", place=str(source)) from error
    if isinstance(source, str):
        if len(source) > limit:
            raise _too_large(limit)
        data = check_text(source).encode("utf-8")
        if len(data) > limit:
            raise _too_large(limit)
        return data, None, source
    if len(source) > limit:
        raise _too_large(limit)
    return bytes(source), None, None


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The document is larger than {limit} bytes. Send a smaller one, or raise "
        "CASE2FHIR_MAX_DOCUMENT_BYTES."
    )


def _check_length(text: str, settings: Settings) -> None:
    if len(text) > settings.max_text_characters:
        raise TooLarge(
            f"The text is longer than {settings.max_text_characters} characters. Send a shorter "
            "one, or raise CASE2FHIR_MAX_TEXT_CHARACTERS."
        )

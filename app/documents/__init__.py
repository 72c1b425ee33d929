"""Bytes into documents: one reader per format, one face for all.

read(source, media_type=..., settings=...) -> Document
"""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

from app.documents import detect
from app.documents.encoding import check_text, decode
from app.errors import EmptyDocument, NotFound, TooLarge
from app.settings import Settings
from app.text import Document

__all__ = ["MEDIA_TYPES", "json_schema", "read"]

MEDIA_TYPES: tuple[str, ...] = tuple(detect.ACCEPTED)
"""The media types that are taken."""

_WORD = re.compile(r"[^\W_]")

_VERBATIM = {detect.PLAIN: "plain", detect.MARKDOWN: "markdown"}
"""Modules that read formats whose text is the input itself."""

_WRITTEN = {
    detect.JATS: "jats",
    detect.JSON: "jsondoc",
    detect.PDF: "pdf",
    detect.DOCX: "docx",
}
"""Modules that read formats whose text is made from the input, which the document keeps."""


def _reader(module: str) -> Any:
    """A format's `read`. Imported when first asked for, with the libraries that it needs: most
    processes read one format only, and should not wait for the others."""
    return import_module(f"app.documents.{module}").read


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a report as JSON."""
    from app.documents import jsondoc

    return jsondoc.json_schema()


def read(
    source: bytes | str | Path, *, media_type: str | None = None, settings: Settings
) -> Document:
    """Read a document.

    `source` is its bytes, its text (a str) or the path of its file. `media_type` is the
    Content-Type as declared, charset included; without it the file's name and then the
    content decide.

    Raises InputError or one of its kinds: TooLarge, UnsupportedMediaType, EncodingError,
    MalformedDocument, UnsafeDocument, EmptyDocument; NotFound when the file cannot be read.
    """
    data, name, text = _load(source, settings)
    if not data.strip():
        raise _empty()
    # A str without a type is text; only bytes have to be told apart.
    declared = detect.PLAIN if text is not None and media_type is None else media_type
    kind = detect.detect(data, media_type=declared, name=name)
    document: Document
    written = _WRITTEN.get(kind.media_type)
    if written:
        charset = "utf-8" if text is not None else kind.charset
        document = _reader(written)(data, charset, media_type=kind.media_type, settings=settings)
    else:
        if text is None:
            text = decode(data, kind.charset)
        _check_length(text, settings)
        document = _reader(_VERBATIM[kind.media_type])(
            text, media_type=kind.media_type, overlay=settings.mappings
        )
    _check_length(document.text, settings)
    if not _WORD.search(document.text):
        raise _empty()
    return document


def _empty() -> EmptyDocument:
    return EmptyDocument("There are no words in this document. Send the text of a report.")


def _load(source: bytes | str | Path, settings: Settings) -> tuple[bytes, str | None, str | None]:
    """Bytes, file name and (for a str) text of a source, within the size limit."""
    limit = settings.max_document_bytes
    if isinstance(source, Path):
        try:
            if source.stat().st_size > limit:
                raise _too_large(limit)
            return source.read_bytes(), source.name, None
        except OSError as error:
            reason = error.strerror or "it cannot be read"
            raise NotFound(f"This file cannot be read: {reason}.", place=str(source)) from error
    if isinstance(source, str):
        if len(source) > limit:
            raise _too_large(limit)
        data = check_text(source).encode("utf-8")
        if len(data) > limit:
            raise _too_large(limit)
        return data, None, source.removeprefix("\ufeff")
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

"""Which media type a source has: as declared, by the file's name, by its first bytes."""

from __future__ import annotations

import re
from email.message import Message
from pathlib import PurePath
from typing import NamedTuple

from app.errors import UnsupportedMediaType

PLAIN = "text/plain"
MARKDOWN = "text/markdown"
JATS = "application/jats+xml"
JSON = "application/json"
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

ACCEPTED: dict[str, str] = {
    PLAIN: PLAIN,
    MARKDOWN: MARKDOWN,
    "text/x-markdown": MARKDOWN,
    JATS: JATS,
    "application/xml": JATS,
    "text/xml": JATS,
    JSON: JSON,
    "text/json": JSON,
    PDF: PDF,
    "application/x-pdf": PDF,
    DOCX: DOCX,
}
"""Media types that are taken, and the one whose reader takes them."""

_UNDECLARED = frozenset(
    {"", "application/octet-stream", "*/*", "application/x-www-form-urlencoded"}
)
_EXTENSIONS = {
    ".txt": PLAIN,
    ".text": PLAIN,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".xml": JATS,
    ".nxml": JATS,
    ".jats": JATS,
    ".json": JSON,
    ".pdf": PDF,
    ".docx": DOCX,
}
_PDF = b"%PDF-"
_ZIP = b"PK\x03\x04"
_WORD_PART = b"word/document"
_MAGIC = (
    (_PDF, "PDF"),
    (_ZIP, "ZIP or Office"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG\r\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh91AY", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"\x7fELF", "program"),
    (b"SQLite format 3\x00", "SQLite"),
)
_XML = re.compile(rb"\s*<(?:\?xml\b|!DOCTYPE\s|!--|article\b|pmc-articleset\b|OAI-PMH\b)")
_HTML = re.compile(rb"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_JSON = re.compile(rb"\s*\{\s*(?:\"|\}|$)")


class Kind(NamedTuple):
    """The reader's media type, and the charset that was declared with it."""

    media_type: str
    charset: str | None


def taken() -> str:
    """The media types that are taken, for messages."""
    return (
        "text/plain, text/markdown, JATS XML (application/xml), application/json, "
        "application/pdf and Word (.docx)"
    )


def declared(media_type: str) -> tuple[str, str | None]:
    """Type and charset of a Content-Type header; both in lower case."""
    message = Message()
    message["Content-Type"] = media_type
    charset = message.get_param("charset")
    kind = media_type.partition(";")[0].strip().lower()
    return kind, charset.lower() if isinstance(charset, str) else None


def refuse_binary(data: bytes) -> None:
    """UnsupportedMediaType for formats that are known not to be text."""
    for magic, name in _MAGIC:
        if data.startswith(magic):
            raise UnsupportedMediaType(f"This is a {name} file. Send {taken()}.")


def _binary(data: bytes) -> str | None:
    """PDF or DOCX, where the first bytes (and, in a ZIP, the names of its parts) show them."""
    if data[:1024].lstrip(b"\x00\t\n\x0c\r \xef\xbb\xbf").startswith(_PDF):
        return PDF
    return DOCX if data.startswith(_ZIP) and _WORD_PART in data else None


def sniff(data: bytes) -> str:
    """The media type that the first bytes show; text/plain when they show nothing else."""
    head = data[:1024].removeprefix(b"\xef\xbb\xbf")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.replace(b"\x00", b"")[2:]
    if _HTML.match(head):
        raise UnsupportedMediaType(f"This is an HTML page. Send {taken()}.")
    if _XML.match(head):
        return JATS
    return JSON if _JSON.match(head) else PLAIN


def detect(data: bytes, *, media_type: str | None, name: str | None) -> Kind:
    """The reader to use. What is declared wins, then the name's ending, then the content."""
    kind, charset = declared(media_type) if media_type else ("", None)
    if kind not in _UNDECLARED:
        reader = ACCEPTED.get(kind)
        if reader is None and kind.endswith("+xml") and kind != "image/svg+xml":
            reader = JATS
        if reader is None:
            raise UnsupportedMediaType(f"There is no reader for this media type. Send {taken()}.")
        if reader not in (PDF, DOCX):
            refuse_binary(data)
        return Kind(reader, charset)
    binary = _binary(data)
    if binary:
        return Kind(binary, None)
    refuse_binary(data)
    if name:
        reader = _EXTENSIONS.get(PurePath(name).suffix.lower())
        if reader:
            return Kind(reader, charset)
    return Kind(sniff(data), charset)

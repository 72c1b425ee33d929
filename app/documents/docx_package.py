"""The parts of a DOCX file, opened only after they were found harmless.

A DOCX is a ZIP of XML. Its unpacked size is checked before anything is unpacked, and a part
with a document type of its own (entities) is refused, which Office Open XML forbids anyway
(ECMA-376 part 2, 8.1.2). Nothing that the file points to is fetched; macros are not looked at.
"""

from __future__ import annotations

import io
import zipfile
import zlib

import docx
from docx.document import Document as Word
from docx.opc.exceptions import OpcError
from docx.oxml.exceptions import InvalidXmlError
from lxml import etree

from app.errors import MalformedDocument, TooLarge, UnsafeDocument
from app.settings import Settings

_MOST_PARTS = 5_000
_MARKUP = (b"<!DOCTYPE", b"<!ENTITY")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
UNREADABLE = (
    KeyError,  # a part or relationship that is named but not there
    ValueError,  # another kind of Office file; numbers that are none; text that is no UTF-8
    AttributeError,  # parts without the elements that they must have
    TypeError,
    IndexError,
    AssertionError,
    OpcError,
    InvalidXmlError,
    etree.LxmlError,
)
"""What python-docx raises, on opening and on reading, for packages and parts that do not hold
what they have to; it has no error of its own for most of that."""


def open_package(data: bytes, settings: Settings) -> Word:
    """The document. MalformedDocument, UnsafeDocument or TooLarge when it is not to be used."""
    if data.startswith(_OLE):
        raise UnsafeDocument(
            "The Word file is encrypted or of the old binary kind. Save it as .docx without a "
            "password."
        )
    _check(data, settings)
    try:
        return docx.Document(io.BytesIO(data))
    except UNREADABLE:
        raise broken() from None


def broken() -> MalformedDocument:
    """The error about a file that is none of Word's, or is damaged."""
    return MalformedDocument(
        "This is no Word document (.docx), or a broken one. Save it anew, or send its text."
    )


def _check(data: bytes, settings: Settings) -> None:
    """Sizes first, by what the directory of the ZIP says; no part is unpacked beyond that."""
    limit = settings.max_unpacked_bytes
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.infolist()
            if len(parts) > _MOST_PARTS:
                raise TooLarge(f"The Word file has more than {_MOST_PARTS} parts.")
            if sum(part.file_size for part in parts) > limit:
                raise TooLarge(
                    f"The Word file is larger than {limit} bytes when unpacked. Send it without "
                    "pictures, or raise CASE2FHIR_MAX_UNPACKED_BYTES."
                )
            for part in parts:
                _check_part(part.filename, package.read(part))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError):
        # RuntimeError: a part with a password
        raise broken() from None
    except (ValueError, IndexError, OverflowError):
        raise broken() from None


def _check_part(name: str, content: bytes) -> None:
    # Any encoding of XML shows these once the zeros of its wide characters are gone.
    if not name.lower().endswith((".xml", ".rels")):
        return
    if any(mark in content.replace(b"\x00", b"") for mark in _MARKUP):
        raise UnsafeDocument("A part of the Word file declares a document type or entities.")

"""Bytes into characters, or a refusal that names the byte."""

from __future__ import annotations

import codecs
import re

from app.errors import EncodingError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SURROGATE = re.compile("[\ud800-\udfff]")
# C0 controls other than tab, line feed, vertical tab, form feed and carriage return.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_LATIN_CONTROL = re.compile("[\x80-\x9f]")
_REMEDY = "Save it as UTF-8, or name its encoding: 'text/plain; charset=...'."


_NOT_FOR_FILES = frozenset(
    {
        "idna",
        "punycode",
        "undefined",
        "unicode-escape",
        "raw-unicode-escape",
        "charmap",
        "mbcs",
        "oem",
    }
)


def check_text(text: str) -> str:
    """The text as it is; EncodingError for what no file can hold or no text contains."""
    surrogate = _SURROGATE.search(text)
    if surrogate:
        raise EncodingError(
            "A lone surrogate is no character. Send the text in valid UTF-8.",
            place=f"character {surrogate.start()}",
        )
    control = _CONTROL.search(text)
    if control:
        raise EncodingError(
            f"The control character U+{ord(control[0]):04X} does not belong in text; "
            "this looks like binary data. Send the text of the report.",
            place=f"character {control.start()}",
        )
    return text


def decode(data: bytes, charset: str | None = None) -> str:
    """The characters of `data`. A BOM is encoding, not text.

    Order: the BOM; the charset that the sender names; UTF-8; Windows-1252 (of which the
    printable half is Latin-1) when the bytes read as Western European text in it. Nothing
    else is guessed: a wrong guess would change words of the report.
    """
    for bom, name in _BOMS:
        if data.startswith(bom):
            return check_text(_strict(data[len(bom) :], name, skipped=len(bom)))
    if charset:
        return check_text(_strict(data, _codec(charset)).removeprefix("\ufeff"))
    try:
        return check_text(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        if _CONTROL.search(data.decode("latin-1")):
            raise _refusal(error.start, "UTF-8") from error
        western = _western(data)
        if western is None:
            raise _refusal(error.start, "UTF-8") from error
        return western


def _refusal(offset: int, name: str) -> EncodingError:
    return EncodingError(f"The bytes are not {name}. {_REMEDY}", place=f"byte {offset}")


def _strict(data: bytes, name: str, *, skipped: int = 0) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        raise _refusal(error.start + skipped, name.upper()) from error
    except UnicodeError as error:
        raise _refusal(skipped, name.upper()) from error


def _codec(charset: str) -> str:
    try:
        info = codecs.lookup(charset.strip().strip('"'))
    except (LookupError, ValueError) as error:
        raise EncodingError(
            "The charset of the media type is not known. Save the document as UTF-8."
        ) from error
    if not getattr(info, "_is_text_encoding", True) or info.name in _NOT_FOR_FILES:
        raise EncodingError(
            "The charset of the media type is no text encoding. Save the document as UTF-8."
        )
    return info.name


# Signs that Western European text has beyond ASCII: letters, typographic quotes and dashes,
# and those of measurements. Three quarters of the signs beyond ASCII must be of them.
_WESTERN = frozenset(
    "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿßœšžÀÁÂÄÅÆÇÈÉÊËÍÎÑÓÔÖØÙÚÜŠŽŒ–—‘’“”„…•°±µ×²³½¼¾®©™«»·€ "
)
# Capitals with accents inside words are the mark of a wrong guess ("rÃ©nal").
_SHOUTING = re.compile(r"[a-z][À-ÖØ-Þ]|[À-ÖØ-Þ]{2}[a-z]")


def _western(data: bytes) -> str | None:
    """The text in Windows-1252, if it looks like text in that encoding and no other."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    beyond = [sign for sign in text if ord(sign) > 127]
    if _LATIN_CONTROL.search(text) or len(beyond) * 5 > len(text):
        return None
    if sum(1 for sign in beyond if sign in _WESTERN) * 4 < len(beyond) * 3:
        return None
    return None if _SHOUTING.search(text) else text

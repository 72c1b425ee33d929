"""JSON reports: title and sections as a client has them; the schema is published.

The text is written here, section after section, in the order given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from app.documents.encoding import check_text, decode
from app.documents.headings import load_headings
from app.documents.layout import load_layout
from app.documents.sections import Sections, nested_kind
from app.documents.writer import Writer
from app.errors import MalformedDocument
from app.settings import Settings
from app.text import Article, Author, BlockKind, Document

DEEPEST = 32
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORDS = ("true", "false", "null")

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class JsonAuthor(_Strict):
    """An author with the parts of the name."""

    name: Words = Field(description="The name as printed.")
    family: Words | None = Field(default=None, description="Family name.")
    given: Words | None = Field(default=None, description="Given names.")
    affiliations: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        default=(), strict=False, description="Which entries of `affiliations`, from 0."
    )


class JsonSection(_Strict):
    """A section; what it is (case, discussion, ...) is known by its title."""

    title: Words | None = Field(default=None, description="Heading, e.g. 'Case presentation'.")
    text: str = Field(default="", description="Paragraphs, a blank line between them.")
    sections: tuple[JsonSection, ...] = Field(
        default=(), strict=False, description="Sections inside this one."
    )


class JsonReport(_Strict):
    """A case report: a title, and its text in sections or as a whole."""

    title: Words | None = Field(default=None, description="Title of the report.")
    authors: tuple[Words | JsonAuthor, ...] = Field(default=(), strict=False)
    affiliations: tuple[Words, ...] = Field(default=(), strict=False)
    journal: Words | None = None
    doi: Words | None = Field(default=None, description="DOI without a resolver's address.")
    licence: Words | None = Field(default=None, description="Licence, best its address.")
    published: (
        Annotated[
            str, StringConstraints(pattern=r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")
        ]
        | None
    ) = Field(default=None, description="Date of publication: YYYY, YYYY-MM or YYYY-MM-DD.")
    language: Words | None = Field(default=None, description="BCP 47 tag, e.g. 'en'.")
    keywords: tuple[Words, ...] = Field(default=(), strict=False)
    abstract: str | None = Field(default=None, description="Abstract, structured or not.")
    text: str | None = Field(
        default=None, description="The text as a whole, read like a plain text."
    )
    sections: tuple[JsonSection, ...] = Field(
        default=(), strict=False, description="Sections in the order of the report."
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the reports that are taken."""
    schema = JsonReport.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def read(data: bytes, charset: str | None, *, media_type: str, settings: Settings) -> Document:
    """A document of a JSON report. MalformedDocument with line and column, or with the path of
    the first field that the schema does not know."""
    value = _parsed(decode(data, charset))
    for words in _strings(value):
        check_text(words)
    report = _checked(value)
    writer = _written(report, settings.mappings)
    return Document(
        text=writer.text,
        media_type=media_type,
        blocks=tuple(writer.blocks),
        article=_article(report),
        original=data,
    )


def _checked(value: Any) -> JsonReport:
    try:
        return JsonReport.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        path = _path(first["loc"])
        reason = (
            "there is no such field" if first["type"] == "extra_forbidden" else first["msg"].lower()
        )
        raise MalformedDocument(
            f"The JSON does not follow the schema of reports: {reason}.", place=path
        ) from None


def _path(location: tuple[int | str, ...]) -> str:
    """JSONPath of a field; names of pydantic's alternatives in it are left out."""
    path = "$"
    last = len(location) - 1
    for index, part in enumerate(location):
        if isinstance(part, int):
            path += f"[{part}]"
        elif index == last or not part.startswith(("constrained-", "JsonAuthor")):
            path += f".{part[:60]}"
    return path


# -- text of the file into values -----------------------------------------------------------


def _place(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    return f"line {line}, column {at - text.rfind(chr(10), 0, at)}"


def _scan(text: str) -> None:
    """Refuses what the standard parser lets pass: double keys, NaN, great depth."""
    stack: list[set[str] | None] = []
    expecting_key = False
    for match in _TOKEN.finditer(text):
        sign = match[0]
        if sign in "{[":
            stack.append(set() if sign == "{" else None)
            expecting_key = sign == "{"
            if len(stack) > DEEPEST:
                raise MalformedDocument(
                    f"The JSON is nested more than {DEEPEST} deep.",
                    place=_place(text, match.start()),
                )
        elif sign in "}]":
            if stack:
                stack.pop()
            expecting_key = False
        elif sign == ",":
            expecting_key = bool(stack) and stack[-1] is not None
        elif sign[0] == '"' and expecting_key:
            keys = stack[-1]
            if keys is not None:
                if sign in keys:
                    raise MalformedDocument(
                        "A field occurs twice in one object. Give it once.",
                        place=_place(text, match.start()),
                    )
                keys.add(sign)
            expecting_key = False
        elif sign[0] not in '":' and sign not in _WORDS and not _NUMBER.fullmatch(sign):
            raise MalformedDocument(
                "This is not JSON: a name or number that JSON does not have.",
                place=_place(text, match.start()),
            )


def _parsed(text: str) -> Any:
    _scan(text)
    try:
        # No field is a number, so their size does not matter; huge ones must not be computed.
        return json.loads(text, parse_int=_small, parse_float=_small, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise MalformedDocument(
            f"This is not JSON ({error.msg.lower()}).",
            place=f"line {error.lineno}, column {error.colno}",
        ) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise MalformedDocument("A field occurs twice in one object. Give it once.")
    return found


def _strings(value: Any) -> Iterator[str]:
    """All strings in a value, names of fields among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from _strings(one)


def _small(digits: str) -> int | float:
    return int(digits) if digits.isdigit() and len(digits) < 10 else 0.5


# -- values into text ---------------------------------------------------------------------------


def _written(report: JsonReport, overlay: Path | None) -> Writer:
    writer = Writer(load_headings(overlay), load_layout(overlay))
    if report.title:
        writer.block(BlockKind.TITLE, report.title)
    names = [one if isinstance(one, str) else one.name for one in report.authors]
    writer.block(BlockKind.AUTHORS, ", ".join(names))
    for affiliation in report.affiliations:
        writer.block(BlockKind.AFFILIATION, affiliation)
    if report.abstract and report.abstract.strip():
        writer.block(BlockKind.HEADING, "Abstract", ("Abstract",))
        writer.running_text(report.abstract, Sections.inside(BlockKind.ABSTRACT, ("Abstract",)))
    if report.keywords:
        writer.block(BlockKind.HEADING, "Keywords", ("Keywords",))
        writer.block(BlockKind.KEYWORDS, ", ".join(report.keywords), ("Keywords",))
    if report.text and report.text.strip():
        writer.running_text(report.text, Sections(), titled=not writer.blocks)
    for section in report.sections:
        _write_section(writer, section, None, ())
    return writer


def _write_section(
    writer: Writer, section: JsonSection, parent: BlockKind | None, above: tuple[str, ...]
) -> None:
    kind = parent or BlockKind.UNKNOWN
    if section.title:
        kind = nested_kind(parent, writer.headings.find(section.title))
        above = (*above, section.title)
        writer.block(BlockKind.HEADING, section.title, above)
    state = Sections.inside(kind, above) if above else Sections()
    writer.running_text(section.text, state)
    for inner in section.sections:
        _write_section(writer, inner, kind if above else None, above)


def _article(report: JsonReport) -> Article:
    authors = tuple(
        Author(one)
        if isinstance(one, str)
        else Author(
            one.name,
            one.family,
            one.given,
            tuple(index for index in one.affiliations if index < len(report.affiliations)),
        )
        for one in report.authors
    )
    return Article(
        title=report.title,
        authors=authors,
        affiliations=report.affiliations,
        journal=report.journal,
        doi=report.doi,
        licence=report.licence,
        published=report.published,
        language=report.language,
    )

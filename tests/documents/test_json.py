from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from app import documents
from app.errors import EmptyDocument, EncodingError, InputError, MalformedDocument
from app.text import BlockKind as Kind
from tests.documents.reading import check_blocks, headings_of, kind_of, read

REPORT: dict[str, Any] = {
    "title": "Hiccups for a Week",
    "authors": ["Ada Moss", {"name": "Finn Lund", "family": "Lund", "affiliations": [0]}],
    "affiliations": ["Example Hospital"],
    "doi": "10.1234/x",
    "published": "2021-05",
    "abstract": "Background: Hiccups are common. Case: A man hiccuped.",
    "keywords": ["hiccups"],
    "sections": [
        {"title": "Introduction", "text": "They stop by themselves."},
        {
            "title": "Case report",
            "text": "A man of 50 hiccuped.\n\nFigure 1. The man.",
            "sections": [{"title": "Outcome", "text": "They stopped."}],
        },
        {"title": "Discussion", "text": "Sugar may help."},
    ],
}


def test_report() -> None:
    data = json.dumps(REPORT).encode()
    document = read(data)
    check_blocks(document)
    assert document.media_type == "application/json"
    assert document.original == data
    assert headings_of(document, "They stopped.") == ("Case report", "Outcome")
    expected = {
        "Hiccups for a Week": Kind.TITLE,
        "Ada Moss, Finn Lund": Kind.AUTHORS,
        "A man hiccuped.": Kind.ABSTRACT,
        "They stop by": Kind.INTRODUCTION,
        "A man of 50": Kind.CASE,
        "Figure 1.": Kind.LEGEND,
        "They stopped.": Kind.CASE,
        "Sugar may": Kind.DISCUSSION,
    }
    assert {words: kind_of(document, words) for words in expected} == expected
    assert document.article.authors[1].affiliations == (0,)
    assert document.article.published == "2021-05"


def test_schema_takes_what_is_read_and_refuses_the_rest() -> None:
    validator = jsonschema_rs.validator_for(documents.json_schema())
    assert validator.is_valid(REPORT)
    assert not validator.is_valid({**REPORT, "colour": "red"})
    assert not validator.is_valid({"title": 5})


def test_text_alone_is_read_like_plain_text() -> None:
    document = read(b'{"text": "A Rare Rash\\n\\nCase report\\nA boy had a rash."}')
    assert kind_of(document, "A boy") is Kind.CASE
    assert kind_of(document, "A Rare") is Kind.TITLE


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"title": "a",\n "title": "b"}', "line 2, column 2"),
        ('{"title": "a", "sections": [', "line 1, column 29"),
        ('{"title":\n NaN}', "line 2, column 2"),
        ('{"title": -Infinity}', "line 1, column 11"),
        ("[" * 40 + "]" * 40, "line 1, column 33"),
        ('{"title": "a",}', "line 1, column 15"),
        ('{"sections": [{"titel": "Case"}]}', "$.sections[0].titel"),
        ('{"resourceType": "Patient"}', "$.resourceType"),
        ('{"authors": [{"name": "A", "age": 5}]}', "$.authors[0]"),
        ('{"sections": [{"text": 5}]}', "$.sections[0].text"),
        ('{"published": "May 2021"}', "$.published"),
        ('"text"', "$"),
    ],
)
def test_wrong_json_has_its_place(text: str, place: str) -> None:
    with pytest.raises(MalformedDocument) as caught:
        read(text.encode(), "application/json")
    assert (caught.value.place or "").startswith(place)


def test_keys_that_differ_only_in_writing_are_the_same() -> None:
    with pytest.raises(MalformedDocument):
        read(b'{"title": "a", "titl\\u0065": "b"}')


@pytest.mark.parametrize(
    "text", [r'{"text": "\ud800 fever"}', r'{"doi": "\udc00", "text": "a"}', r'{"\ud800": 1}']
)
def test_lone_surrogates(text: str) -> None:
    with pytest.raises(EncodingError):
        read(text.encode(), "application/json")


@pytest.mark.parametrize("text", ["{}", '{"text": " "}', '{"sections": []}'])
def test_report_without_words(text: str) -> None:
    with pytest.raises(EmptyDocument):
        read(text.encode(), "application/json")


def test_truncated_anywhere() -> None:
    data = json.dumps(REPORT).encode()
    for cut in range(len(data)):
        with pytest.raises(InputError):
            read(data[:cut], "application/json")

from __future__ import annotations

import pytest

from app.text import BlockKind as Kind
from tests.documents.reading import check_blocks, headings_of, kind_of, kinds, read

REPORT = """---
title: ignored when a heading says it
---
# Milk and a *Swollen* Eye

Ada Moss, MD, Example Hospital

## Abstract

**Background:** Milk is white. **Case:** A girl had a swollen eye.

Case Report
-----------

A girl of 4 had a swollen eye.

### Laboratory findings ###

- Eosinophils were 12%
- IgE was high

| Test | Value |
|------|-------|
| CRP  | 3 mg/L |

> She slept.

## Discussion

Cows give milk.
"""


@pytest.mark.parametrize("breaks", ["\n", "\r\n"])
def test_report(breaks: str) -> None:
    text = REPORT.replace("\n", breaks)
    document = read(text, "text/markdown")
    assert document.text == text
    assert document.original is None
    check_blocks(document)
    expected = {
        "Milk and a": Kind.TITLE,
        "Ada Moss": Kind.AUTHORS,
        "Milk is white": Kind.INTRODUCTION,
        "A girl had": Kind.ABSTRACT,
        "A girl of 4": Kind.CASE,
        "Eosinophils": Kind.CASE,
        "IgE": Kind.CASE,
        "CRP": Kind.TABLE,
        "She slept": Kind.CASE,
        "Cows give": Kind.DISCUSSION,
    }
    assert {words: kind_of(document, words) for words in expected} == expected
    assert headings_of(document, "IgE") == ("Case Report", "Laboratory findings")
    assert ("heading", "Laboratory findings") in kinds(document, headings=True)
    assert document.article.title == "Milk and a Swollen Eye"


def test_without_headings_it_is_read_like_plain_text() -> None:
    document = read("Case report\n\nA man fell.\n", "text/markdown")
    assert kind_of(document, "A man") is Kind.CASE
    assert document.media_type == "text/markdown"

"""What holds for every input, however odd."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import InputError
from tests.documents.reading import check_blocks, read

_PIECES = st.sampled_from(
    ["Case report", "Abstract", "Background: ", "Discussion", "References", "1. ", "2.1 ", "\n",
     "\n\n", "\r\n", "\u2028", "\t", " | ", "Figure 1. ", "Table 2 ", "A man had fever.", "Case 2",
     "Treatment", "Keywords: x", "et al 2001;3:4.", "MD, ", "é", "א", "\u00a0", ":", "#", "## ",
     "- ", "**", "> ", "---", "|-|-|", "Conclusion. ", "CASE REPORT A", "TITLE", "(", "𝄞",
     "ﬁ", "\ufeff"]
)  # fmt: skip
_TEXTS = st.one_of(st.text(), st.lists(_PIECES, max_size=40).map("".join))
_TYPES = st.sampled_from(
    [
        None,
        "text/plain",
        "text/markdown",
        "application/json",
        "application/xml",
        "text/plain; charset=latin-1",
    ]
)


@settings(max_examples=300, deadline=None)
@given(_TEXTS, st.sampled_from(["text/plain", "text/markdown"]))
def test_verbatim_text_and_its_blocks(text: str, media_type: str) -> None:
    try:
        document = read(text, media_type)
    except InputError:
        return
    assert document.text == text.removeprefix("\ufeff")
    check_blocks(document)
    covered = "".join(document.quote(block.span) for block in document.blocks)
    if media_type == "text/plain":
        assert "".join(covered.split()) == "".join(document.text.split())


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(), _TEXTS.map(lambda text: text.encode("utf-8", "replace"))), _TYPES)
def test_any_bytes_are_read_or_refused(data: bytes, media_type: str | None) -> None:
    try:
        document = read(data, media_type)
    except InputError:
        return
    check_blocks(document)
    assert document.text.encode("utf-8").decode("utf-8") == document.text


@settings(max_examples=100, deadline=None)
@given(_TEXTS)
def test_the_same_input_gives_the_same_document(text: str) -> None:
    try:
        first = read(text)
    except InputError:
        return
    assert read(text) == first


@pytest.mark.parametrize(
    "piece",
    ["A man had fever and cough. ", "a\n", "A man.\n\n", "1. Doe J. X. 2001;3:4.\n", "Case: ", "A-",
     "CASE ", "ABCD, EFGH, ", " ", "É", "Case report\n\n", "x\t", "Figure 1. A\n"],
)  # fmt: skip
def test_time_grows_with_length_and_no_faster(piece: str) -> None:
    def seconds(size: int) -> float:
        text = "Start " + piece * (size // len(piece)) + "end."
        times = []
        for _ in range(3):
            begin = time.process_time()
            read(text)
            times.append(time.process_time() - begin)
        return min(times)

    short, long = seconds(30_000), seconds(240_000)
    assert long < 30 * short + 0.1, f"8 times the text took {long / short:.0f} times as long"

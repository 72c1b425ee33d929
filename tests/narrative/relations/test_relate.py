"""Which modifier belongs to which head, in marked sentences."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.narrative import relations
from app.resources import layers
from tests.narrative.relations.marking import KINDS, read

RELATER = relations.load(layers(None))
MARKED = Path(__file__).with_name("marked.txt")


def related(marked: str) -> list[str]:
    """The relations of a marked text as `kind: head <- modifier`."""
    document, sentences, mentions = read(marked)
    return [
        f"{r.kind.value}: {document.quote(mentions[r.head].span)}"
        f" <- {document.quote(mentions[r.modifier].span)}"
        for r in RELATER.relate(document, sentences, mentions)
    ]


def cases() -> list[tuple[str, list[str]]]:
    """Marked sentences of the file with the relations below them."""
    out: list[tuple[str, list[str]]] = []
    for line in MARKED.read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            out[-1][1].append(line.strip())
        elif line and not line.startswith("#"):
            out.append((line, []))
    return out


@pytest.mark.parametrize(("marked", "expected"), cases(), ids=[m[:60] for m, _ in cases()])
def test_marked_sentence(marked: str, expected: list[str]) -> None:
    assert sorted(related(marked)) == sorted(expected)


def test_a_study_is_not_carried_into_another_block_or_past_a_new_subject() -> None:
    carried = "[T:CT] showed [S:ascites]. || It also showed [S:edema]."
    assert "seen-in: edema <- CT" in related(carried)
    broken = "[T:CT] showed [S:ascites]. || He went home. || [S:Fever] was noted later."
    assert "seen-in: Fever <- CT" not in related(broken)


def test_relations_come_in_one_order() -> None:
    marked = "[V:Increased] [T:WBC] and [T:CRP] with [X:severe] [S:pain] in the [B:left hip]."
    document, sentences, mentions = read(marked)
    found = RELATER.relate(document, sentences, mentions)
    assert list(found) == sorted(found, key=lambda r: (r.head, r.modifier, r.kind))
    assert len(set(found)) == len(found)


def test_mentions_may_come_in_any_order() -> None:
    marked = "[T:Sodium] [V:135], [T:potassium] [V:4.1] and [T:chloride] [V:100 mmol/L]."
    document, sentences, mentions = read(marked)
    back = mentions[::-1]
    quotes = {
        (document.quote(back[r.head].span), document.quote(back[r.modifier].span))
        for r in RELATER.relate(document, sentences, back)
    }
    assert quotes == {("Sodium", "135"), ("potassium", "4.1"), ("chloride", "100 mmol/L")}


def test_no_mentions_no_relations() -> None:
    document, sentences, mentions = read("Nothing is marked here.")
    assert RELATER.relate(document, sentences, mentions) == ()


_WORDS = st.sampled_from(
    ["was", "and", ",", "of", "the", "showed", "due to", "respectively", ";", "(", ")", "with", "."]
)
_MARKS = st.builds(
    "[{}:{}]".format, st.sampled_from(sorted(KINDS)), st.sampled_from(["x", "8.2 g", "the mass"])
)
_TEXTS = st.lists(st.one_of(_WORDS, _MARKS, st.just("||")), max_size=25).map(" ".join)


@given(_TEXTS)
def test_any_arrangement_is_read_without_error(marked: str) -> None:
    document, sentences, mentions = read(re.sub(r"(?:\|\| ?)+$", "", marked))
    for relation in RELATER.relate(document, sentences, mentions):
        assert relation.head != relation.modifier
        assert 0 <= relation.head < len(mentions)
        assert 0 <= relation.modifier < len(mentions)

"""Terms in running text."""

from __future__ import annotations

import time

from app.narrative.tokens import tokenize
from app.terminology import Domain, Vocabulary


def found(vocabulary: Vocabulary, text: str) -> dict[str, frozenset[Domain]]:
    tokens = tokenize(text)
    return {
        text[tokens[m.start_token].span.start : tokens[m.end_token - 1].span.end]: m.domains
        for m in vocabulary.matches(tokens)
    }


def test_the_longest_term_is_taken(sources_only: Vocabulary) -> None:
    terms = found(sources_only, "She had severe low back pain and spinal stenosis for a year.")
    assert Domain.FINDING in terms["low back pain"]
    assert "spinal stenosis" in terms
    assert "pain" not in terms


def test_matches_do_not_overlap_and_are_in_order(sources_only: Vocabulary) -> None:
    tokens = tokenize(
        "Chest pain, myocardial infarction of the left ventricle, atrial fibrillation."
    )
    ends = [0]
    for match in sources_only.matches(tokens):
        assert ends[-1] <= match.start_token < match.end_token <= len(tokens)
        ends.append(match.end_token)
    assert len(ends) > 3


def test_hyphens_plurals_and_spelling_do_not_hide_a_term(sources_only: Vocabulary) -> None:
    terms = found(sources_only, "Pleural effusions, non-small-cell lung cancer and dyspnoea.")
    assert {"Pleural effusions", "non-small-cell lung cancer", "dyspnoea"} <= set(terms)


def test_everyday_words_are_no_terms(sources_only: Vocabulary) -> None:
    text = "The patient was discharged home after two days; his mother was present during this."
    assert found(sources_only, text) == {}


def test_an_abbreviation_is_a_term_only_as_printed(sources_only: Vocabulary) -> None:
    assert "CKD" in found(sources_only, "He has CKD.")
    assert found(sources_only, "he has ckd") == {}
    match = sources_only.matches(tokenize("CKD"))[0]
    assert not match.exact


def test_no_tokens_no_terms(sources_only: Vocabulary) -> None:
    assert sources_only.matches(()) == []


def test_a_report_takes_milliseconds(vocabulary: Vocabulary) -> None:
    text = (
        "A 54-year-old man with hypertension and type 2 diabetes mellitus presented with "
        "fever, productive cough and left-sided pleuritic chest pain for three days. "
    ) * 18
    tokens = tokenize(text)
    vocabulary.matches(tokens)
    best = min(_time(vocabulary, tokens) for _ in range(5))
    assert best < 0.05  # measured: about 0.002 s; the limit leaves room for a busy machine


def _time(vocabulary: Vocabulary, tokens: object) -> float:
    start = time.perf_counter()
    vocabulary.matches(tokens)  # type: ignore[arg-type]
    return time.perf_counter() - start

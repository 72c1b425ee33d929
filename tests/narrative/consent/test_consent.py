"""Consent as reports word it."""

from __future__ import annotations

import pytest

from app.narrative import consent, patients, scope, sentences
from app.narrative.mentions import ConsentStatement
from app.resources import layers
from app.text import BlockKind, Document
from tests.narrative.building import document

_SCOPE = scope.load(layers(None))
_PATIENTS = patients.load(layers(None))
_CONSENTS = consent.load(layers(None))


def _find(read: Document) -> tuple[ConsentStatement, ...]:
    judged = _SCOPE.judge(read, sentences.split(read))
    return _CONSENTS.find(read, judged, _PATIENTS.describe(read, judged))


def _with_case(words: str, kind: BlockKind = BlockKind.STATEMENTS) -> Document:
    return document((BlockKind.CASE, "A 40-year-old patient had gout."), (kind, words))


@pytest.mark.parametrize(
    ("words", "scope", "by", "written"),
    [
        ("Written informed consent was obtained from the patient for publication of this case "
         "report and any accompanying images.", "publication", "patient", True),
        ("Written informed consent was obtained from the patient's parents for publication.",
         "publication", "parent", True),
        ("The patient gave consent for publication.", "publication", "patient", None),
        ("The patient's written informed consent to publish the case was obtained.",
         "publication", "patient", True),
        ("Informed consent was obtained from the next of kin for publication of this report.",
         "publication", "relative", None),
        ("The legal guardian provided written consent for publication of the images.",
         "publication", "parent", True),
        ("Verbal consent to publish was obtained from the patient.",
         "publication", "patient", False),
        ("Oral informed consent for publication was given by the patient.",
         "publication", "patient", False),
        ("The mother signed a consent form for publication.", "publication", "parent", True),
        ("Both parents consented to the publication of this article.",
         "publication", "parent", None),
        ("Written informed consent was obtained from the individual(s) for the publication of any "
         "data included in this article.", "publication", "patient", True),
        ("The patients/participants provided their written informed consent to participate in "
         "this study.", "research", "patient", True),
        ("Informed consent for genetic testing was obtained from the parents.",
         "research", "parent", None),
        ("Written consent for the operation was obtained from the patient.",
         "treatment", "patient", True),
        ("The family gave informed consent for treatment with rituximab.",
         "treatment", "relative", None),
        ("Consent to publish was obtained.", "publication", "unknown", None),
        ("Permission to publish was granted by her husband.", "publication", "relative", None),
        ("The patient provided permission to publish these images.",
         "publication", "patient", None),
        ("Informed written consent was taken from the patient.", "publication", "patient", True),
        ("Written consent has been obtained from the patient's son for publication.",
         "publication", "relative", True),
        ("We obtained written informed consent from the patient to publish this report.",
         "publication", "patient", True),
        ("The patient agreed to the publication of the case and gave consent.",
         "publication", "patient", None),
    ],
)  # fmt: skip
def test_consent(words: str, scope: str, by: str, written: bool | None) -> None:
    (found,) = _find(_with_case(words))
    assert (found.scope, found.by, found.written) == (scope, by, written)
    assert found.patient == "p1"


@pytest.mark.parametrize(
    "words",
    [
        "Informed consent was waived.",
        "Informed consent was not required.",
        "Consent for publication: Not applicable.",
        "Consent for publication was not applicable.",
        "The need for informed consent was waived by the board.",
        "The requirement for consent was waived.",
        "The study was approved by the ethics committee.",
        "Ethical approval was obtained from the review board.",
        "The patient refused to give consent.",
        "No consent was obtained.",
        "Consent could not be obtained as the patient had died.",
        "All authors gave consent for publication.",
        "Permission to reprint Figure 2 was obtained from the publisher.",
        "Written consent should be obtained from every patient.",
        "The authors declare no conflict of interest.",
        "Ethics board approval was not required.",
        "Written informed consent was not obtained from the patient.",
        "Surgery was performed without consent.",
    ],
)
def test_no_consent(words: str) -> None:
    assert _find(_with_case(words)) == ()


def test_a_repeated_consent_is_one_with_what_either_says() -> None:
    read = document(
        (BlockKind.CASE, "A patient had gout. Consent for publication was obtained."),
        (BlockKind.STATEMENTS, "Written consent for publication was given by the patient."),
    )
    (found,) = _find(read)
    assert (found.by, found.written) == ("patient", True)


def test_the_span_is_the_clause() -> None:
    words = "The board approved the report; written consent to publish was given by the patient."
    read = _with_case(words)
    (found,) = _find(read)
    assert read.quote(found.span) == "written consent to publish was given by the patient"


def test_treatment_and_publication_are_two() -> None:
    read = document(
        (BlockKind.CASE, "The patient had gout. Informed consent for surgery was obtained."),
        (BlockKind.STATEMENTS, "The patient gave written consent for publication."),
    )
    assert [c.scope.value for c in _find(read)] == ["treatment", "publication"]


@pytest.mark.parametrize("kind", [BlockKind.CASE, BlockKind.AUTHORS, BlockKind.ACKNOWLEDGEMENT])
def test_consent_is_found_wherever_it_stands(kind: BlockKind) -> None:
    words = "Written informed consent to publish was obtained from the patient."
    assert len(_find(_with_case(words, kind))) == 1

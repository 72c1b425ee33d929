from __future__ import annotations

import pytest

from app.text import BlockKind as Kind
from tests.documents.reading import check_blocks, headings_of, kind_of, kinds, plain, read

REPORT = """A Swollen Knee After Gardening: A Case Report

Ada B. Moss, MD, and Finn Lund, PhD

Department of Medicine, Example University Hospital, Oslo, Norway
Correspondence: Ada Moss, ada@example.org

Abstract
Background: Septic arthritis is rare in adults. Case presentation: A 41-year-old man had a \
swollen knee. Conclusion: Ask about thorns.

Keywords: arthritis, thorn

1. Introduction
Thorns can carry Pantoea.

2. Case Report
2.1 Clinical findings
A 41-year-old man presented with a swollen knee. He had no fever.
Figure 1. Radiograph of the knee.
Figure 1 shows no fracture.

2.2 Treatment
He was given ceftriaxone 2 g daily.

3. Discussion
Most reports come from Israel.

Conflict of Interest
None.

Acknowledgements
We thank the nurses.

References
1. Doe J, Roe R. Thorns. J Ex Med 2011;3:4-6.
2. Poe E. More thorns. J Ex Med 2012;4:5-9.
"""


@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\r"])
def test_report_with_numbered_headings(breaks: str) -> None:
    text = REPORT.replace("\n", breaks)
    document = plain(text)
    assert document.text == text
    check_blocks(document)
    assert document.article.title == "A Swollen Knee After Gardening: A Case Report"
    expected = {
        "A Swollen Knee": Kind.TITLE,
        "Ada B. Moss": Kind.AUTHORS,
        "Department of": Kind.AFFILIATION,
        "Septic arthritis is": Kind.INTRODUCTION,
        "A 41-year-old man had": Kind.ABSTRACT,
        "Ask about": Kind.DISCUSSION,
        "arthritis, thorn": Kind.KEYWORDS,
        "Thorns can": Kind.INTRODUCTION,
        "A 41-year-old man presented": Kind.CASE,
        "Radiograph": Kind.LEGEND,
        "He was given": Kind.CASE,
        "Most reports": Kind.DISCUSSION,
        "None.": Kind.STATEMENTS,
        "We thank": Kind.ACKNOWLEDGEMENT,
        "1. Doe": Kind.REFERENCES,
        "2. Poe": Kind.REFERENCES,
    }
    assert {words: kind_of(document, words) for words in expected} == expected
    assert headings_of(document, "He was given") == ("2. Case Report", "2.2 Treatment")
    assert headings_of(document, "Ask about") == ("Abstract", "Conclusion")


def test_parts_of_a_case_stay_in_it() -> None:
    document = plain(
        "Title of a Report\n\nCASE PRESENTATION\n\nCase 1\n\nChief complaints:\nA boy had pain.\n\n"
        "Laboratory Examinations\nSodium was 120 mmol/L.\n\nCase 2\n\nTreatment\n"
        "A girl was given water.\n\nDISCUSSION\nSalt matters.\n\nTreatment\nWater helps.\n"
    )
    assert headings_of(document, "A boy") == ("CASE PRESENTATION", "Case 1", "Chief complaints")
    assert headings_of(document, "A girl") == ("CASE PRESENTATION", "Case 2", "Treatment")
    for words in ("A boy", "Sodium", "A girl"):
        assert kind_of(document, words) is Kind.CASE
    assert kind_of(document, "Water helps") is Kind.DISCUSSION


def test_parts_alone_open_a_case() -> None:
    document = plain(
        "Introduction\nStones are common in dry lands.\n\nPatient information\nA man of 50 had "
        "colic.\n\nClinical findings\nHis flank was tender.\n\nDiscussion\nDrink water.\n"
    )
    assert kind_of(document, "A man of 50") is Kind.CASE
    assert headings_of(document, "His flank") == ("Clinical findings",)


@pytest.mark.parametrize(
    "heading",
    ["Case", "CASE REPORT", "2. Case description", "II. Clinical Presentation", "Report of a case:",
     "Presentation of Case", "Observation", "Case history", "Case Report."],
)  # fmt: skip
def test_wordings_of_the_case_section(heading: str) -> None:
    text = f"Introduction\nIt is rare.\n\n{heading}\nA woman of 30 fainted.\n\nDiscussion\nRest."
    assert kind_of(plain(text), "A woman of 30") is Kind.CASE


def test_heading_that_runs_into_its_text() -> None:
    document = plain("Case Presentation: A 50-year-old man fell.\n\nDiscussion: Falls are common.")
    assert kinds(document, headings=True) == [
        ("heading", "Case Presentation:"),
        ("case", "A 50-year-old man"),
        ("heading", "Discussion:"),
        ("discussion", "Falls are common."),
    ]


def test_labels_in_capitals_without_colon() -> None:
    document = plain(
        "BACKGROUND Cysts are benign. CASE REPORT: A man of 61 had a cyst. CONCLUSIONS: Look."
    )
    assert kind_of(document, "Cysts are") is Kind.INTRODUCTION
    assert kind_of(document, "A man of 61") is Kind.CASE
    assert kind_of(document, "Look") is Kind.DISCUSSION


def test_labels_of_an_abstract_on_their_own_lines_end_with_its_conclusion() -> None:
    document = plain(
        "A Rare Rash\n\nAbstract\n\nBackground\n\nRashes are many.\n\nCase presentation\n\n"
        "A boy had a rash.\n\nConclusions\n\nLook at skin.\n\nBackground\n\nSkin is large.\n\n"
        "Case presentation\n\nA boy of 9 came.\n"
    )
    assert kind_of(document, "A boy had") is Kind.ABSTRACT
    assert headings_of(document, "Rashes") == ("Abstract", "Background")
    assert headings_of(document, "Skin is") == ("Background",)
    assert kind_of(document, "A boy of 9") is Kind.CASE


def test_short_report_without_headings_is_left_to_its_sentences() -> None:
    document = plain(
        "Clinical Images\n\nAir Where Bowel Should Be\n\nIda Holm, MD, Example Hospital, Bergen. "
        "The patient gave written consent.\n\nChilaiditi sign is rare.\n\nA 70-year-old man had a "
        "chest radiograph.\n\nFIGURE 2: Air under the diaphragm.\n\n"
        "1. Ek A. Air. Lancet 1990;2:3.\n2. Alm B. Bowel. Lancet 1991;3:4.\n"
    )
    assert kinds(document) == [
        ("title", "Air Where Bowel"),
        ("authors", "Ida Holm, MD,"),
        ("unknown", "Chilaiditi sign is"),
        ("unknown", "A 70-year-old man"),
        ("legend", "FIGURE 2: Air"),
        ("references", "1. Ek A."),
        ("references", "2. Alm B."),
    ]


def test_one_sentence_a_line_is_no_list_of_titles() -> None:
    lines = ["A 30-year-old nurse had a headache", "Her neck was stiff.", "The CT was normal."]
    document = plain("\n".join(lines) + "\n")
    assert kinds(document) == [("unknown", "A 30-year-old nurse")]
    assert document.article.title is None


def test_lines_that_hold_several_sentences_are_paragraphs() -> None:
    first = "A man came at night. He had pain in the chest. An ECG was done at once."
    second = "The pain went away. He was sent home. He came back after a week."
    assert len(plain(f"Case report\n{first}\n{second}\n").blocks) == 3


def test_wrapped_lines_are_one_paragraph() -> None:
    text = "Case report\nA man of 50 years was brought to\nExample Hospital because of his leg.\n"
    assert kinds(plain(text)) == [("case", "A man of")]


def test_one_sentence() -> None:
    assert kinds(plain("There was no evidence of pneumonia.")) == [("unknown", "There was no")]


def test_note_with_labels_in_a_line() -> None:
    document = plain(
        "DISCHARGE NOTE.  HISTORY OF PRESENT ILLNESS: A man fell.  FAMILY HISTORY: Father had gout."
    )
    assert kind_of(document, "A man fell") is Kind.CASE
    assert headings_of(document, "Father had") == ("FAMILY HISTORY",)


def test_a_sentence_about_a_figure_is_no_legend() -> None:
    document = plain("Case\nShe had a CT.\n\nFigure 2 shows the mass. It was large.\n")
    assert kind_of(document, "Figure 2 shows") is Kind.CASE


def test_table_with_its_rows() -> None:
    document = plain(
        "Case report\nHe was tested.\n\nTable 1. Laboratory values\nSodium\t140\nPotassium\t4.1\n\n"
        "He went home.\n"
    )
    assert kind_of(document, "Potassium") is Kind.TABLE
    assert kind_of(document, "He went") is Kind.CASE


def test_statements_without_headings() -> None:
    document = plain(
        "Case report\nHe was well.\n\nWritten informed consent was obtained from the patient.\n\n"
        "Funding. None.\n"
    )
    assert kind_of(document, "Written informed") is Kind.STATEMENTS
    assert kind_of(document, "None.") is Kind.STATEMENTS


def test_numbered_list_in_a_case_is_no_list_of_references() -> None:
    document = plain("Case report\nHe took:\n1. aspirin 100 mg\n2. metformin 500 mg\n")
    assert kind_of(document, "2. metformin") is Kind.CASE


def test_right_to_left_text_is_read() -> None:
    text = "תיאור מקרה\n\nאישה בת 63 עם כאבי גב."
    document = read(text.encode("utf-8"))
    assert document.text == text
    check_blocks(document)

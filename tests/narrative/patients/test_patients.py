"""Age, sex and death of patients; texts without any."""

from __future__ import annotations

import pytest

from app.narrative import patients, scope, sentences
from app.narrative.mentions import PatientDescription
from app.resources import layers
from app.text import BlockKind, Document
from tests.narrative.building import document

_SCOPE = scope.load(layers(None))
_PATIENTS = patients.load(layers(None))


def _describe(read: Document) -> tuple[PatientDescription, ...]:
    return _PATIENTS.describe(read, _SCOPE.judge(read, sentences.split(read)))


def _one(words: str) -> PatientDescription:
    (patient,) = _describe(document((BlockKind.CASE, words)))
    return patient


@pytest.mark.parametrize(
    ("words", "value", "unit", "sex"),
    [
        ("A 63 year-old woman had gout.", "63", "a", "female"),
        ("A 63-year-old man had gout.", "63", "a", "male"),
        ("At 71 years of age, she suffered from gout.", "71", "a", "female"),
        ("A 71-year-old man had had gout at 50 years of age.", "71", "a", "male"),
        ("A 3-month-old boy was febrile.", "3", "mo", "male"),
        ("A 6-week-old girl had jaundice.", "6", "wk", "female"),
        ("A 23-day-old male neonate had apnea.", "23", "d", "male"),
        ("A newborn girl, 12 hours old, was cyanotic.", "12", "h", "female"),
        ("The patient was a lady aged 45 years.", "45", "a", "female"),
        ("A man aged 45 had cough.", "45", "a", "male"),
        ("A 34-y-o woman had rash.", "34", "a", "female"),
        ("A 68 yo F had dyspnea.", "68", "a", "female"),
        ("A 68 yo M had dyspnea.", "68", "a", "male"),
        ("A sixty-three-year-old gentleman had pain.", "63", "a", "male"),
        ("A twelve-year-old girl had fits.", "12", "a", "female"),
        ("A 72year old lady fell.", "72", "a", "female"),
        ("A 2.5-year-old boy limped.", "2.5", "a", "male"),
        ("A 2 and a half year old girl limped.", "2.5", "a", "female"),
        ("A 40 years old man had fever.", "40", "a", "male"),
        ("A 30-year-old pregnant woman had edema.", "30", "a", "female"),
        ("A previously healthy 8-year-old boy had croup.", "8", "a", "male"),
        ("An 85-year-old was admitted. He had fallen.", "85", "a", "male"),
        ("The patient, 51 years of age, had lupus. Her rash was faint.", "51", "a", "female"),
        ("A 30-year-old female was seen.", "30", "a", "female"),
        ("A 44-year-old Caucasian male smoker had cough.", "44", "a", "male"),
        ("A 55-year-old housewife had vertigo.", "55", "a", "female"),
        ("A girl aged 14 months had rickets.", "14", "mo", "female"),
        ("A 2 day old girl was referred.", "2", "d", "female"),
        ("A 13 months toddler was admitted. She had fever.", "13", "mo", "female"),
        ("A 1 month and 15 days old baby boy was admitted.", "1", "mo", "male"),
        ("A 52 year's old men was admitted.", "52", "a", "male"),
        ("The present case refers to a 62 year old male with ascites.", "62", "a", "male"),
        ("Mrs. AB, 35 years old is seen for lipothymia.", "35", "a", "female"),
    ],
)
def test_age_and_sex(words: str, value: str, unit: str, sex: str) -> None:
    found = _one(words)
    assert (found.age_value, found.age_unit, found.sex) == (value, unit, sex)


@pytest.mark.parametrize(
    "words",
    [
        "A woman in her sixties had gout.",
        "The patient had a 5-year history of gout.",
        "A man had gout since the age of many years.",
        "A woman over 60 years old age group was seen.",
        "The patient had pain for 3 weeks.",
        "A woman had surgery 12 years ago.",
        "His 45-year-old brother was well; the patient had fever.",
        "The graft of the patient was open after 10 years.",
    ],
)
def test_no_age(words: str) -> None:
    assert _one(words).age_value is None


def test_the_age_at_presentation_comes_before_earlier_ages() -> None:
    found = _one("At the age of 12 he had measles. A 40-year-old man, he now had encephalitis.")
    assert found.age_value == "40"


def test_a_newborns_age_is_not_the_mothers() -> None:
    found = _one("A male infant was born to a 30-year-old woman. He had apnea.")
    assert (found.age_value, found.sex) == (None, "male")


@pytest.mark.parametrize(
    ("words", "sex"),
    [
        ("The patient had fever. She was given fluids. Her pulse was fast.", "female"),
        ("The patient had fever. He was given fluids.", "male"),
        ("Mr. X was admitted with fever.", "male"),
        ("Mrs. X was admitted with fever.", "female"),
        ("The patient had fever.", None),
        ("The child had fever. The mother was well.", None),
        ("The patient, a boy, had fever. His mother was well. He improved.", "male"),
        ("The patient was pregnant and had eclampsia.", "female"),
        ("The patient underwent prostatectomy.", "male"),
        ("A mother of two had mastitis.", "female"),
        ("The woman's husband reported confusion of the patient.", "female"),
        ("Her mother had noticed a rash on the boy. He was well. His arms itched.", "male"),
    ],
)
def test_sex_without_age(words: str, sex: str | None) -> None:
    assert _one(words).sex == sex


@pytest.mark.parametrize(
    "words",
    [
        "The patient died.",
        "She died of sepsis on day 5.",
        "The infant subsequently died from heart failure.",
        "He passed away two months later.",
        "The patient expired on the third day.",
        "He eventually succumbed to his illness.",
        "The patient was pronounced dead in the emergency room.",
        "Multiple organ failure led to his death.",
        "The disease progressed, resulting in death.",
    ],
)
def test_death_is_told(words: str) -> None:
    found = _one("A 50-year-old patient had sepsis. " + words)
    assert found.deceased is True
    assert found.deceased_spans


@pytest.mark.parametrize(
    "words",
    [
        "The patient recovered.",
        "His father died of sepsis.",
        "Her brother had passed away at 20.",
        "He survived.",
        "The risk of death was high.",
        "He was discharged and did well.",
    ],
)
def test_death_is_not_invented(words: str) -> None:
    assert _one("A 50-year-old patient had sepsis. " + words).deceased is None


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (BlockKind.UNKNOWN, "Preheat the oven. Mix flour with sugar. Bake for an hour."),
        (BlockKind.UNKNOWN, "The leaves fall down, the wind is cold, the road is long and old."),
        (BlockKind.INTRODUCTION, "Gout is a common disease of men."),
        (BlockKind.REFERENCES, "Doe J. A 30-year-old man with cough. 2001."),
        (BlockKind.TITLE, "A review of gout"),
        (BlockKind.UNKNOWN, "The committee met on Monday. The budget was approved by all."),
        (BlockKind.STATEMENTS, "Written consent was obtained from the patient."),
    ],
)
def test_no_patient_is_invented(kind: BlockKind, words: str) -> None:
    assert _describe(document((kind, words))) == ()


@pytest.mark.parametrize(
    "words",
    [
        "No rashes.",
        "The left ventricle is dilated.",
        "The patient was well.",
        "Denies any shortness of breath.",
        "She was nauseated.",
    ],
)
def test_a_line_of_a_record_is_about_a_patient(words: str) -> None:
    (found,) = _describe(document((BlockKind.UNKNOWN, words)))
    assert found.age_value is None


def test_two_patients_each_with_age_and_sex() -> None:
    read = document(
        (BlockKind.ABSTRACT, "We report two cases of edema."),
        (BlockKind.CASE, "A 66-year-old man had edema."),
        (BlockKind.CASE, "A 32-year-old woman had edema. She died."),
    )
    found = [(p.key, p.age_value, p.sex, p.deceased) for p in _describe(read)]
    assert found == [("p1", "66", "male", None), ("p2", "32", "female", True)]


def test_spans_are_the_words() -> None:
    read = document((BlockKind.CASE, "A 63 year-old woman had gout."))
    (found,) = _describe(read)
    assert [read.quote(s) for s in found.age_spans] == ["63 year-old"]
    assert [read.quote(s) for s in found.sex_spans] == ["woman"]

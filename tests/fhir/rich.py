"""A hand-written case that has every kind of fact with every field, and a small one."""

from __future__ import annotations

import base64
import hashlib
from decimal import Decimal

from app.case.model import (
    Age,
    Allergy,
    Assertion,
    Case,
    CaseAuthor,
    Coding,
    Comparator,
    Component,
    Consent,
    DocumentInfo,
    FamilyHistory,
    Imaging,
    Interpretation,
    InterpretationPhrase,
    Laterality,
    Medication,
    MedicationStatus,
    Original,
    Outcome,
    OutcomeFact,
    Pathology,
    Patient,
    Performed,
    Phrase,
    Procedure,
    ProcedureStatus,
    SocialHistory,
    Test,
    TestCategory,
)
from tests.fhir.report import DCM, KIDNEY, LOINC, SCT, TEXT, ev, fact, phrase, q, site, value
from tests.fhir.rich_problems import problems


def rich() -> Case:
    """Every kind of fact, every field, two patients, an article and its original."""
    return Case(
        document=DocumentInfo(
            text=TEXT,
            sha256=hashlib.sha256(TEXT.encode()).hexdigest(),
            media_type="application/xml",
            title="A rare tumour of the left kidney:\n a report of two patients",
            authors=(
                CaseAuthor(name="Ada Example", family="Example", given="Ada", affiliations=(0, 1)),
                CaseAuthor(name="B. Muster"),
            ),
            affiliations=("Example Hospital, Town. Email: ada@example.org", "Other Clinic"),
            journal="Journal of Examples",
            doi="10.1000/example",
            licence="CC BY 4.0",
            published="2021-03",
            language="en",
            original=Original(
                media_type="application/xml",
                data=base64.b64encode(b"<article/>").decode(),
            ),
        ),
        patients=(
            Patient(
                key="p1",
                sex="female",
                sex_evidence=ev("woman"),
                age=Age(
                    text="63-year-old", evidence=ev("63-year-old"), value=Decimal(63), unit="a"
                ),
            ),
            Patient(
                key="p2",
                sex="male",
                sex_evidence=ev("boy"),
                age=Age(text="23 days", evidence=ev("23 days"), value=Decimal(23), unit="d"),
                deceased=True,
                deceased_evidence=ev("died"),
            ),
        ),
        problems=problems(),
        tests=(
            Test(
                **fact(
                    "Blood pressure",
                    "bp",
                    codes=(
                        Coding(
                            system=LOINC,
                            code="85354-9",
                            display="Blood pressure panel with all children optional",
                        ),
                    ),
                ),
                category=TestCategory.VITAL_SIGNS,
                components=(
                    Component(
                        name="systolic",
                        codes=(Coding(system=LOINC, code="8480-6"),),
                        evidence=ev("142"),
                        value=value("142", quantity=q("142", "mmHg", "mm[Hg]")),
                    ),
                    Component(
                        name="diastolic",
                        codes=(Coding(system=LOINC, code="8462-4"),),
                        value=value("91", quantity=q("91", "mmHg", "mm[Hg]")),
                    ),
                ),
            ),
            Test(
                **fact("Haemoglobin", "hb", time=phrase("on admission")),
                category=TestCategory.LABORATORY,
                value=value("10.50 g/dL", quantity=q("10.50", "g/dL", "g/dL")),
                interpretation=(
                    InterpretationPhrase(text="low", evidence=ev("low"), code=Interpretation.LOW),
                ),
                reference_range=value(
                    "12.0 to 15.5 g/dL", low=q("12.0", "g/dL", "g/dL"), high=q("15.5", "g/dL")
                ),
                specimen=phrase("Blood"),
                site=(site("abdomen"),),
            ),
            Test(
                **fact("C-reactive protein", "crp"),
                value=value(
                    "< 5 mg/L", quantity=q("5", "mg/L", "mg/L", comparator=Comparator.LESS)
                ),
            ),
            Test(
                **fact("creatinine", "crea"),
                interpretation=(
                    InterpretationPhrase(
                        text="elevated", evidence=ev("elevated"), code=Interpretation.HIGH
                    ),
                ),
            ),
            Test(
                **fact("antinuclear antibody", "ana"),
                value=value(
                    "positive",
                    codes=(Coding(system=SCT, code="10828004", display="Positive"),),
                ),
                components=(
                    Component(
                        name="titre",
                        value=value("1:160", numerator=q("1"), denominator=q("160")),
                    ),
                ),
            ),
            Test(
                **fact("albumin to creatinine ratio", "acr"),
                value=value(
                    "30 mg per 1 g",
                    numerator=q("30", "mg", "mg"),
                    denominator=q("1", "g", "g"),
                ),
            ),
            Test(
                **fact("urine leukocytes", "leuk"),
                value=value("5 to 10 per field", low=q("5"), high=q("10")),
            ),
            Test(**fact("blood culture", "culture"), category=TestCategory.LABORATORY),
            Test(**fact("Biopsy", "refused"), performed=Performed.DECLINED),
            Test(**fact("Bone marrow histology", "planned"), performed=Performed.PLANNED),
            Test(**fact("iodine", "left-out"), performed=Performed.NOT_DONE),
            Test(
                **fact("Murphy sign", "murphy"),
                category=TestCategory.EXAM,
                assertion=Assertion.ABSENT,
                assertion_words=phrase("absent"),
            ),
            Test(
                **fact("lactate", "lactate"),
                assertion=Assertion.POSSIBLE,
                value=value("possibly raised"),
            ),
        ),
        imaging=(
            Imaging(
                **fact("CT of the abdomen", "ct", time=phrase("on admission")),
                findings=("lesion",),
                conclusion=phrase("renal neoplasm", Coding(system=SCT, code="126880001")),
                reason=("pain",),
                modality=(
                    phrase("CT", Coding(system=DCM, code="CT", display="Computed Tomography")),
                ),
                site=(site("abdomen"),),
                contrast=phrase("contrast-enhanced"),
                plane=(phrase("Axial"),),
            ),
            Imaging(
                **fact("PET-CT", "pet", time=phrase("next month")),
                planned=True,
                reason=("tumour",),
                modality=(phrase("PET"),),
                site=(site("abdomen"),),
                contrast=phrase("contrast-enhanced"),
            ),
        ),
        pathology=(
            Pathology(
                **fact("Pathology", "path", time=phrase("after surgery")),
                specimen=phrase("nephrectomy specimen"),
                procedure="nephrectomy",
                conclusion=phrase("oncocytoma"),
            ),
            Pathology(
                **fact("Bone marrow histology", "marrow"),
                planned=True,
                specimen=phrase("Bone marrow"),
                reason=("anaemia",),
            ),
        ),
        procedures=(
            Procedure(
                **fact("nephrectomy", "nephrectomy", time=phrase("on day 4")),
                approach=phrase("laparoscopic"),
                site=(site("left kidney", KIDNEY, laterality=Laterality.LEFT),),
                details=(phrase("underwent"),),
                reason=("tumour",),
                complications=("ileus", "bleeding"),
                outcome=Outcome(text="successful", evidence=ev("successful"), success="successful"),
                follow_up=(phrase("followed up"), phrase("every 6 months")),
            ),
            Procedure(
                **fact("Embolisation", "embo"),
                status=ProcedureStatus.DECLINED,
                status_words=phrase("because of fear"),
                outcome=Outcome(text="good health", evidence=ev("good health")),
            ),
            Procedure(
                **fact("radiotherapy", "radio", time=phrase("next month")),
                status=ProcedureStatus.PLANNED,
                status_words=phrase("was planned"),
                approach=phrase("Adjuvant"),
                reason=("tumour",),
                follow_up=(phrase("every 6 months"),),
            ),
            Procedure(**fact("Biopsy", "biopsy"), status=ProcedureStatus.NOT_DONE),
        ),
        medications=(
            Medication(
                **fact("cefazolin", "cef", time=phrase("on day 4")),
                dose=value("2 g", quantity=q("2", "g", "g")),
                further_doses=(
                    value("50 mg", quantity=q("50", "mg", "mg")),
                    value("every 8 hours"),
                ),
                route=phrase("intravenously"),
                frequency=phrase("every 8 hours"),
                duration=phrase("for 5 days"),
                reason=("infection",),
            ),
            Medication(
                **fact("ibuprofen", "ibu", time=phrase("after surgery")),
                status=MedicationStatus.STOPPED,
                status_words=phrase("stopped"),
            ),
            Medication(
                **fact("opioids", "opi"),
                status=MedicationStatus.DECLINED,
                dose=value("142/91", numerator=q("142"), denominator=q("91", "mg", "mg")),
            ),
            Medication(**fact("aspirin", "asa"), status=MedicationStatus.NOT_TAKEN),
            Medication(
                **fact("sunitinib", "suni"),
                status=MedicationStatus.PLANNED,
                dose=value("50 mg", low=q("50", "mg", "mg")),
            ),
        ),
        family_history=(
            FamilyHistory(
                **fact("renal cell carcinoma", "f1", time=phrase("on holiday")),
                relation=phrase("mother"),
            ),
            FamilyHistory(**fact("diabetes", "f2"), assertion=Assertion.ABSENT),
            FamilyHistory(
                **fact("gout in a cousin", "f3"),
                relation=Phrase(text="first cousin once removed"),
                assertion=Assertion.POSSIBLE,
            ),
        ),
        allergies=(
            Allergy(**fact("penicillin", "a1"), reaction=phrase("rash")),
            Allergy(**fact("latex", "a2"), assertion=Assertion.ABSENT),
            Allergy(**fact("iodine allergy", "a3"), assertion=Assertion.POSSIBLE),
        ),
        social_history=(
            SocialHistory(**fact("smoker", "s1"), value=value("20 pack-years")),
            SocialHistory(**fact("former smoker", "s2")),
        ),
        outcomes=(OutcomeFact(**fact("discharged home in good health", "o1")),),
        consents=(
            Consent(
                **fact("mother consented in writing to publication", "c1", patient="p2"),
                scope="publication",
                by="parent",
                written=True,
            ),
            Consent(**fact("consented to treatment", "c2"), scope="treatment", by="patient"),
            Consent(**fact("husband agreed to research", "c3"), scope="research", by="relative"),
        ),
    )


def bare(text: str = "Nothing is said of anybody.") -> Case:
    """A report without any patient."""
    return Case(document=DocumentInfo(text=text, sha256=hashlib.sha256(text.encode()).hexdigest()))

"""A made-up report, and helpers to say where its words stand.

Evidence is found by searching the text, so that the places are right by construction.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from app.case.model import (
    Coding,
    Evidence,
    Laterality,
    Phrase,
    Quantity,
    Site,
    Value,
)

TEXT = (
    "A rare tumour of the left kidney: a report of two patients\n\n"
    "A 63-year-old woman, a former smoker with 20 pack-years and a history of gout, came with "
    "severe flank pain for three weeks that began on holiday. She denied fever. Her mother had "
    "renal cell carcinoma; there was no family history of diabetes and possibly gout in a "
    "cousin. She is allergic to penicillin (rash) but not to latex; iodine allergy was "
    "suspected. Blood pressure was 142/91 mmHg. Haemoglobin was 10.50 g/dL (low; normal 12.0 to "
    "15.5 g/dL), C-reactive protein < 5 mg/L, serum creatinine was elevated, antinuclear "
    "antibody was positive at 1:160, albumin to creatinine ratio 30 mg per 1 g, urine leukocytes "
    "5 to 10 per field, blood culture was sent, Murphy sign was absent and lactate was possibly "
    "raised. On examination there was a firm 4 cm mass in the left flank, mild, with possible "
    "ascites and no jaundice. Axial contrast-enhanced CT of the abdomen on admission "
    "showed a heterogeneous lesion; the conclusion was renal neoplasm. PET-CT was planned. "
    "Pheochromocytoma was ruled out, lymphoma was a differential and pyelonephritis was possible. "
    "Anaemia due to the tumour resolved after surgery. Myocardial infarction was ruled out. "
    "She underwent laparoscopic nephrectomy of the left kidney on day 4 for the tumour, "
    "successful, complicated by ileus and bleeding. Embolisation was declined because of fear. "
    "Adjuvant radiotherapy was planned next month. Biopsy was not done. Pathology of the "
    "nephrectomy specimen showed clear cells; it was an oncocytoma. Bone marrow histology was "
    "planned. She received cefazolin 2 g intravenously every 8 hours for 5 days for infection, "
    "stopped ibuprofen, declined opioids, was not taking aspirin and sunitinib 50 mg was planned. "
    "The tumour was pT1bN0M0, stage II, the mass grade 2, the lesion category 4. She was followed "
    "up every 6 months and was discharged home in good health.\n\n"
    "The second patient, a boy of 23 days, died. His mother consented in writing to publication. "
    "The woman consented to treatment; her husband agreed to research."
)


def ev(words: str, nth: int = 0) -> tuple[Evidence, ...]:
    """Where words stand in the text, as whole words (the nth time)."""
    found = [*re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", TEXT)]
    return (Evidence(start=found[nth].start(), end=found[nth].end()),)


def phrase(words: str, *codes: Coding, **more: Any) -> Phrase:
    return Phrase(text=words, evidence=ev(words), codes=codes, **more)


def site(words: str, *codes: Coding, laterality: Laterality | None = None) -> Site:
    return Site(text=words, evidence=ev(words), codes=codes, laterality=laterality)


def value(words: str, **more: Any) -> Value:
    return Value(text=words, evidence=ev(words), **more)


def q(number: str, unit: str | None = None, code: str | None = None, **more: Any) -> Quantity:
    return Quantity(value=Decimal(number), unit=unit, code=code, **more)


def fact(words: str, ident: str, **more: Any) -> dict[str, Any]:
    base = {"id": ident, "patient": "p1", "name": words, "evidence": ev(words)}
    return {**base, **more}


SCT = "http://snomed.info/sct"
LOINC = "http://loinc.org"
DCM = "http://dicom.nema.org/resources/ontology/DCM"
KIDNEY = Coding(system=SCT, code="64033007", display="Kidney structure")

"""The curated tables: their form, the check digits of their codes, and a spot list."""

from __future__ import annotations

import csv
import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from app import resources
from app.terminology.domains import Domain

FOLDER = resources.builtin() / "vocabulary" / "curated"
COLUMNS = ["phrase", "domain", "system", "code", "display", "source"]
UNITS_TABLE = "laboratory-units.tsv"
TABLES = sorted(FOLDER.glob("*.tsv"))
LOINC = re.compile(r"\d{1,7}-\d")
SNOMED = re.compile(r"[1-9]\d{5,17}")
RXNORM = re.compile(r"[1-9]\d{0,7}")
HPO = re.compile(r"HP:\d{7}")
DICOM = re.compile(r"[A-Z]{2,16}")

# Verhoeff's dihedral group D5 and its permutations (J. Verhoeff, 1969); SNOMED CT uses it in
# "SCTID: check digit" of its Technical Implementation Guide.
D5 = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
STEP = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


@dataclass(frozen=True)
class Row:
    table: str
    line: int
    phrase: str
    domain: str
    system: str
    code: str
    display: str
    source: str
    unit: str = ""


def permuted(digit: int, times: int) -> int:
    """The digit after `times` steps of Verhoeff's permutation."""
    for _ in range(times):
        digit = STEP[digit]
    return digit


def verhoeff(number: str) -> bool:
    """Whether the last digit of a SNOMED CT identifier fits the ones before it."""
    check = 0
    for position, digit in enumerate(reversed(number)):
        check = D5[check][permuted(int(digit), position % 8)]
    return check == 0


def loinc_check(code: str) -> bool:
    """Whether the digit after the hyphen is the mod 10 (Luhn) check digit of the number."""
    number, check = code.split("-")
    total = 0
    for position, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value // 10 + value % 10
    return (10 - total % 10) % 10 == int(check)


@cache
def rows(table: Path) -> tuple[Row, ...]:
    out = []
    header: list[str] | None = None
    for number, line in enumerate(table.read_text("utf-8").splitlines(), start=1):
        if line.startswith("#"):
            continue
        cells = next(csv.reader([line], delimiter="\t", quoting=csv.QUOTE_NONE))
        if header is None:
            header = cells
            expected = [*COLUMNS, "unit"] if table.name == UNITS_TABLE else COLUMNS
            assert header == expected, table.name
            continue
        assert len(cells) == len(header), f"{table.name}:{number}"
        out.append(Row(table.name, number, *cells))
    return tuple(out)


def every() -> list[Row]:
    return [row for table in TABLES for row in rows(table)]


def codes(phrase: str, domain: Domain) -> set[str]:
    """`system code` of all rows of a phrase, units aside."""
    return {
        f"{row.system} {row.code}"
        for row in every()
        if row.phrase.casefold() == phrase.casefold() and row.domain == domain and not row.unit
    }


def test_tables_are_there() -> None:
    assert {table.stem for table in TABLES} >= {
        "anatomy",
        "drugs",
        "findings",
        "imaging",
        "laboratory",
        "laboratory-units",
        "procedures",
        "specimen",
    }


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_form(table: Path) -> None:
    systems = tomllib.loads((FOLDER.parent / "systems.toml").read_text("utf-8"))
    assert table.read_text("utf-8").startswith("#"), "a table begins with its source"
    assert rows(table), "a table without rows"
    for row in rows(table):
        place = f"{row.table}:{row.line}"
        for cell in (row.phrase, row.code, row.display, row.source):
            assert cell, place
            assert cell == " ".join(cell.split()), place
        assert row.domain in set(Domain), place
        assert row.system in systems, place
        assert not re.search(r"\bhttps?:", row.source), f"{place}: a source is named, not linked"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_row_twice(table: Path) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for row in rows(table):
        key = (row.phrase.casefold(), row.domain, row.system, row.code, row.unit)
        assert key not in seen, f"{row.table}:{row.line} repeats line {seen[key]}"
        seen[key] = row.line


def test_one_code_of_a_system_for_a_phrase() -> None:
    """Two codes of one system contradict each other, except two modalities of one study."""
    found: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in every():
        if row.domain != Domain.MODALITY:
            found[row.phrase.casefold(), row.domain, row.system, row.unit].add(row.code)
    assert {key: sorted(value) for key, value in found.items() if len(value) > 1} == {}


def test_one_display_for_a_code() -> None:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in every():
        found[row.system, row.code].add(row.display)
    assert {key: sorted(value) for key, value in found.items() if len(value) > 1} == {}


def test_codes_have_the_form_of_their_system() -> None:
    forms = {"loinc": LOINC, "snomed": SNOMED, "rxnorm": RXNORM, "hpo": HPO, "dicom": DICOM}
    for row in every():
        assert forms[row.system].fullmatch(row.code), f"{row.table}:{row.line}"


def test_check_digits() -> None:
    for row in every():
        if row.system == "snomed":
            assert verhoeff(row.code), f"{row.table}:{row.line} {row.code}"
        if row.system == "loinc":
            assert loinc_check(row.code), f"{row.table}:{row.line} {row.code}"


def test_check_digits_find_exchanged_digits() -> None:
    """The checks themselves: a code with two unequal neighbours exchanged must not pass."""
    for code, check in (("80146002", verhoeff), ("2160-0", loinc_check)):
        assert check(code)
        for position, (one, other) in enumerate(pairwise(code.split("-")[0])):
            if one != other:
                wrong = code[:position] + other + one + code[position + 2 :]
                assert not check(wrong), wrong


def test_displays_carry_no_semantic_tag() -> None:
    tags = r"\((procedure|finding|disorder|qualifier value|body structure|specimen|substance)\)"
    for row in every():
        if row.system == "snomed":
            assert not re.search(tags, row.display), f"{row.table}:{row.line}"


def test_units_are_ucum_and_decide() -> None:
    """A unit of substance gives another term than a unit of mass, and never the same."""
    table = rows(FOLDER / UNITS_TABLE)
    for row in table:
        assert re.fullmatch(r"[A-Za-z0-9*%/\[\]{}.]+", row.unit), f"{row.table}:{row.line}"
    for row in table:
        if "[Mass/volume]" in row.display:
            assert re.fullmatch(r"(g|mg|ug|ng|pg)/(dL|mL|L)", row.unit), f"{row.line}"
        if "[Moles/volume]" in row.display:
            assert re.fullmatch(r"(mmol|umol|nmol|pmol)/L", row.unit), f"{row.line}"


@pytest.mark.parametrize(
    ("phrase", "unit", "code"),
    [
        ("creatinine", "mg/dL", "2160-0"),
        ("creatinine", "umol/L", "14682-9"),
        ("glucose", "mg/dL", "2345-7"),
        ("glucose", "mmol/L", "14749-6"),
        ("urea", "mmol/L", "22664-7"),
        ("calcium", "mmol/L", "2000-8"),
        ("neutrophils", "%", "770-8"),
        ("neutrophils", "10*9/L", "751-8"),
    ],
)
def test_code_by_unit(phrase: str, unit: str, code: str) -> None:
    table = rows(FOLDER / UNITS_TABLE)
    assert {row.code for row in table if row.phrase == phrase and row.unit == unit} == {code}


@pytest.mark.parametrize(
    ("phrase", "domain", "code"),
    [
        ("haemoglobin", Domain.TEST, "loinc 718-7"),
        ("WBC", Domain.TEST, "loinc 6690-2"),
        ("platelets", Domain.TEST, "loinc 777-3"),
        ("C-reactive protein", Domain.TEST, "loinc 1988-5"),
        ("blood pressure", Domain.TEST, "loinc 85354-9"),
        ("systolic blood pressure", Domain.TEST, "loinc 8480-6"),
        ("heart rate", Domain.TEST, "loinc 8867-4"),
        ("body mass index", Domain.TEST, "loinc 39156-5"),
        ("left ventricular ejection fraction", Domain.TEST, "loinc 10230-1"),
        ("antinuclear antibody", Domain.TEST, "loinc 8061-4"),
        ("anti-Scl70", Domain.TEST, "loinc 27416-7"),
        ("anti-centromere antibody", Domain.TEST, "loinc 16570-4"),
        ("age", Domain.TEST, "loinc 30525-0"),
        ("computed tomography", Domain.MODALITY, "dicom CT"),
        ("MRI", Domain.MODALITY, "dicom MR"),
        ("echocardiography", Domain.MODALITY, "dicom US"),
        ("bone scan", Domain.MODALITY, "dicom NM"),
        ("mammogram", Domain.MODALITY, "dicom MG"),
        ("barium swallow", Domain.MODALITY, "dicom RF"),
        ("MRI of the spine", Domain.IMAGING, "snomed 241645008"),
        ("chest X-ray", Domain.IMAGING, "snomed 399208008"),
        ("appendicectomy", Domain.PROCEDURE, "snomed 80146002"),
        ("laparoscopic cholecystectomy", Domain.PROCEDURE, "snomed 45595009"),
        ("caesarean section", Domain.PROCEDURE, "snomed 11466000"),
        ("lumbar puncture", Domain.PROCEDURE, "snomed 277762005"),
        ("resection", Domain.PROCEDURE, "snomed 65801008"),
        ("paracetamol", Domain.DRUG, "rxnorm 161"),
        ("methotrexate", Domain.DRUG, "rxnorm 6851"),
        ("trimethoprim-sulfamethoxazole", Domain.DRUG, "rxnorm 10831"),
        ("nerve root", Domain.ANATOMY, "snomed 40958000"),
        ("L5-S1", Domain.ANATOMY, "snomed 243927000"),
        ("puffy hands", Domain.FINDING, "snomed 299037003"),
        ("positive", Domain.QUALIFIER, "snomed 10828004"),
        ("negative", Domain.QUALIFIER, "snomed 260385009"),
        ("severe", Domain.QUALIFIER, "snomed 24484000"),
        ("left", Domain.QUALIFIER, "snomed 7771000"),
        ("bilateral", Domain.QUALIFIER, "snomed 51440002"),
        ("successful", Domain.QUALIFIER, "snomed 385669000"),
        ("blood sample", Domain.SPECIMEN, "snomed 119297000"),
    ],
)
def test_spot(phrase: str, domain: Domain, code: str) -> None:
    assert codes(phrase, domain) == {code}


def test_two_modalities_of_one_study() -> None:
    assert codes("PET/CT", Domain.MODALITY) == {"dicom PT", "dicom CT"}


def test_no_code_without_certainty() -> None:
    """Urea by mass is not urea nitrogen: without a unit it has no code."""
    assert codes("urea", Domain.TEST) == set()

"""Printed units to UCUM. The codes on the right were each accepted by a UCUM parser."""

from __future__ import annotations

import importlib.util
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import resources
from app.terminology import ucum

EXPECTED = {
    "mmHg": "mm[Hg]",
    "mm Hg": "mm[Hg]",
    "cmH2O": "cm[H2O]",
    "cm H2O": "cm[H2O]",
    "kPa": "kPa",
    "g/dL": "g/dL",
    "g/dl": "g/dL",
    "mg/dl": "mg/dL",
    "mg/dL.": "mg/dL",
    "mg·dL-1": "mg/dL",
    "g/L": "g/L",
    "mmol/l": "mmol/L",
    "µmol/L": "umol/L",
    "μmol/l": "umol/L",
    "mM": "mmol/L",
    "mm": "mm",
    "×10^9/L": "10*9/L",
    "×10⁹/L": "10*9/L",
    "x 109/L": "10*9/L",
    "10^9/l": "10*9/L",
    "10E9/L": "10*9/L",
    "x10(9)/L": "10*9/L",
    "G/L": "10*9/L",
    "×10^12/L": "10*12/L",
    "K/µL": "10*3/uL",
    "x10^3/µL": "10*3/uL",
    "10^3/mm3": "10*3/mm3",
    "million/mm3": "10*6/mm3",
    "x 10^6 cells/mL": "10*6/mL",
    "cells/mm3": "/mm3",
    "cells/mm³": "/mm3",
    "/µL": "/uL",
    "IU/L": "[IU]/L",
    "U/L": "U/L",
    "u/l": "U/L",
    "U/mL": "U/mL",
    "mIU/L": "m[IU]/L",
    "µIU/mL": "u[IU]/mL",
    "AU/mL": "[arb'U]/mL",
    "mEq/L": "meq/L",
    "mOsm/kg": "mosm/kg",
    "ng/mL": "ng/mL",
    "pg/ml": "pg/mL",
    "pg": "pg",
    "fL": "fL",
    "%": "%",
    "bpm": "/min",
    "beats per minute": "/min",
    "breaths/min": "/min",
    "°C": "Cel",
    "C": "Cel",
    "° F": "[degF]",
    "F": "[degF]",
    "mm/h": "mm/h",
    "mm/hour": "mm/h",
    "mm/hr": "mm/h",
    "mL/min/1.73 m2": "mL/min/{1.73_m2}",
    "ml/min/1.73 m²": "mL/min/{1.73_m2}",
    "kg/m2": "kg/m2",
    "kg/m²": "kg/m2",
    "mg/m2": "mg/m2",
    "mg/kg/day": "mg/kg/d",
    "mcg/kg/min": "ug/kg/min",
    "mg per day": "mg/d",
    "mg/24 h": "mg/(24.h)",
    "L/min": "L/min",
    "copies/mL": "{copies}/mL",
    "µg": "ug",
    "mcg": "ug",
    "cm": "cm",
    "centimetres": "cm",
    "in": "[in_i]",
    "lb": "[lb_av]",
    "years": "a",
    "months": "mo",
    "weeks": "wk",
    "days": "d",
    "hours": "h",
    "min": "min",
    "s": "s",
    "msec": "ms",
    "Gy": "Gy",
    "mSv": "mSv",
    "mCi": "mCi",
    "Hounsfield units": "[hnsf'U]",
    "HU": "[hnsf'U]",
    "/HPF": "/[HPF]",
    "Fr": "[Ch]",
    "pack-years": "{pack}.a",
    "mL": "mL",
    "cc": "mL",
}


@pytest.mark.parametrize(("printed", "code"), EXPECTED.items())
def test_a_printed_unit_has_its_code(printed: str, code: str) -> None:
    assert ucum(printed) == code


@pytest.mark.parametrize(
    "printed",
    ["", " ", "K", "cells", "beats", "patient", "positive", "1:640", "10^9", "mg/foo"],
)
def test_what_is_no_unit_has_none(printed: str) -> None:
    assert ucum(printed) is None


@given(st.text(max_size=30))
def test_any_string_is_looked_up_without_error(text: str) -> None:
    assert ucum(text) == ucum(text)


@pytest.mark.skipif(importlib.util.find_spec("ucumvert") is None, reason="needs ucumvert")
def test_all_codes_are_valid_ucum() -> None:
    parser = importlib.import_module("ucumvert").get_ucum_parser()
    path = resources.builtin() / "vocabulary" / "units.toml"
    data = tomllib.loads(path.read_text("utf-8"))
    for code in (*data["parts"], *data["whole"], *EXPECTED.values()):
        parser.parse(code)

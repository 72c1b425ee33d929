"""The words of a value into its structure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.narrative import values
from app.resources import layers
from app.text import Span

VALUES = values.load(layers(None))

# words | kind | numbers | comparator | unit | interpretation
PARSED = """
8.2 g/dL | quantity | 8.2 | | g/dL |
13.1 gm/dl | quantity | 13.1 | | gm/dl |
84 U/L | quantity | 84 | | U/L |
176 mIU/mL | quantity | 176 | | mIU/mL |
306U/L | quantity | 306 | | U/L |
1.02mmol/L | quantity | 1.02 | | mmol/L |
98 μmol/l | quantity | 98 | | μmol/l |
98 µmol/L | quantity | 98 | | µmol/L |
95% | quantity | 95 | | % |
95 % | quantity | 95 | | % |
17 percent | quantity | 17 | | percent |
104/min | quantity | 104 | | /min |
125/minute | quantity | 125 | | /minute |
98bpm | quantity | 98 | | bpm |
72 beats per minute | quantity | 72 | | beats per minute |
90 beats/min | quantity | 90 | | beats/min |
18 breaths per minute | quantity | 18 | | breaths per minute |
38.4 °C | quantity | 38.4 | | °C |
38.4°C | quantity | 38.4 | | °C |
38.5ºC | quantity | 38.5 | | ºC |
39 ℃ | quantity | 39 | | ℃ |
101 °F | quantity | 101 | | °F |
37.2 degrees Celsius | quantity | 37.2 | | degrees Celsius |
69 mm/hr | quantity | 69 | | mm/hr |
45 mm/h | quantity | 45 | | mm/h |
60 mL/min/1.73 m2 | quantity | 60 | | mL/min/1.73 m2 |
42 mL/min per 1.73 m² | quantity | 42 | | mL/min per 1.73 m² |
35 mL/kg per day | quantity | 35 | | mL/kg per day |
24.5 kg/m2 | quantity | 24.5 | | kg/m2 |
1.8 g/24 h | quantity | 1.8 | | g/24 h |
4.5 mg/kg/day | quantity | 4.5 | | mg/kg/day |
35 mm Hg | quantity | 35 | | mm Hg |
70 mm of Hg | quantity | 70 | | mm of Hg |
20 cm H2O | quantity | 20 | | cm H2O |
9 cmH2O | quantity | 9 | | cmH2O |
5 hpf | quantity | 5 | | hpf |
10/HPF | quantity | 10 | | /HPF |
12 per high-power field | quantity | 12 | | per high-power field |
15 cells/µL | quantity | 15 | | cells/µL |
100 copies/mL | quantity | 100 | | copies/mL |
2.4 K/µL | quantity | 2.4 | | K/µL |
4.5 million/mm3 | quantity | 4.5 | | million/mm3 |
7 AU/mL | quantity | 7 | | AU/mL |
3 EIU/mL | quantity | 3 | | EIU/mL |
1.5 Bethesda units | quantity | 1.5 | | Bethesda units |
35 HU | quantity | 35 | | HU |
30 Gy | quantity | 30 | | Gy |
400 ms | quantity | 400 | | ms |
15 seconds | quantity | 15 | | seconds |
3.2 m/s | quantity | 3.2 | | m/s |
65 kg | quantity | 65 | | kg |
102 cm | quantity | 102 | | cm |
7 mm | quantity | 7 | | mm |
3 mEq/L | quantity | 3 | | mEq/L |
295 mOsm/kg | quantity | 295 | | mOsm/kg |
3 times the upper limit of normal | quantity | 3 | | times the upper limit of normal |
<10th percentile | quantity | 10 | < | th percentile |
45 | quantity | 45 | | |
7.32 | quantity | 7.32 | | |
-3.5 mmol/L | quantity | -3.5 | | mmol/L |
−2.5 | quantity | -2.5 | | |
0.50 ng/mL | quantity | 0.50 | | ng/mL |
12,000/mm3 | quantity | 12000 | | /mm3 |
12,000 /µL | quantity | 12000 | | /µL |
230,000/μL | quantity | 230000 | | /μL |
1,200,000 copies/mL | quantity | 1200000 | | copies/mL |
2,988 μg | quantity | 2988 | | μg |
12 300/mm3 | quantity | 12300 | | /mm3 |
8,2 g/dL | quantity | 8.2 | | g/dL |
0,125 mg/L | quantity | 0.125 | | mg/L |
3·5 mmol/L | quantity | 3.5 | | mmol/L |
.5 mg/dL | quantity | 0.5 | | mg/dL |
12 × 10^9/L | quantity | 12 | | 10^9/L |
12×109/L | quantity | 12 | | 10^9/L |
585 × 109/L | quantity | 585 | | 10^9/L |
15.8 × 10⁹/L | quantity | 15.8 | | 10^9/L |
15.8 x 10(9)/L | quantity | 15.8 | | 10^9/L |
4.2 × 1012/L | quantity | 4.2 | | 10^12/L |
97 × 103/mm3 | quantity | 97 | | 10^3/mm3 |
9.8 x 10^3/µL | quantity | 9.8 | | 10^3/µL |
12 109/L | quantity | 12 | | 10^9/L |
61 * 10^9 /L | quantity | 61 | | 10^9/L |
2 × 10^5 copies/mL | quantity | 200000 | | copies/mL |
1.2e5 copies/mL | quantity | 120000 | | copies/mL |
<10% | quantity | 10 | < | % |
< 5 mg/L | quantity | 5 | < | mg/L |
> 32 mg/liter | quantity | 32 | > | mg/liter |
≤ 20 cm H2O | quantity | 20 | <= | cm H2O |
≥90% | quantity | 90 | >= | % |
>= 3 mmol/L | quantity | 3 | >= | mmol/L |
less than 5 mg/dL | quantity | 5 | < | mg/dL |
below 50% | quantity | 50 | < | % |
greater than 4,901 pg/mL | quantity | 4901 | > | pg/mL |
more than 200 U/L | quantity | 200 | > | U/L |
over 1000 U/L | quantity | 1000 | > | U/L |
above 38 °C | quantity | 38 | > | °C |
up to 39 °C | quantity | 39 | <= | °C |
at least 3 cm | quantity | 3 | >= | cm |
MIC of >32 mg/liter | quantity | 32 | > | mg/liter |
IL-6 12 pg/mL | quantity | 12 | | pg/mL |
GCS 15 | quantity | 15 | | |
95% on room air | quantity | 95 | | % |
elevated at 12 mg/dL | quantity | 12 | | mg/dL | H
low (8.2 g/dL) | quantity | 8.2 | | g/dL | L
>20x normal | quantity | 20 | > | x normal |
3 times normal | quantity | 3 | | times normal |
x 3 normal | quantity | 3 | | |
7.1 mg/dL (normal) | quantity | 7.1 | | mg/dL | N
5-10 mg/L | range | 5 10 | | mg/L |
5 to 10 mg | range | 5 10 | | mg |
5–10 /HPF | range | 5 10 | | /HPF |
2.0-2.5 cm | range | 2.0 2.5 | | cm |
between 140 and 180 mm Hg | range | 140 180 | | mm Hg |
3–5 | range | 3 5 | | |
50–70 seconds | range | 50 70 | | seconds |
10% to 20% | range | 10 20 | | % |
1:320 | titre | 1 320 | | |
1/320 | titre | 1 320 | | |
1 : 1280 | titre | 1 1280 | | |
1:1,280 | titre | 1 1280 | | |
>1:640 | titre | 1 640 | > | |
positive (1:640) | titre | 1 640 | | | POS
titre of 1:80 | titre | 1 80 | | |
8/10 | ratio | 8 10 | | |
1/10 | ratio | 1 10 | | |
15/15 | ratio | 15 15 | | |
4/5 | ratio | 4 5 | | |
20/200 | ratio | 20 200 | | |
17/30 | ratio | 17 30 | | |
9 out of 17 | ratio | 9 17 | | |
2:1 | ratio | 2 1 | | |
120/80 mmHg | pressure | 120 80 | | mmHg |
170/105 mm Hg | pressure | 170 105 | | mm Hg |
120/80 | pressure | 120 80 | | |
38/22 mmHg | pressure | 38 22 | | mmHg |
89/61 mmHg | pressure | 89 61 | | mmHg |
3 x 2 x 1.5 cm | size | 3 2 1.5 | | cm |
3×2 cm | size | 3 2 | | cm |
3 × 2 × 1 mm | size | 3 2 1 | | mm |
3 cm x 2 cm | size | 3 2 | | cm |
4.5cm × 3cm × 2cm | size | 4.5 3 2 | | cm |
3 by 4 cm | size | 3 4 | | cm |
10*12 mm | size | 10 12 | | mm |
grade 2 | ordinal | 2 | | |
grade III | ordinal | III | | |
stage IIIB | ordinal | IIIB | | |
stage IV | ordinal | IV | | |
NYHA class III | ordinal | III | | |
ASA II | ordinal | II | | |
BI-RADS 4 | ordinal | 4 | | |
Child-Pugh class B | ordinal | B | | |
III | ordinal | III | | |
3+ | ordinal | 3 | | | POS
++ | ordinal | | | | POS
(+) | ordinal | | | | POS
- | ordinal | | | | NEG
2+ proteinuria | ordinal | 2 | | |
positive | word | | | | POS
weakly positive | word | | | | POS
reactive | word | | | | POS
negative | word | | | | NEG
nonreactive | word | | | | NEG
non-reactive | word | | | | NEG
not detected | word | | | | NEG
undetectable | word | | | | NEG
no growth | word | | | | NEG
negative for malignancy | word | | | | NEG
normal | word | | | | N
within normal limits | word | | | | N
within the normal range | word | | | | N
unremarkable | word | | | | N
in the reference range | word | | | | N
elevated | word | | | | H
mildly elevated | word | | | | H
increased | word | | | | H
raised | word | | | | H
decreased | word | | | | L
markedly reduced | word | | | | L
low | word | | | | L
below the normal range | word | | | | L
above normal | word | | | | H
abnormal | word | | | | A
"""


def _rows(table: str) -> list[tuple[str, ...]]:
    rows = []
    for line in table.strip().splitlines():
        cells = [c.strip() for c in line.split("|")]
        rows.append(tuple(cells + [""] * (6 - len(cells))))
    return rows


@pytest.mark.parametrize(("text", "kind", "numbers", "comparator", "unit", "code"), _rows(PARSED))
def test_parsed(text: str, kind: str, numbers: str, comparator: str, unit: str, code: str) -> None:
    found = VALUES.parse(text)
    assert found is not None
    said = (found.kind.value, " ".join(found.numbers), found.comparator or "", found.unit or "")
    assert said == (kind, numbers, comparator, unit)
    assert (found.interpretation or "") == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "Five",
        "T4aN1M0",
        "L5",
        "improved",
        "slowly progressive",
        "not elevated",
        "no increased signal",
        "almost normal",
        "near normal",
        "normal to high",
        "HER2-positive",
        "Gram-positive cocci",
        "12/10/2015",
        "12.000/mm3",  # a thousand or a decimal point: not decided
        "from 8 to 5 mg/dL",  # two results, not a range
        "from 12 g/dL to 8 g/dL",
        "12 → 8 g/dL",
        "high-grade",
        "upper limit of normal",
        "twice normal",
        "x" * 1000,
    ],
)
def test_left_as_words(text: str) -> None:
    assert VALUES.parse(text) is None


def test_places_lie_on_the_words() -> None:
    text = "was elevated to more than 12,000 cells/µL"
    found = VALUES.parse(text)
    assert found is not None

    def at(span: Span | None) -> str:
        assert span is not None
        return text[span.start : span.end]

    assert [at(s) for s in found.number_spans] == ["12,000"]
    assert at(found.comparator_span) == "more than"
    assert at(found.unit_span) == "cells/µL"
    assert at(found.interpretation_span) == "elevated"


def test_power_of_ten_is_covered_by_the_unit() -> None:
    text = "585 × 109/L"
    found = VALUES.parse(text)
    assert found is not None
    assert found.unit_span is not None
    assert text[found.unit_span.start : found.unit_span.end] == "× 109/L"


@pytest.mark.parametrize("word", ["greater than", "less than", "at least", "no more than"])
def test_comparator_in_capitals(word: str) -> None:
    found = VALUES.parse(f"{word.capitalize()} 5 mg")
    assert found is not None
    assert found.comparator is not None


_SIGNS = [*",/:-–x×^% ()<≥+.e", "°C", "less than", "of", "to"]
_PIECES = st.sampled_from(
    ["1", "12", "3.5", "10", "9", "mg", "dL", "L", "mmHg", "positive", "grade", "II", *_SIGNS]
)


@given(st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=14).map("".join)))
def test_any_text_is_parsed_without_error_and_spans_lie_inside(text: str) -> None:
    found = VALUES.parse(text)
    if found is None:
        return
    spans = [found.span, *found.number_spans]
    spans += [found.comparator_span or found.span, found.unit_span or found.span]
    spans.append(found.interpretation_span or found.span)
    for span in spans:
        assert 0 <= span.start < span.end <= len(text)
    assert len(found.numbers) == len(found.number_spans)
    if found.kind is not values.ValueKind.ORDINAL:
        assert all(float(n) == float(n) for n in found.numbers)

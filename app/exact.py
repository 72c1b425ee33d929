"""JSON in which numbers keep their digits: 1.50 is read, kept and written as 1.50.

FHIR gives the digits of a decimal a meaning (its precision); a float would lose them.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson


def loads(data: bytes) -> Any:
    """The value of a JSON text; numbers with a fraction are Decimals.

    Raises ValueError for what is not JSON.
    """
    try:
        return json.loads(data, parse_float=Decimal, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def dumps(value: Any, *, indent: bool = False) -> bytes:
    """UTF-8 JSON of a value."""
    return orjson.dumps(value, default=_digits, option=orjson.OPT_INDENT_2 if indent else 0)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _digits(value: object) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"no JSON for {type(value).__name__}")

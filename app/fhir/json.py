"""Bundles to bytes: decimals keep their digits, the same bundle gives the same bytes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson


def _exact(value: object) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"no JSON for {type(value).__name__}")


def dumps(bundle: dict[str, Any], *, indent: bool = False) -> bytes:
    """UTF-8 JSON of a bundle; "1.50" stays 1.50."""
    return orjson.dumps(bundle, default=_exact, option=orjson.OPT_INDENT_2 if indent else 0)

"""The published JSON Schemas."""

from __future__ import annotations

from typing import Literal, get_args

import orjson

from app.errors import NotFound

SchemaName = Literal["case", "document"]


def names() -> tuple[str, ...]:
    """The schemas that there are."""
    return get_args(SchemaName)


def schema(name: str) -> bytes:
    """A schema as indented JSON; NotFound for a name that is not known."""
    if name == "case":
        from app.case.model import Case

        body = Case.model_json_schema()
    elif name == "document":
        from app.documents import json_schema

        body = json_schema()
    else:
        raise NotFound(f"no such schema; there are: {', '.join(names())}")
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return orjson.dumps(dialect | body, option=orjson.OPT_INDENT_2)

"""What every kind of fact becomes: the rich case against hand-checked resources.

`expected/` holds, for each version and resource type, the resources in readable form
(references by name, evidence as the quoted words).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fhir.readable import readable

EXPECTED = Path(__file__).parent / "expected"
FILES = sorted(p.relative_to(EXPECTED).as_posix() for p in EXPECTED.glob("*/*.json"))
VERSION = {"r4": "4.0", "r5": "5.0"}


def test_every_resource_type_is_expected(rich_json: dict[tuple[str, str], str]) -> None:
    for folder, version in VERSION.items():
        made = readable(json.loads(rich_json[version, "collection"]))
        assert sorted(made) == sorted(p.stem for p in (EXPECTED / folder).glob("*.json"))


@pytest.mark.parametrize("name", FILES)
def test_resources(name: str, rich_json: dict[tuple[str, str], str]) -> None:
    folder, file = name.split("/")
    made = readable(json.loads(rich_json[VERSION[folder], "collection"]))
    kind = file.removesuffix(".json")
    if kind == "DocumentReference":
        for content in made[kind]["1"]["content"]:
            for part in ("data", "hash", "size"):
                assert content["attachment"].pop(part)
    assert made[kind] == json.loads((EXPECTED / name).read_text("utf-8"))

"""What passes because its like has passed before: exactly what all gates let pass."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from app.fhir import Writer, gates
from app.fhir.definitions import definitions
from app.fhir.gates.known import _PLAIN, Known
from app.fhir.gates.models import check_models
from app.fhir.gates.structure import Walk
from app.fhir.run import DERIVATION
from tests.fhir.conftest import TYPES, VERSIONS
from tests.fhir.rich import rich

Bundle = dict[str, Any]

ODD: tuple[Any, ...] = (
    *(None, "", " ", "a b", "\u00a0", "a\u00a0b", "x\n", "\u200b", "\ufeff", "\ud800"),
    *(0, -1, 1, 2**31, 1.5, True, [], {}, [None], [{}], {"a": 1}, {"extension": []}),
    *(Decimal("1.50"), Decimal("NaN"), Decimal("1E+3"), "2020-13-01", "not a date"),
    *("urn:uuid:X", "final", "http://loinc.org", "AAA"),
)


def nodes(value: Any) -> list[tuple[Any, Any]]:
    """Every container of a bundle with each of its keys."""
    out: list[tuple[Any, Any]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in list(items):
        out.append((value, key))
        if isinstance(item, (dict, list)):
            out += nodes(item)
    return out


def changed(bundle: Bundle, pick: random.Random) -> Bundle:
    """The bundle with one thing in it changed."""
    out = copy.deepcopy(bundle)
    places = nodes(out)
    holder, key = pick.choice(places)
    other, other_key = pick.choice(places)
    kind = pick.randrange(7)
    if kind == 0:
        del holder[key]
    elif kind == 1:
        holder[key] = pick.choice(ODD)
    elif kind == 2:
        holder[key] = [holder[key]]
    elif kind == 3:
        holder[key] = copy.deepcopy(other[other_key])
    elif kind == 4 and isinstance(holder, dict) and isinstance(other_key, str):
        holder[other_key] = copy.deepcopy(other[other_key])
    elif kind == 5 and isinstance(holder, dict):
        holder[f"_{key}"] = pick.choice([{"extension": [{"url": "urn:x", "valueCode": "x"}]}, {}])
    else:
        holder[key] = pick.choice([holder[key], {"extension": [copy.deepcopy(other[other_key])]}])
    return out


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", TYPES)
def test_a_changed_bundle_passes_as_it_would_without(
    writer: Writer, version: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, _ = writer.write(rich(), fhir_version=version, bundle_type=kind)
    assert gates._passes(bundle, version, own=True)
    passed = 0
    pick = random.Random(f"{version} {kind}")
    for _ in range(25):
        other = changed(bundle, pick)
        quick = gates.check_bundle(other, version, own=True)
        with monkeypatch.context() as patch:
            patch.setattr(gates, "_passes", lambda *_: False)
            assert gates.check_bundle(other, version, own=True) == quick
        passed += not quick
    assert 0 < passed < 25


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_known_is_not_asked_again(
    writer: Writer, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, _ = writer.write(rich(), fhir_version=version)
    asked: list[str] = []

    def ask(resources: list[tuple[str, Bundle]], _: str) -> list[Any]:
        asked.extend(r["resourceType"] for _, r in resources)
        return []

    assert gates._passes(bundle, version, own=True)
    monkeypatch.setattr(gates, "check_models", ask)
    assert gates.check_bundle(bundle, version, own=True) == ()
    assert len(asked) < len(bundle["entry"]) / 4


WORDS = ["a", "Äµ ≥ 5", "x" * 200, " a", "a  b", "urn:uuid:0", "中文", "😀", "'\"<&>"]
EXAMPLES: dict[str, list[Any]] = {
    "string": WORDS,
    "markdown": WORDS,
    "code": ["a", "a-b", "中", "<"],
    "id": ["a", "A.-9", "x" * 64],
    "boolean": [True, False],
    "integer": [0, -5, 2**31 - 1, 1 - 2**31],
    "unsignedInt": [0, 2**31 - 1],
    "positiveInt": [1, 2**31 - 1],
    "uri": [
        "urn:uuid:1b4e28ba-2fa1-51d2-883f-0016d3cca427",
        "Condition/1b4e28ba-2fa1-51d2-883f-0016d3cca427",
    ],
    "base64Binary": ["QUJD", "QUJDRA==", "QUJDREU=", "+/+/"],
    "decimal": [Decimal("1.50"), Decimal("-0.1"), Decimal(0), Decimal("9" * 16)],
}


def basic(extension: Bundle) -> Bundle:
    return {"resourceType": "Basic", "code": {"text": "x"}, "extension": [extension]}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", _PLAIN)
def test_plain_values_pass_the_slow_gates(version: str, kind: str) -> None:
    plain: Callable[[Any], Any] = _PLAIN[kind]
    name = f"value{kind[0].upper()}{kind[1:]}"
    for value in EXAMPLES[kind]:
        assert plain(value), value
        resource = basic({"url": "urn:x", name: value})
        assert check_models([("", copy.deepcopy(resource))], version) == [], value
    for value in ODD:
        if plain(value):
            resource = basic({"url": "urn:x", name: value})
            walk = Walk(definitions(version))
            walk.resource(resource)
            assert not walk.findings, value
            assert check_models([("", resource)], version) == [], value


def test_what_held_only_evidence_is_not_learnt() -> None:
    known = Known("4.0")
    walk = Walk(definitions("4.0"))
    evidence = {"extension": [{"url": DERIVATION}]}
    seen = {"resourceType": "Observation", "status": "final", "code": evidence}
    known.learn(seen, "Observation")
    assert not known.passes(seen, "Observation", walk)

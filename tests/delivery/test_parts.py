"""The small parts: what a server says of itself, comparing, sentences, taking back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.delivery.answer import Answer
from app.delivery.capability import Capability
from app.delivery.compare import differences
from app.delivery.manner import Manner, check_alone, manner_of, of_plan
from app.delivery.plan import Step
from app.delivery.refusal import relearn
from app.delivery.withdraw import rules
from app.delivery.words import sentence_around
from app.errors import DeliveryError
from tests.delivery.servers import BASE, target


def said(**rest: Any) -> Capability:
    return Capability.read({"fhirVersion": "4.0.1", "rest": [{"mode": "server", **rest}]})


def test_what_a_server_says_of_itself() -> None:
    types = [{"type": "Patient", "updateCreate": True}, {"type": "Basic"}]
    found = said(interaction=[{"code": "batch"}], resource=types)
    assert found.transaction is False
    assert found.types == frozenset({"Patient", "Basic"})
    assert found.update_create is True
    assert said().transaction is None
    assert said().types is None
    denied = [{"type": "Patient", "updateCreate": True}, {"type": "Basic", "updateCreate": False}]
    assert said(resource=denied).update_create is False
    assert Capability.read({"rest": "nonsense"}) == Capability()


def test_the_manner_follows_it_and_the_target() -> None:
    no = said(
        interaction=[{"code": "read"}],
        resource=[{"type": "Basic", "updateCreate": False, "conditionalUpdate": True}],
    )
    assert manner_of(target(), no) == Manner(single=True, server_ids=True)
    assert manner_of(target(send_as="transaction", ids="ours"), no) == Manner()


@pytest.mark.parametrize(
    ("says", "found_by", "alone"),
    [
        ({"conditionalUpdate": True}, "conditional-update", False),
        ({}, "conditional-update", False),
        ({"conditionalUpdate": False, "conditionalCreate": True}, "conditional-create", False),
        ({"conditionalUpdate": False}, "conditional-create", True),
        ({"conditionalUpdate": False, "conditionalCreate": False}, "search", True),
    ],
)
def test_how_a_resource_is_found_follows_what_the_server_says(
    says: dict[str, bool], found_by: str, alone: bool
) -> None:
    capability = said(resource=[{"type": "Basic", "updateCreate": False, **says}])
    manner = manner_of(target(), capability)
    assert (manner.server_ids, manner.found_by, manner.alone) == (True, found_by, alone)
    assert of_plan(manner.as_dict()) == manner
    check_alone(manner, target())
    if alone:
        assert "nobody else" in " ".join(manner.notes())
        with pytest.raises(DeliveryError, match="concurrency = 1"):
            check_alone(manner, target(concurrency=2))
    wanted = manner_of(target(found_by="search"), capability)
    assert (wanted.found_by, wanted.alone) == ("search", True)


@pytest.mark.parametrize(
    ("status", "text", "server_ids", "learned"),
    [
        (400, "Transaction contains more update operations than allowed", False, "max_entries"),
        (413, "", False, "max_entries"),
        (400, "requires strict isolation but has too many entries", True, "max_conditional"),
        (400, "HAPI-0960: client-assigned IDs are not enabled", False, "server_ids"),
        (422, "This server does not support transactions", False, "single"),
        (405, "not allowed", False, "single"),
        (422, "gender is wrong", False, None),
        (412, "multiple matches", True, None),
        (400, "Conditional update is not supported", True, "found_by"),
    ],
)
def test_what_a_refusal_teaches(
    status: int, text: str, server_ids: bool, learned: str | None
) -> None:
    issue = {"severity": "error", "code": "invalid", "diagnostics": text}
    body = {"resourceType": "OperationOutcome", "issue": [issue]} if text else None
    before = Manner(server_ids=server_ids)
    after = relearn(Answer(status, body, {}), Step(tuple(range(20))), before, 20)
    if learned is None:
        assert after is None
    else:
        assert after is not None
        assert getattr(after, learned) != getattr(before, learned)
        assert len(after.learned) == 1


def test_what_is_the_same() -> None:
    sent = {
        "id": "1",
        "value": Decimal("1.50"),
        "subject": {"reference": "Patient/1"},
        "text": {"div": "<div>it&#39;s  one</div>"},
        "meta": {"tag": [{"system": "s", "code": "c"}]},
        "list": [{"a": True}],
        "size": "1428",
    }
    held = {
        "id": "1",
        "value": Decimal("1.5"),
        "subject": {"reference": f"{BASE}/Patient/1"},
        "text": {"div": "<div xmlns='x'>it's <b>one</b></div>", "status": "generated"},
        "meta": {"tag": [{"system": "o"}, {"system": "s", "code": "c"}], "versionId": "3"},
        "list": [{"a": True, "id": "x"}],
        "more": 1,
        "size": 1428,
    }
    assert list(differences(sent, held, BASE)) == []


@pytest.mark.parametrize(
    ("sent", "held", "paths"),
    [
        ({"a": 1}, {}, ["a"]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1]}}, ["a.b"]),
        ({"a": [{"b": "x"}]}, {"a": [{"b": "y"}]}, ["a[0].b"]),
        ({"a": True}, {"a": 1}, ["a"]),
        ({"s": {"reference": "A/1"}}, {"s": {"reference": "A/2"}}, ["s.reference"]),
        ({"div": "one"}, {"div": "two"}, ["div"]),
        ({"meta": {"tag": [{"code": "c"}]}}, {"meta": {"tag": []}}, ["meta.tag"]),
        ({"a": {}}, {"a": 1}, ["a"]),
    ],
)
def test_what_differs_is_named(sent: Any, held: Any, paths: list[str]) -> None:
    assert list(differences(sent, held, BASE)) == paths


def test_the_sentence_around_words() -> None:
    text = "First one. She had a\nfever (39.5 °C) then.\n\nLast"
    assert sentence_around(text, text.index("fever"), text.index("fever") + 5) == (
        "She had a fever (39.5 °C) then."
    )
    assert sentence_around(text, 0, 5) == "First one."
    assert sentence_around(text, text.index("Last"), len(text)) == "Last"


def test_how_a_resource_says_that_it_should_not_be() -> None:
    allergy = {"resourceType": "AllergyIntolerance", "clinicalStatus": {"x": 1}}
    kept = rules().marked(allergy, "5.0")
    assert kept is not None
    assert kept["clinicalStatus"] == {"x": 1}
    marked = rules().marked(allergy, "4.0")
    assert marked is not None
    assert "clinicalStatus" not in marked
    assert marked["verificationStatus"]["coding"][0]["code"] == "entered-in-error"
    assert rules().marked({"resourceType": "Provenance"}, "4.0") is None

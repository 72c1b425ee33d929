"""The case itself, and the checks that keep it consistent."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, get_args

from pydantic import model_validator

from app.case.model.base import (
    Evidence,
    Model,
)
from app.case.model.findings import (
    Imaging,
    Medication,
    Pathology,
    Problem,
    Procedure,
    Test,
)
from app.case.model.people import (
    Allergy,
    Consent,
    DocumentInfo,
    FamilyHistory,
    OutcomeFact,
    Patient,
    SocialHistory,
)

AnyFact = (
    Problem
    | Test
    | Imaging
    | Pathology
    | Procedure
    | Medication
    | FamilyHistory
    | Allergy
    | SocialHistory
    | OutcomeFact
    | Consent
)


class Case(Model):
    """Everything a report says of its patients."""

    version: Literal["1"] = "1"
    document: DocumentInfo
    patients: tuple[Patient, ...] = ()
    problems: tuple[Problem, ...] = ()
    tests: tuple[Test, ...] = ()
    imaging: tuple[Imaging, ...] = ()
    pathology: tuple[Pathology, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    medications: tuple[Medication, ...] = ()
    family_history: tuple[FamilyHistory, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    social_history: tuple[SocialHistory, ...] = ()
    outcomes: tuple[OutcomeFact, ...] = ()
    consents: tuple[Consent, ...] = ()

    def facts(self) -> tuple[AnyFact, ...]:
        """All facts, kind by kind, in the order in which the case holds them."""
        return (
            *self.problems,
            *self.tests,
            *self.imaging,
            *self.pathology,
            *self.procedures,
            *self.medications,
            *self.family_history,
            *self.allergies,
            *self.social_history,
            *self.outcomes,
            *self.consents,
        )

    @model_validator(mode="after")
    def _consistent(self) -> Case:
        """Ids are unique, links point at facts that are there, evidence lies in the text."""
        facts = self.facts()
        ids = [f.id for f in facts]
        if len(ids) != len(set(ids)):
            twice = sorted({i for i in ids if ids.count(i) > 1})
            raise ValueError(f"fact ids must be unique; used twice: {', '.join(twice)}")
        patients = {p.key for p in self.patients}
        if len(patients) != len(self.patients):
            raise ValueError("patient keys must be unique")
        known = set(ids)
        for fact in facts:
            if fact.patient not in patients:
                raise ValueError(f"fact {fact.id}: no patient {fact.patient!r} in this case")
            for name in ("seen_in", "due_to", "findings", "reason", "complications"):
                for target in getattr(fact, name, ()):
                    if target not in known:
                        raise ValueError(f"fact {fact.id}: {name} points at no fact: {target!r}")
            source = getattr(fact, "procedure", None)
            if source is not None and source not in known:
                raise ValueError(f"fact {fact.id}: procedure points at no fact: {source!r}")
        length = len(self.document.text)
        if length:
            for path, place in places(self, "case"):
                if place.end > length:
                    raise ValueError(f"{path}: evidence ends at {place.end}, the text at {length}")
        return self


def places(node: Model, path: str) -> list[tuple[str, Evidence]]:
    """Every place in the text that a part of a case names, each with its path."""
    out: list[tuple[str, Evidence]] = []
    _collect(node, path, out)
    return out


def _collect(node: Any, path: str, out: list[tuple[str, Evidence]]) -> None:
    if isinstance(node, Evidence):
        out.append((path, node))
    elif isinstance(node, tuple):
        for index, child in enumerate(node):
            _collect(child, f"{path}[{index}]", out)
    elif isinstance(node, Model):
        for name in _fields_with_places(type(node)):
            child = getattr(node, name)
            if child:
                _collect(child, f"{path}.{name}", out)


@cache
def _fields_with_places(kind: type[Model]) -> tuple[str, ...]:
    """The fields of a model that may hold evidence, themselves or further down."""
    return tuple(n for n, f in kind.model_fields.items() if _has_places(f.annotation))


def _has_places(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation is Evidence or bool(_fields_with_places(annotation))
    return any(_has_places(part) for part in get_args(annotation))

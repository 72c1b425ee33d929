"""Resources to facts: which belong to one, which rule made each, what links them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from app.case import model
from app.case.model import Case, Model
from app.contents import Contents, Entry
from app.fhir.concepts import Table
from app.fhir.definitions import Definitions
from app.fhir.located import LocatedMap
from app.fhir.paths import Shape
from app.fhir.sources import SOURCES
from app.reading.claims import Claims
from app.reading.document import beside
from app.reading.parts import settle
from app.reading.rules import Backwards
from app.reading.values import Json, Quotes

KINDS: dict[str, tuple[str, type[Model]]] = {
    "problem": ("problems", model.Problem),
    "test": ("tests", model.Test),
    "imaging": ("imaging", model.Imaging),
    "pathology": ("pathology", model.Pathology),
    "procedure": ("procedures", model.Procedure),
    "medication": ("medications", model.Medication),
    "family": ("family_history", model.FamilyHistory),
    "allergy": ("allergies", model.Allergy),
    "social": ("social_history", model.SocialHistory),
    "outcome": ("outcomes", model.OutcomeFact),
    "consent": ("consents", model.Consent),
}
"""For each kind of fact the field of the case that holds it, and its model."""

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_ABOUT = frozenset({
    "DocumentReference", "Practitioner", "PractitionerRole", "Organization", "Device",
    "Provenance", "Composition", "Binary", "OperationOutcome",
})  # fmt: skip
"""Types that say nothing of a patient."""
_TOGETHER = "laboratory"
"""What the writer calls a report that only holds together facts that are told elsewhere."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A resource that gave no fact, and why."""

    path: str
    reason: str


@dataclass
class Facts:
    """The facts of the resources by rule. `unexplained` counts the elements that no rule made."""

    contents: Contents
    definitions: Definitions
    tables: dict[str, Table]
    rules: dict[str, LocatedMap]
    quotes: Quotes
    unread: list[Unread] = field(default_factory=list)
    unexplained: int = 0

    def __post_init__(self) -> None:
        self._known: dict[str, tuple[str | None, str]] = {}
        self._by_type: dict[str, list[LocatedMap]] = {}
        for rule in self.rules.values():
            if rule["for"] in KINDS or rule["for"] == "patient":
                kind = rule["resource"]["resourceType"]
                self._by_type.setdefault(kind, []).append(rule)
        for number, entry in enumerate(self.contents.entries, 1):
            self._known[entry.path] = self._name(entry, number)
        self._backwards = Backwards(
            self.definitions, self.tables, self.contents, self.quotes, self._link
        )

    def _name(self, entry: Entry, number: int) -> tuple[str | None, str]:
        """Kind and id of the fact (or patient) that a resource tells, as far as it says so."""
        own = beside(entry.resource)
        kind, key = own.get("kind"), own.get("id") or own.get("key") or entry.resource.get("id")
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            key = f"{entry.type.lower() or 'resource'}-{number}"
        if entry.type == "Patient":
            return "patient", key
        return (kind if kind in KINDS or kind == "patient" else None), key

    def _link(self, entry: Entry, space: str) -> str | None:
        kind, key = self._known[entry.path]
        if space == "patient":
            return key if entry.type == "Patient" else None
        return None if kind == "patient" or entry.type in _ABOUT else key

    def read(self) -> Json:
        """Patients and facts as the case's JSON, by field of the case."""
        groups: dict[tuple[str, str], tuple[Claims, str]] = {}
        for entry in self.contents.entries:
            if entry.type in _ABOUT or beside(entry.resource).get("kind") == _TOGETHER:
                continue
            found = self._best(entry, groups)
            if found is None:
                self.unread.append(Unread(entry.path, f"no rule makes such a {entry.type}"))
                continue
            kind, claims = found
            key = self._known[entry.path][1]
            if kind == "patient":
                key = (claims.values.get("patient") or [key])[0]
            groups[kind, key] = claims, groups.get((kind, key), (None, entry.path))[1]
        out: Json = {}
        for (kind, key), (claims, path) in groups.items():
            settle(claims)
            made = claims.fields()
            if kind == "patient":
                out.setdefault("patients", []).append((path, {**made, "key": key}))
            else:
                _restore(made, claims, self.quotes)
                out.setdefault(KINDS[kind][0], []).append((path, {**made, "id": key}))
        return out

    def _best(
        self, entry: Entry, groups: dict[tuple[str, str], tuple[Claims, str]]
    ) -> tuple[str, Claims] | None:
        """The rule that explains most of a resource, and what it then says."""
        known, key = self._known[entry.path]
        best: tuple[int, str, Claims] | None = None
        for rule in self._by_type.get(entry.type, ()):
            kind = rule["for"]
            if known is not None and kind != known:
                continue
            before = groups.get((kind, key))
            claims = before[0].copy() if before else Claims(Shape(SOURCES[kind]))
            left = self._backwards.resource(rule, entry.resource, claims)
            if left is not None and (best is None or left < best[0]):
                best = left, kind, claims
        if best is None:
            return None
        self.unexplained += best[0]
        return best[1], best[2]


def _restore(made: Json, claims: Claims, quotes: Quotes) -> None:
    """Where the words of the name stand: at the first place, unless it is said otherwise."""
    if claims.exists.get("name_evidence") is False:
        made.pop("name_evidence", None)
    elif made.get("name") and not made.get("name_evidence"):
        made["name_evidence"] = made.get("evidence", [])[:1]
    if not made.get("name") and made.get("evidence"):
        made["name"] = quotes.of(made["evidence"])


def build(document: model.DocumentInfo, found: Json) -> tuple[Case, list[Unread]]:
    """The case of what was read. A fact that lacks what every fact has is named and left out."""
    unread: list[Unread] = []
    quotes = Quotes(document.text)
    patients = _valid(model.Patient, found.get("patients", ()), quotes, unread)
    keys = {p.key for p in patients}
    facts: dict[str, list[Any]] = {}
    for name, kind in KINDS.values():
        valid = _valid(kind, found.get(name, ()), quotes, unread)
        facts[name] = [f for f in valid if f.patient in keys]
    _link_both_ways(facts)
    case = Case(
        document=document,
        patients=tuple(patients),
        **{name: tuple(of) for name, of in facts.items()},
    )
    return case, unread


def _valid(kind: type[Model], found: Any, quotes: Quotes, unread: list[Unread]) -> list[Any]:
    """The facts of a kind. A part that is not as it must be is named and left out; a fact that
    then lacks what every fact has, too."""
    out = []
    for path, made in found:
        given = {k: _fit(v, quotes) for k, v in made.items() if k in kind.model_fields}
        while True:
            try:
                out.append(kind.model_validate(given))
                break
            except ValidationError as error:
                first = error.errors(include_input=False, include_url=False, include_context=False)
                where = first[0]["loc"]
                reason = first[0]["type"].replace("_", " ")
                unread.append(Unread(path, f"{'.'.join(map(str, where))}: {reason}"))
                if not _leave_out(given, kind, where):
                    break
    return out


def _leave_out(given: Json, kind: type[Model], where: tuple[int | str, ...]) -> bool:
    """Take away the part that is wrong; False when the fact cannot be without it."""
    name = str(where[0]) if where else ""
    if name not in given:
        return False
    if isinstance(given[name], list) and len(where) > 1 and isinstance(where[1], int):
        del given[name][where[1]]
        return True
    if kind.model_fields[name].is_required():
        return False
    del given[name]
    return True


def _fit(value: Any, quotes: Quotes) -> Any:
    """A value without what only reading needs; words that only their places tell are quoted."""
    if isinstance(value, list):
        return [_fit(v, quotes) for v in value]
    if isinstance(value, dict):
        out = {k: _fit(v, quotes) for k, v in value.items() if k != "side"}
        if out.get("evidence") and "text" not in out and "name" not in out:
            out["text"] = quotes.of(out["evidence"])
        return out
    return value


def _link_both_ways(facts: dict[str, list[Any]]) -> None:
    """What a study showed was seen in it; links stand in the order of the facts, and those to
    facts that are not here are left out."""
    shown: dict[str, list[str]] = {}
    seen: dict[str, list[str]] = {}
    for study in (*facts["imaging"], *facts["pathology"]):
        for problem in study.findings:
            seen.setdefault(problem, []).append(study.id)
    for problem in facts["problems"]:
        for study in problem.seen_in:
            shown.setdefault(study, []).append(problem.id)

    place = {f.id: n for n, f in enumerate(f for of in facts.values() for f in of)}

    def known(links: Any) -> tuple[str, ...]:
        return tuple(sorted({k for k in links if k in place}, key=place.__getitem__))

    for of in facts.values():
        for number, fact in enumerate(of):
            update: dict[str, Any] = {
                name: known(getattr(fact, name))
                for name in ("due_to", "reason", "complications")
                if hasattr(fact, name)
            }
            if hasattr(fact, "seen_in"):
                update["seen_in"] = known((*fact.seen_in, *seen.get(fact.id, ())))
            if hasattr(fact, "findings"):
                update["findings"] = known((*fact.findings, *shown.get(fact.id, ())))
            if getattr(fact, "procedure", None) not in (None, *place):
                update["procedure"] = None
            of[number] = fact.model_copy(update=update)

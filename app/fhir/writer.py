"""Case to bundle: which rules apply, what they make, in what order it stands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from app.case.model import Case, Model, places
from app.errors import GateError, InputError, InvalidCase
from app.fhir import bundle as bundles
from app.fhir import narrative
from app.fhir.concepts import load_tables
from app.fhir.datatypes import Json
from app.fhir.definitions import FILES, definitions
from app.fhir.gates import check_bundle, warm
from app.fhir.gates.issues import as_issues
from app.fhir.gathered import document_sources, fact_sources
from app.fhir.profiles import claim, load_profiles
from app.fhir.rules import Rule, load_rules, section_words
from app.fhir.run import Env, Made, Run
from app.fhir.sources import (
    SOURCES,
    CompositionSource,
    ConversionSource,
    Link,
    SectionSource,
    key_of,
)
from app.issues import Issue, IssueKind
from app.resources import layers, with_profile
from app.text import Span
from app.version import RELEASED

_LINKS = ("seen_in", "due_to", "findings", "reason", "complications")
_LAST = ("composition", "conversion")


class RuleSet:
    """Mapping rules and tables of one FHIR version."""

    def __init__(self, folders: tuple[Path, ...], fhir_version: str) -> None:
        tables = load_tables(folders)
        self.rules = load_rules(folders, definitions(fhir_version), tables)
        self.sections = section_words(tables["section"])
        empty = tables.get("section-empty")
        self.mandatory = frozenset(empty.rows if empty else ())
        self.laterality = dict(tables["laterality"].rows)


class Writer:
    """Writes cases as bundles. Rules are read once; a writer may be shared by threads."""

    def __init__(self, overlay: Path | None) -> None:
        self._folders = layers(overlay)
        self._sets = {version: RuleSet(self._folders, version) for version in FILES}
        self._profiles = load_profiles(self._folders)
        self._profile_sets: dict[str, RuleSet] = {}

    def profile_rules(self, name: str) -> RuleSet:
        """The rules of a profile, read when it is first asked for.

        Raises MappingError, with file and line, when one is wrong.
        """
        if name not in self._profile_sets:
            folders = with_profile(self._folders, name)
            self._profile_sets[name] = RuleSet(folders, self._profiles[name].fhir_version)
        return self._profile_sets[name]

    @property
    def profiles(self) -> tuple[str, ...]:
        """The names of the profiles."""
        return tuple(self._profiles)

    def warm(self, fhir_version: str) -> None:
        """Import the models of a FHIR version (0.2 s), so that its first bundle need not.

        For a process that goes on; one that makes a single bundle imports what that needs.
        """
        warm(fhir_version)

    def write(
        self,
        case: Case,
        *,
        fhir_version: str = "4.0",
        bundle_type: str = "collection",
        recorded: datetime | None = None,
        profile: str | None = None,
    ) -> tuple[Json, tuple[Issue, ...]]:
        """A checked bundle of a case, and what of the case no element took.

        `profile` names a folder of `mappings/profiles`, whose rules are laid over the others.
        `recorded` is the time of the conversion (UTC when it names no zone); without it, the
        fixed time of this release. Raises InvalidCase when evidence lies outside the text or
        on nothing but white space, GateError when the bundle fails its own checks.
        """
        if fhir_version not in FILES:
            raise InputError(f"FHIR version is one of {', '.join(FILES)}", place="fhirVersion")
        if bundle_type not in bundles.TYPES:
            raise InputError(f"type is one of {', '.join(bundles.TYPES)}", place="type")
        claimed = claim(self._profiles, profile, case, fhir_version, bundle_type)
        check_evidence(case)
        rules = self._sets[fhir_version] if profile is None else self.profile_rules(profile)
        conversion = _Conversion(case, rules, bundle_type, instant(recorded))
        out, issues = conversion.result(claimed, profile)
        failed = [f for f in check_bundle(out, fhir_version, own=True) if f.severity == "error"]
        if failed:
            more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
            error = GateError(
                f"{failed[0].message}{more}; mend your mapping files, or report this bug",
                place=failed[0].path,
            )
            error.issues = (*issues, *as_issues(failed, out))
            raise error
        return out, issues


def instant(recorded: datetime | None) -> str:
    """A FHIR instant."""
    if recorded is None:
        return RELEASED
    if recorded.tzinfo is None:
        recorded = recorded.replace(tzinfo=UTC)
    return recorded.isoformat(timespec="seconds").replace("+00:00", "Z")


class _Conversion:
    """One case on its way to one bundle."""

    def __init__(self, case: Case, rules: RuleSet, bundle_type: str, recorded: str) -> None:
        self.case = case
        self.set = rules
        self.type = bundle_type
        self.recorded = recorded
        self.run = Run(case.document.sha256, relative=bundle_type == "batch")
        self.run.facts = {f.id: f for f in case.facts()}
        self.run.laterality = rules.laterality

    @cached_property
    def sources(self) -> dict[str, tuple[Model, ...]]:
        return {**document_sources(self.case), **fact_sources(self.case)}

    def result(self, claimed: str | None, profile: str | None) -> tuple[Json, tuple[Issue, ...]]:
        """The bundle of a profile, which claims a URL, and what of the case it lacks."""
        return self.bundle(claimed, profile), self.issues()

    def bundle(self, claimed: str | None, profile: str | None) -> Json:
        """Make every resource, then the provenance and, for a document, its head."""
        planned = [
            self._plan(rule, source)
            for kind in SOURCES
            if kind not in _LAST
            for source in self.sources[kind]
            for rule in self.set.rules[kind]
            if rule.when is None or rule.when(source)
        ]
        built = [(made, rule, self._build(made, rule)) for made, rule in planned]
        head = self._head(built) if self.type == "document" else []
        resources = [r for _, _, r in (*head, *built)]
        resources += [r for _, _, r in self._provenance(head, built)]
        if self.type == "document":
            self._list_provenance(resources)
        return bundles.assemble(
            resources,
            self.type,
            identity=self.run.new_id("bundle", "Bundle", self.type, claimed or profile or "bundle"),
            timestamp=self.recorded,
            profile=claimed,
        )

    def _plan(self, rule: Rule, source: Model) -> tuple[Made, Rule]:
        key = key_of(source)
        made = Made(
            rule.name,
            rule.kind,
            rule.resource_type,
            self.run.new_id(rule.name, rule.resource_type, rule.kind, key),
            source,
        )
        self.run.add(made)
        return made, rule

    def _build(self, made: Made, rule: Rule) -> Json:
        env = Env(self.run, made, made.source)
        out: Json = {"resourceType": made.resource_type, "id": made.id}
        for body in (rule.every(env), rule.build(env)):
            for name, value in (body or {}).items():
                if name in out and isinstance(value, list):
                    value = [*value, *out[name]]
                out[name] = value
        return out

    def _made(self, source: Model, kind: str) -> list[tuple[Made, Rule, Json]]:
        planned = [
            self._plan(rule, source)
            for rule in self.set.rules[kind]
            if rule.when is None or rule.when(source)
        ]
        return [(made, rule, self._build(made, rule)) for made, rule in planned]

    def _head(self, built: list[tuple[Made, Rule, Json]]) -> list[tuple[Made, Rule, Json]]:
        """The Composition: every resource is listed in the section that its rule names."""
        listed: dict[str, list[tuple[Made, Json]]] = {word: [] for word in self.set.sections}
        for made, rule, resource in built:
            if rule.section is not None:
                for out in rule.section(Env(self.run, made, made.source)):
                    listed.setdefault(out.value, []).append((made, resource))
        by = [m for m, _, _ in built if m.kind == "author"]
        by = by or [m for m, _, _ in built if m.kind == "program"]
        patients = [m for m, _, _ in built if m.resource_type == "Patient"]
        keys = [p.key for p in self.case.patients]
        title = self.case.document.title
        source = CompositionSource.model_construct(
            title=title,
            journal=self.case.document.journal,
            doi=self.case.document.doi,
            licence=self.case.document.licence,
            date=self.sources["document"][0].published or self.recorded,  # type: ignore[attr-defined]
            patient=keys[0] if len(keys) == 1 else None,
            patients=_links(patients),
            authors=_links(by),
            sections=tuple(
                SectionSource.model_construct(
                    word=word,
                    narrative=narrative.section([r for _, r in entries]),
                    entries=_links(m for m, _ in entries),
                )
                for word, entries in listed.items()
                if entries or word in self.set.mandatory
            ),
        )
        return self._made(source, "composition")

    def _provenance(
        self, head: list[tuple[Made, Rule, Json]], built: list[tuple[Made, Rule, Json]]
    ) -> list[tuple[Made, Rule, Json]]:
        made = [m for m, _, _ in (*head, *built)]
        told = [m for m in made if m.kind not in ("document", "program")]
        told = told or [m for m in made if m.kind == "document"]
        source = ConversionSource.model_construct(recorded=self.recorded, made=_links(told))
        return self._made(source, "conversion")

    def _list_provenance(self, resources: list[Json]) -> None:
        """Let the last section of the head reach the provenance, which is made after it."""
        entry = resources[0]["section"][-1].setdefault("entry", [])
        for resource in resources:
            if resource["resourceType"] == "Provenance":
                entry.append({"reference": f"urn:uuid:{resource['id']}"})

    def issues(self) -> tuple[Issue, ...]:
        """Facts that no rule made a resource of, and links that no element took."""
        out = []
        used = {key_of(m.source) for m in self.run.made}
        for fact in self.case.facts():
            span = Span(fact.evidence[0].start, fact.evidence[0].end)
            if fact.id not in used:
                reason = "no mapping rule applies to this fact"
                out.append(Issue(IssueKind.FACT_UNMAPPED, reason, span, fact.id))
            for name in _LINKS:
                for other in getattr(fact, name, ()):
                    if (fact.id, other) not in self.run.linked:
                        reason = f"no element takes its link {name} to {other}"
                        out.append(Issue(IssueKind.FACT_UNMAPPED, reason, span, fact.id))
        return tuple(out)


def _links(made: Iterable[Made]) -> tuple[Link, ...]:
    return tuple(Link.model_construct(resource=m.id) for m in made)


def check_evidence(case: Case) -> None:
    """Refuse a case whose evidence lies outside its text or on nothing but white space."""
    text = case.document.text
    for path, place in places(case, "case"):
        if place.end > len(text) or not text[place.start : place.end].strip():
            raise InvalidCase(
                "evidence points at no words of the text; mend start and end", place=path
            )

"""Gates: what every bundle must pass before it is given out, and what `check` reports."""

from __future__ import annotations

from typing import Any

from app.fhir.definitions import definitions
from app.fhir.gates.entries import check_entries, check_narratives, check_references, index
from app.fhir.gates.evidence import check_evidence
from app.fhir.gates.finding import Finding
from app.fhir.gates.invariants import check_invariants
from app.fhir.gates.known import known
from app.fhir.gates.models import bare, check_models, model
from app.fhir.gates.structure import Walk

__all__ = ["Finding", "check", "check_bundle", "recognise", "warm"]

_COMMON = frozenset({
    "AllergyIntolerance", "Bundle", "Composition", "Condition", "Consent", "Device",
    "DiagnosticReport", "DocumentReference", "FamilyMemberHistory", "ImagingStudy",
    "MedicationStatement", "Observation", "Organization", "Patient", "Practitioner",
    "PractitionerRole", "Procedure", "Provenance", "RelatedPerson", "ServiceRequest", "Specimen",
})  # fmt: skip


def warm(fhir_version: str) -> None:
    """Load definitions and models, so that the first conversion is as fast as the next."""
    definitions(fhir_version)
    for name in sorted(_COMMON):
        model(fhir_version, name)


def check(bundle: dict[str, Any], fhir_version: str | None = None) -> tuple[Finding, ...]:
    """Everything that is wrong with a bundle, from wherever it comes.

    `fhir_version` is "4.0" or "5.0"; without it, the version under which less is wrong.
    """
    return recognise(bundle, fhir_version)[1]


def recognise(
    bundle: dict[str, Any], fhir_version: str | None = None
) -> tuple[str, tuple[Finding, ...]]:
    """The FHIR version of a bundle, which no bundle names, and what is wrong under it."""
    if fhir_version is not None:
        return fhir_version, check_bundle(bundle, fhir_version)
    first = check_bundle(bundle, "4.0")
    if not _errors(first):
        return "4.0", first
    second = check_bundle(bundle, "5.0")
    return ("5.0", second) if _errors(second) < _errors(first) else ("4.0", first)


def _errors(findings: tuple[Finding, ...]) -> int:
    return sum(f.severity == "error" for f in findings)


def check_bundle(
    bundle: dict[str, Any], fhir_version: str, *, own: bool = False
) -> tuple[Finding, ...]:
    """All gates. `own` adds what holds for bundles made here: nothing outside is referred to."""
    if _passes(bundle, fhir_version, own):
        return ()
    walk = Walk(definitions(fhir_version))
    walk.resource(bundle)
    out = list(walk.findings)
    if bundle.get("resourceType") != "Bundle" or not isinstance(bundle.get("entry", []), list):
        return tuple(out)
    find = index(bundle)
    out += check_entries(bundle, own)
    out += check_references(walk.references, find, own)
    out += check_evidence(walk.derivations, find)
    out += check_narratives(walk.narratives)
    resources = [
        (f"Bundle.entry[{n}].resource", e["resource"])
        for n, e in enumerate(bundle.get("entry", ()))
        if isinstance(e, dict) and isinstance(e.get("resource"), dict)
    ]
    # What is no object where one belongs is found already, and the gates below cannot read it.
    broken = [f.path for f in walk.misshapen]
    sound = [(p, r) for p, r in resources if not any(b.startswith(p) for b in broken)]
    models = [(path, bare(resource)) for path, resource in sound]
    if all(b.startswith(tuple(p for p, _ in resources)) for b in broken):
        shell = {**bundle, "entry": [_shell(e) for e in bundle.get("entry", ())]}
        models.insert(0, ("Bundle", bare(shell)))
    out += check_models(models, fhir_version)
    for path, resource in sound:
        out += check_invariants(path, resource, fhir_version)
    return tuple(out)


def _passes(bundle: dict[str, Any], fhir_version: str, own: bool) -> bool:
    """Whether no gate finds anything. The slow ones, structure and fhir.resources, look only at
    resources that are not like others that they have found right."""
    entries = bundle.get("entry")
    if bundle.get("resourceType") != "Bundle" or not isinstance(entries, list):
        return False
    if not all(isinstance(e, dict) and isinstance(e.get("resource"), dict) for e in entries):
        return False
    resources = [e["resource"] for e in entries]
    collected = Walk(definitions(fhir_version))
    for node in ({**bundle, "entry": [_shell(e) for e in entries]}, *resources):
        walk = _known_or_right(node, fhir_version)
        if walk is None:
            return False
        collected.references += walk.references
        collected.derivations += walk.derivations
        collected.narratives += walk.narratives
    find = index(bundle)
    return not (
        check_entries(bundle, own)
        or check_references(collected.references, find, own)
        or check_evidence(collected.derivations, find)
        or check_narratives(collected.narratives)
        or any(check_invariants("", resource, fhir_version) for resource in resources)
    )


def _known_or_right(node: dict[str, Any], fhir_version: str) -> Walk | None:
    """What a walk over a resource collects; None when something is wrong with it."""
    kind, before = node.get("resourceType"), known(fhir_version)
    walk = Walk(definitions(fhir_version))
    if isinstance(kind, str) and before.passes(node, kind, walk):
        return walk
    walk = Walk(definitions(fhir_version))
    walk.resource(node)
    if walk.findings or check_models([("", bare(node))], fhir_version):
        return None
    before.learn(node, str(kind))
    return walk


def _shell(entry: Any) -> Any:
    """An entry without its resource, which is validated by itself."""
    if not isinstance(entry, dict):
        return entry
    return {k: v for k, v in entry.items() if k != "resource"}

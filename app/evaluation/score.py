"""A gold report against what a bundle says.

A thing is found when a resource of a fitting type points at its words: half of the shorter of
the two places must be shared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.evaluation.gold import Fact, Gold
from app.evaluation.rules import GoldRules
from app.evaluation.said import Said
from app.evaluation.tally import Tally
from app.text import Span

_HPO = "http://human-phenotype-ontology.org"
_PLAIN_FILM = frozenset({"CR", "DX"})  # DICOM: both are plain radiographs


def score(gold: Gold, said: Sequence[Said], rules: GoldRules, tally: Tally) -> None:
    """Count one report of facts."""
    for fact in gold.facts:
        _fact(gold, fact, said, rules, tally)
    for resource in said:
        if resource.type in rules.carriers and resource.focus and not resource.is_age:
            _resource(gold, resource, rules, tally)
    _person(gold, said, tally)


def score_phrase(gold: Gold, said: Sequence[Said], rules: GoldRules, tally: Tally) -> None:
    """Count one sentence with a phrase that is negated or affirmed."""
    for fact in gold.facts:
        found = [r.status for r in _fitting(fact, said, rules)]
        tally.gold("found", found, gold.name, _quote(gold, fact.spans))
        if not found:
            continue
        got = "absent" if "absent" in found else "present"
        tally.gold(f"status {fact.status}", got == fact.status, gold.name, gold.text)
        tally.said(f"status {got}", got == fact.status)
        tally.error(f"flipped: {fact.status} in the gold", got != fact.status)


def score_terms(gold: Gold, said: Sequence[Said], rules: GoldRules, tally: Tally) -> None:
    """Count the HPO terms that are said to be present in one article."""
    wanted = gold.terms or {}
    got = {
        code["code"]: code.get("display", "")
        for r in said
        if r.type in rules.fits["problem"] and r.status == "present"
        for code in r.codes()
        if code.get("system") == _HPO
    }
    for code, label in wanted.items():
        tally.gold("HPO term", code in got, gold.name, f"{code} {label}")
    for code, label in got.items():
        tally.said("HPO term", code in wanted, gold.name, f"{code} {label}")


def _fact(gold: Gold, fact: Fact, said: Sequence[Said], rules: GoldRules, tally: Tally) -> None:
    if fact.optional:
        return
    if fact.kind == "outcome":
        fit = [r for r in said if _meet(r.everywhere, fact.spans)]
    else:
        fit = _fitting(fact, said, rules)
    quote = _quote(gold, fact.spans) or "its words are not in the text"
    tally.gold(fact.kind, fit, gold.name, quote)
    if not fact.again:
        tally.gold("overall", fit)
        tally.gold("overall exact", any(set(r.focus) & set(fact.spans) for r in fit))
    if fact.kind == "problem" and fit:
        got = {r.status for r in fit if _meet(r.focus, fact.spans)}
        note = f"{quote} said {'/'.join(sorted(got))}"
        tally.gold(f"status {fact.status}", fact.status in got, gold.name, note)
        for status in sorted(got):
            tally.said(f"status {status}", status == fact.status)
        _flip(fact.status, got, tally)
    if fit and fact.patient is not None and len(gold.patients) > 1:
        _owner(gold, fact, fit, said, tally)
    for row, wanted, parts in (
        ("value of test", fact.values, [r.values for r in fit]),
        ("body site", fact.sites, [[*r.of("bodySite"), *r.focus] for r in fit]),
        ("dose", fact.doses, [r.of("dosage", "dosageInstruction") for r in fit]),
    ):
        if wanted:
            note = f"{quote} {_quote(gold, wanted)}"
            tally.gold(row, any(_meet(part, wanted) for part in parts), gold.name, note)
    if fact.modality and fit:
        codes = {code for r in fit for code in _modalities(r)}
        right = fact.modality in codes or (fact.modality == "DX" and codes & _PLAIN_FILM)
        tally.gold("modality", right, gold.name, f"{fact.modality} said {sorted(codes)}")


def _flip(wanted: str, got: set[str], tally: Tally) -> None:
    """What is there said to be absent, or what is absent said to be there and nothing else."""
    if wanted == "absent":
        tally.error("flipped: absent in the gold", got == {"present"})
    elif wanted == "present":
        tally.error("flipped: present in the gold", got == {"absent"})


def _owner(gold: Gold, fact: Fact, fit: Sequence[Said], said: Sequence[Said], tally: Tally) -> None:
    """Of several patients, the fact must be said of the right one: patients of gold and bundle
    are both in the order of the report."""
    entries = [r.body.get("id") for r in said if r.type == "Patient"]
    own = gold.patients.index(fact.patient) if fact.patient in gold.patients else None
    if own is None or own >= len(entries):
        tally.error("another patient of the report", True)
        return
    right = any(str(_subject(r)).endswith(str(entries[own])) for r in fit)
    tally.error("another patient of the report", not right)


def _subject(resource: Said) -> object:
    reference = resource.body.get("subject") or resource.body.get("patient") or {}
    return reference.get("reference")


def _resource(gold: Gold, resource: Said, rules: GoldRules, tally: Tally) -> None:
    kinds = rules.kinds_of(resource.type)
    right = any(
        _meet(resource.focus, f.spans) for f in gold.facts if f.kind in kinds or f.kind == "outcome"
    )
    note = _quote(gold, resource.focus)
    tally.said(resource.type, right, gold.name, note)
    tally.said("overall", right)
    exact = any(set(resource.focus) & set(f.spans) for f in gold.facts if f.kind in kinds)
    tally.said("overall exact", exact)
    if gold.outside is not None:
        outside = all(any(o.covers(s) for o in gold.outside) for s in resource.focus)
        leak = not right and outside
        tally.said(
            "about the patient", not leak, gold.name, f"{resource.type} {note} is background"
        )
        tally.error("not about the patient", leak)


def _person(gold: Gold, said: Sequence[Said], tally: Tally) -> None:
    if gold.age:
        ages = [
            (float(r.body["valueQuantity"]["value"]), r.body["valueQuantity"].get("code"))
            for r in said
            if r.type == "Observation" and r.is_age and "valueQuantity" in r.body
        ]
        tally.gold("age", gold.age in ages, gold.name, f"{gold.age} said {ages}")
    if gold.sex:
        sexes = [r.body.get("gender") for r in said if r.type == "Patient"]
        tally.gold("sex", gold.sex in sexes, gold.name, f"{gold.sex} said {sexes}")
    if gold.consent is not None:
        stated = any(r.type == "Consent" for r in said)
        tally.gold("consent", stated == gold.consent, gold.name, f"stated {gold.consent}")


def _modalities(resource: Said) -> set[str]:
    found = resource.body.get("modality", [])
    return {c.get("code", "") for m in found for c in (m.get("coding") or [m])}


def _fitting(fact: Fact, said: Sequence[Said], rules: GoldRules) -> list[Said]:
    """The resources that may be this fact, in the order of the types that fit its kind."""
    types = rules.fits.get(fact.kind, rules.carriers)
    return [r for r in said if r.type in types and _meet(r.focus, fact.spans)]


def _meet(some: Iterable[Span], others: Sequence[Span]) -> bool:
    return any(_shared(a, b) for a in some for b in others)


def _shared(one: Span, other: Span) -> bool:
    """Whether two places share half of the shorter one."""
    common = min(one.end, other.end) - max(one.start, other.start)
    return common > 0 and 2 * common >= min(one.length, other.length)


def _quote(gold: Gold, spans: Sequence[Span]) -> str:
    return " / ".join(repr(gold.text[a:b]) for a, b in spans[:2])

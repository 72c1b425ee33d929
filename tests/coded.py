"""How many facts have a code of a standard system, and a random sample of them to be read.

    python -m tests.quality codes --bundles DIR [DIR ...] [--sample 150] [--seed 1] [--kind problem]
    python -m tests.quality codes --bundles DIR --uncoded problem     (wordings without a code)

`DIR` holds the bundles that the other modes of `tests.quality` keep with `--out`. Whether a code
is right only a reader can say: the sample prints the words in their sentence, the code and the
display. The same seed draws the same facts from the same bundles.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DERIVED = "http://hl7.org/fhir/StructureDefinition/derivation-reference"
SYSTEMS = {
    "http://snomed.info/sct": "SNOMED CT",
    "http://loinc.org": "LOINC",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM",
    "http://human-phenotype-ontology.org": "HPO",
    "http://dicom.nema.org/resources/ontology/DCM": "DICOM",
}
AGE = "30525-0"
_AROUND = 60


@dataclass(frozen=True)
class Fact:
    """A fact of a bundle with its codes and the place of its words."""

    document: str
    kind: str
    text: str
    codes: tuple[tuple[str, str, str], ...]
    around: str


def facts(folder: Path) -> Iterator[Fact]:
    """The facts of all bundles of a folder, in the order of names and entries."""
    for path in sorted(folder.glob("*.json")):
        entries = json.loads(path.read_text("utf-8")).get("entry", [])
        resources = [entry["resource"] for entry in entries]
        source = _source(resources)
        for resource in resources:
            if (kind := _kind(resource)) is None:
                continue
            concept = _concept(resource)
            codes = tuple(
                (SYSTEMS[c["system"]], c["code"], c.get("display", ""))
                for c in concept.get("coding", [])
                if c.get("system") in SYSTEMS
            )
            spans = sorted(_spans(resource))
            text = concept.get("text") or (source[slice(*spans[0])] if spans else "")
            yield Fact(path.stem, kind, text, codes, _around(source, spans))


def _kind(resource: dict[str, Any]) -> str | None:
    """The kind of fact; None for what is none (the patient, the document, the age)."""
    match resource["resourceType"]:
        case "Condition":
            return "problem"
        case "Observation":
            if any(c.get("code") == AGE for c in resource["code"].get("coding", [])):
                return None
            return "problem" if "valueBoolean" in resource else "test"
        case "ImagingStudy":
            return "imaging"
        case "Procedure":
            return "procedure"
        case "MedicationStatement" | "MedicationRequest" | "MedicationAdministration":
            return "medication"
    return None


def _concept(resource: dict[str, Any]) -> dict[str, Any]:
    """The concept that says what the fact is; of an imaging study also its modality."""
    concept = resource.get("code") or resource.get("medicationCodeableConcept") or {}
    if resource["resourceType"] == "ImagingStudy":
        kinds = resource.get("procedureCode", [])
        codings = [c for kind in kinds for c in kind.get("coding", [])]
        text = next((kind["text"] for kind in kinds if kind.get("text")), "")
        concept = {"text": text, "coding": codings + resource.get("modality", [])}
    return dict(concept)


def _spans(resource: dict[str, Any]) -> Iterator[tuple[int, int]]:
    for extension in resource.get("extension", []):
        if extension.get("url") == DERIVED:
            parts = {part["url"]: part for part in extension["extension"]}
            if "offset" in parts:
                start = parts["offset"]["valueInteger"]
                yield start, start + parts["length"]["valueInteger"]


def _source(resources: Sequence[dict[str, Any]]) -> str:
    for resource in resources:
        if resource["resourceType"] == "DocumentReference":
            for content in resource.get("content", []):
                if data := content.get("attachment", {}).get("data"):
                    return base64.b64decode(data).decode("utf-8")
    return ""


def _around(source: str, spans: Sequence[tuple[int, int]]) -> str:
    """The first place of the words, with what stands around it."""
    if not spans:
        return ""
    start, end = spans[0]
    before, after = source[max(0, start - _AROUND) : start], source[end : end + _AROUND]
    return " ".join(f"{before}[{source[start:end]}]{after}".split())


def coverage(found: Sequence[Fact]) -> Iterator[str]:
    """Per kind: how many facts, how many with a code, and with one of each system."""
    for kind in sorted({fact.kind for fact in found}):
        own = [fact for fact in found if fact.kind == kind]
        coded = sum(bool(fact.codes) for fact in own)
        systems = Counter(s for fact in own for s in {system for system, _, _ in fact.codes})
        each = ", ".join(f"{name} {n / len(own):.3f}" for name, n in systems.most_common())
        yield f"{kind:12}{len(own):>7}  coded {coded / len(own):.3f}   {each}"


def main(arguments: Sequence[str]) -> None:
    """Prints coverage; with `--sample` coded facts to read, with `--uncoded` frequent misses."""
    parser = argparse.ArgumentParser(prog="tests.quality codes", description=__doc__)
    parser.add_argument("--bundles", type=Path, nargs="+", required=True)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", default="problem", help="the kind of the sample")
    parser.add_argument("--uncoded", metavar="KIND", help="list wordings without a code")
    options = parser.parse_args(arguments)
    found = [fact for folder in options.bundles for fact in facts(folder)]
    for line in coverage(found):
        print(line)
    if options.uncoded:
        bare = (f.text.lower() for f in found if f.kind == options.uncoded and not f.codes)
        for text, number in sorted(Counter(bare).items(), key=lambda item: (-item[1], item[0])):
            print(f"{number}\t{text}")
    coded = [fact for fact in found if fact.kind == options.kind and fact.codes]
    drawn = random.Random(options.seed).sample(coded, min(options.sample, len(coded)))
    for number, fact in enumerate(drawn, start=1):
        print(f"{number}. {fact.document} {fact.text!r}: {fact.around}")
        for system, code, display in fact.codes:
            print(f"     {system} {code} {display}")

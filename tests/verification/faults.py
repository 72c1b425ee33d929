"""Bundles of ours, and the faults that may be put into them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

from app import exact
from app.fhir.writer import Writer
from tests.fhir.report import TEXT
from tests.fhir.rich import rich

Json = dict[str, Any]


WRITER = Writer(None)


EVIDENCE = "http://hl7.org/fhir/StructureDefinition/derivation-reference"


def written(version: str = "4.0", kind: str = "collection") -> Json:
    bundle, _ = WRITER.write(rich(), fhir_version=version, bundle_type=kind)
    found: Json = exact.loads(exact.dumps(bundle))
    return found


def one(bundle: Json, kind: str, **having: Any) -> Json:
    """The first resource of a type that has some elements."""
    for entry in bundle["entry"]:
        resource: Json = entry["resource"]
        if resource["resourceType"] == kind and all(
            resource.get(k) == v for k, v in having.items()
        ):
            return resource
    raise AssertionError(kind)


def spot(element: Json) -> Json:
    """The first evidence on an element."""
    return next(e for e in element["extension"] if e["url"] == EVIDENCE)


def part(extension: Json, name: str) -> Json:
    return next(p for p in extension["extension"] if p["url"] == name)


def fever(bundle: Json) -> Json:
    return next(
        e["resource"]
        for e in bundle["entry"]
        if e["resource"].get("code", {}).get("text") == "fever"
    )


def _shift(bundle: Json) -> None:
    part(spot(fever(bundle)), "offset")["valueInteger"] += 2


def _other_word(bundle: Json) -> None:
    place = spot(fever(bundle))
    part(place, "offset")["valueInteger"] = TEXT.index("woman")
    part(place, "length")["valueInteger"] = len("woman")


def _outside(bundle: Json) -> None:
    part(spot(fever(bundle)), "offset")["valueInteger"] = len(TEXT) - 2


def _negative(bundle: Json) -> None:
    part(spot(fever(bundle)), "offset")["valueInteger"] = -1


def _no_number(bundle: Json) -> None:
    part(spot(fever(bundle)), "length").update(valueInteger="5")


def _blank(bundle: Json) -> None:
    place = spot(fever(bundle))
    part(place, "offset")["valueInteger"] = TEXT.index(" ")
    part(place, "length")["valueInteger"] = 1


def _no_length(bundle: Json) -> None:
    place = spot(fever(bundle))
    place["extension"].remove(part(place, "length"))


def _no_document(bundle: Json) -> None:
    reference = part(spot(fever(bundle)), "reference")["valueReference"]
    reference["reference"] = "urn:uuid:00000000-0000-4000-8000-000000000000"


def _another_resource(bundle: Json) -> None:
    reference = part(spot(fever(bundle)), "reference")["valueReference"]
    reference["reference"] = fever(bundle)["subject"]["reference"]


def _bare_resource(bundle: Json) -> None:
    found = fever(bundle)
    found["extension"] = [e for e in found["extension"] if e["url"] != EVIDENCE]


def other_words(bundle: Json) -> None:
    fever(bundle)["code"]["text"] = "pneumonia"


def _no_patient(bundle: Json) -> None:
    del fever(bundle)["subject"]


def _lost_patient(bundle: Json) -> None:
    fever(bundle)["subject"]["reference"] = "Patient/nobody"


def _bare_value(bundle: Json) -> None:
    haemoglobin = next(e["resource"] for e in bundle["entry"] if "referenceRange" in e["resource"])
    del haemoglobin["valueQuantity"]["extension"]


def _hash(bundle: Json) -> None:
    attachment = one(bundle, "DocumentReference")["content"][0]["attachment"]
    attachment["hash"] = base64.b64encode(hashlib.sha1(b"other").digest()).decode()


def _size(bundle: Json) -> None:
    one(bundle, "DocumentReference")["content"][0]["attachment"]["size"] = 3


FAULTS: list[tuple[Callable[[Json], None], set[str]]] = [
    (_shift, {"evidence begins or ends inside a word"}),
    (_other_word, {"words and evidence differ"}),
    (_outside, {"evidence lies outside the text"}),
    (_negative, {"offset or length is no number that can be"}),
    (_no_number, {"offset or length is no number that can be"}),
    (_blank, {"evidence points at white space"}),
    (_no_length, {"evidence lacks length"}),
    (
        _no_document,
        {"refers to nothing in the bundle", "evidence points at a document that is not there"},
    ),
    (_another_resource, {"evidence points at no DocumentReference"}),
    (_bare_resource, {"Observation without evidence"}),
    (other_words, {"words and evidence differ"}),
    (_no_patient, {"speaks of no patient"}),
    (_lost_patient, {"refers to nothing in the bundle"}),
    (_bare_value, {"a statement without evidence"}),
    (_hash, {"is not the hash of the data"}),
    (_size, {"is not the size of the data"}),
]

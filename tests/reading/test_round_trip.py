"""Case to bundle to case: every fact comes back equal, and R4 and R5 say the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app import exact
from app.case.links import in_order
from app.case.model import Case, Imaging, Pathology, Phrase
from app.fhir.writer import Writer
from app.pipeline import default_converter
from app.reading import read_case
from tests.elsewhere import read_back
from tests.fhir.rich import rich
from tests.shared import FOLDER, needs_shared
from tests.test_cases import CASES, read

VERSIONS = ("4.0", "5.0")
KEPT = ("version", "document", "patients")
TYPES = ("collection", "transaction", "document", "batch")
GOLD = sorted((FOLDER / "gold" / "text").glob("*.txt")) if FOLDER.is_dir() else []


@pytest.fixture(scope="module")
def writer() -> Writer:
    return Writer(None)


def there_and_back(
    writer: Writer, case: Case, version: str, kind: str = "collection", **elsewhere: Any
) -> Case:
    bundle, _ = writer.write(case, fhir_version=version, bundle_type=kind)
    bundle = exact.loads(exact.dumps(bundle))
    bundles = read_back(bundle, **elsewhere) if elsewhere else [bundle]
    reading = read_case(bundles, overlay=None)
    assert reading.unread == ()
    return reading.case


def same(case: Case, back: Case) -> None:
    """Fact by fact, so that a difference names its fact."""
    known = {f.id: f for f in back.facts()}
    for fact in case.facts():
        assert known.get(fact.id) == fact
    assert back == case


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("folder", CASES, ids=lambda p: p.name)
def test_our_reports(writer: Writer, folder: Path, version: str) -> None:
    case = read(default_converter(), folder)
    same(case, there_and_back(writer, case, version))


@needs_shared
@pytest.mark.parametrize("path", GOLD, ids=lambda p: p.stem)
def test_articles(writer: Writer, path: Path) -> None:
    _, case, _ = default_converter().read(path)
    r4, r5 = (there_and_back(writer, case, version) for version in VERSIONS)
    same(case, r4)
    same(r4, r5)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", TYPES)
def test_all_types_of_bundles(writer: Writer, version: str, kind: str) -> None:
    case = read(default_converter(), CASES[-1])
    same(case, there_and_back(writer, case, version, kind))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("parts", [1, 3])
def test_a_bundle_that_a_server_gave_back(writer: Writer, version: str, parts: int) -> None:
    case = read(default_converter(), CASES[-1])
    same(case, there_and_back(writer, case, version, parts=parts))


@pytest.mark.parametrize(("profile", "kind"), [("ips", "document"), ("us-core", "collection")])
def test_profiles(writer: Writer, profile: str, kind: str) -> None:
    case = read(default_converter(), next(c for c in CASES if c.name == "headings"))
    bundle, _ = writer.write(case, bundle_type=kind, profile=profile)
    same(case, read_case([exact.loads(exact.dumps(bundle))], overlay=None).case)


def plain(case: Case) -> Case:
    """A case as a bundle can hold it. By its nature, a bundle does not hold:

    - which of a study and its finding names the other: the link is read from both sides;
    - an order of links;
    - words of a modality beside its code in R4, where it is a Coding: they are the code's display;
    - line breaks in a title, and e-mail addresses of authors, which are left out on purpose.
    """
    seen = {p.id: set(p.seen_in) for p in case.problems}
    for study in (*case.imaging, *case.pathology):
        for finding in study.findings:
            seen[finding].add(study.id)

    def study_of(fact: Imaging | Pathology) -> Any:
        found = tuple(p for p, studies in seen.items() if fact.id in studies)
        update: dict[str, Any] = {"findings": found}
        if isinstance(fact, Imaging):
            update["modality"] = tuple(
                m.model_copy(update={"text": m.codes[0].display if m.codes else m.text})
                for m in fact.modality
            )
        return fact.model_copy(update=update)

    info = case.document
    whole = case.model_copy(
        update={
            "document": info.model_copy(
                update={
                    "title": " ".join((info.title or "").split()),
                    "affiliations": ("Example Hospital, Town.", "Other Clinic"),
                }
            ),
            "problems": tuple(
                p.model_copy(update={"seen_in": tuple(seen[p.id])}) for p in case.problems
            ),
            "imaging": tuple(study_of(f) for f in case.imaging),
            "pathology": tuple(study_of(f) for f in case.pathology),
        }
    )
    return in_order(whole)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_field_of_every_kind(writer: Writer, version: str) -> None:
    back = there_and_back(writer, rich(), version)
    same(plain(rich()), plain(back))


def test_what_a_hospital_maps_otherwise_is_read_otherwise(tmp_path: Path) -> None:
    rules = {
        "condition.yaml": "when: [{category: diagnosis, assertion: [present, possible]}]\n",
        "observation-finding.yaml": (
            "when:\n  - {category: [finding, symptom]}\n"
            "  - {category: diagnosis, assertion: absent}\n"
            'remove: [component]\nadd:\n  note: [{$say: "How bad: ", $of: $severity}]\n'
        ),
    }
    (tmp_path / "fhir" / "r4").mkdir(parents=True)
    for name, text in rules.items():
        (tmp_path / "fhir" / "r4" / name).write_text(text)
    pain = next(p for p in rich().problems if p.id == "pain").model_copy(update={"due_to": ()})
    pain = pain.model_copy(update={"severity": Phrase(text="severe"), "onset": None})
    case = rich().model_copy(update={n: () for n in Case.model_fields if n not in KEPT})
    case = plain(case.model_copy(update={"problems": (pain,)}))
    bundle = exact.loads(exact.dumps(Writer(tmp_path).write(case)[0]))
    notes = [n["text"] for e in bundle["entry"] for n in e["resource"].get("note", ())]
    assert "How bad: severe" in notes
    same(case, plain(read_case([bundle], overlay=tmp_path).case))

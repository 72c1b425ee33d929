"""`vocabulary add`: SNOMED CT, LOINC and OBO of the user's, and what is wrong with them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app import resources, terminology
from app.cli import run
from app.errors import Case2FhirError, VocabularyError
from app.terminology import Domain
from app.terminology.own import Options, add

MODULE = "900000000000207008"
US = "900000000000509007"
GB = "900000000000508004"
FULL, SYNONYM = "900000000000003001", "900000000000013009"
PREFERRED, ACCEPTABLE = "900000000000548007", "900000000000549004"

# concept: (full name, (preferred in the US, other synonyms ...))
CONCEPTS = {
    "1010": ("Blue wrist syndrome (disorder)", ("Blue wrist syndrome", "Carpal azure", "BWS")),
    "1020": ("Tomography of wrist (procedure)", ("Tomography of wrist", "Wrist slicing")),
    "1030": ("Imaging (procedure)", ("Imaging",)),
    "1040": ("Azure (qualifier value)", ("Azure",)),
    "1050": ("Wrist haste (finding)", ("Hasty wrist", "Twin name", "Cold")),
    "1060": ("Elbow haste (finding)", ("Hasty elbow", "Twin name")),
    "1070": ("Old thing (disorder)", ("Old thing",)),
    "1080": ("Liver abscess of ours (disorder)", ("Liver abscess",)),
}
FILES = {
    "Concept": "Snapshot/Terminology/sct2_Concept_Snapshot_INT_20250101.txt",
    "Description": "Snapshot/Terminology/sct2_Description_Snapshot-en_INT_20250101.txt",
    "Relationship": "Snapshot/Terminology/sct2_Relationship_Snapshot_INT_20250101.txt",
    "Language": "Snapshot/Refset/Language/der2_cRefset_LanguageSnapshot-en_INT_20250101.txt",
}


def rows(head: str, lines: list[str]) -> str:
    return "\r\n".join([head.replace(" ", "\t"), *(x.replace("|", "\t") for x in lines)]) + "\r\n"


def release(folder: Path, **changed: str) -> Path:
    """A small release; `changed` replaces the text of a file."""
    described, preferred, number = [], [], 5000
    for concept, (full, synonyms) in CONCEPTS.items():
        for kind, term in ((FULL, full), *((SYNONYM, s) for s in synonyms)):
            number += 1
            described.append(f"{number}|20250101|1|{MODULE}|{concept}|en|{kind}|{term}|0")
            liked = PREFERRED if term in (full, synonyms[0]) else ACCEPTABLE
            preferred.append(f"u{number}|20250101|1|{MODULE}|{US}|{number}|{liked}")
            british = PREFERRED if term == synonyms[-1] else ACCEPTABLE
            preferred.append(f"g{number}|20250101|1|{MODULE}|{GB}|{number}|{british}")
    described.append(f"1|20250101|0|{MODULE}|1010|en|{SYNONYM}|Withdrawn name|0")
    texts = {
        "Concept": rows(
            "id effectiveTime active moduleId definitionStatusId",
            [f"{c}|20250101|{int(c != '1070')}|{MODULE}|0" for c in CONCEPTS],
        ),
        "Description": rows(
            "id effectiveTime active moduleId conceptId languageCode typeId term"
            " caseSignificanceId",
            described,
        ),
        "Relationship": rows(
            "id effectiveTime active moduleId sourceId destinationId relationshipGroup typeId"
            " characteristicTypeId modifierId",
            [
                f"7001|20250101|1|{MODULE}|1030|363679005|0|116680003|0|0",
                f"7002|20250101|1|{MODULE}|1020|1030|0|116680003|0|0",
            ],
        ),
        "Language": rows(
            "id effectiveTime active moduleId refsetId referencedComponentId acceptabilityId",
            preferred,
        ),
        **changed,
    }
    for what, name in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[what], "utf-8", newline="")
    return folder


def packed(folder: Path, to: Path) -> Path:
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*.*")):
            archive.write(path, path.relative_to(folder))
    return to


LOINC = (
    '"LOINC_NUM","COMPONENT","PROPERTY","SYSTEM","STATUS","CLASSTYPE","SHORTNAME",'
    '"LONG_COMMON_NAME","VersionLastChanged"\n'
    '"90001-1","Azurin","MCnc","Ser","ACTIVE","1","Azurin SerPl-mCnc",'
    '"Azurin [Mass/volume] in Serum","2.79"\n'
    '"90002-9","Twinin","MCnc","Ser","ACTIVE","1","","Twinin [Mass/volume] in Serum","2.9"\n'
    '"90003-7","Twinin","MCnc","Urine","ACTIVE","1","","Twinin [Mass/volume] in Urine","2.81"\n'
    '"90004-5","Oldin","MCnc","Ser","DEPRECATED","1","","Oldin [Mass/volume] in Serum","2.1"\n'
    '"90005-2","Asking","Find","^Patient","ACTIVE","4","","Asking [Survey]","2.1"\n'
)
OBO = (
    "format-version: 1.2\ndata-version: releases/2025-05-05\n\n[Term]\nid: OWN:0000001\n"
    'name: Azure knee\nsynonym: "Knee azure sign" EXACT []\nsynonym: "AK" EXACT []\n\n'
    "[Term]\nid: OWN:0000002\nname: Gone knee\nis_obsolete: true\n"
)
SYSTEM = "https://own.example/knees"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "own"


def make(source: Path, own: Path, options: Options | None = None) -> tuple[str, dict[str, int]]:
    return add(source, resources.layers(own), options or Options())


def found(own: Path, phrase: str, domain: Domain) -> list[tuple[str, str, str | None]]:
    codes = terminology.load(own).codes(phrase, domain)
    return [(c.code, c.display or "", c.version) for c in codes]


@pytest.mark.parametrize("as_zip", [False, True])
def test_a_snomed_release(own: Path, tmp_path: Path, as_zip: bool) -> None:
    source = release(tmp_path / "release")
    if as_zip:
        source = packed(source, tmp_path / "release.zip")
    name, counts = make(source, own)
    assert (name, counts["concepts"]) == ("snomed", 6)
    version = f"http://snomed.info/sct/{MODULE}/version/20250101"
    vocabulary = terminology.load(own)
    assert vocabulary.packs[0].name == "snomed"
    assert vocabulary.packs[0].version == version
    assert "licence" in vocabulary.packs[0].licence
    expected = [("1010", "Blue wrist syndrome", version)]
    for phrase in ("blue wrist syndrome", "carpal azures"):
        assert found(own, phrase, Domain.DISEASE) == expected
    assert found(own, "wrist slicing", Domain.IMAGING)[0][0] == "1020"  # by the hierarchy
    assert found(own, "hasty wrist", Domain.FINDING) == [("1050", "Hasty wrist", version)]


@pytest.mark.parametrize(
    ("phrase", "domain"),
    [
        ("twin name", Domain.FINDING),  # two concepts have it
        ("BWS", Domain.DISEASE),  # an abbreviation
        ("old thing", Domain.DISEASE),  # inactive concept
        ("withdrawn name", Domain.DISEASE),  # inactive description
        ("azure", Domain.QUALIFIER),  # its tag has no domain
        ("cold", Domain.FINDING),  # everyday word
    ],
)
def test_what_gives_no_code(own: Path, tmp_path: Path, phrase: str, domain: Domain) -> None:
    make(release(tmp_path / "release"), own)
    assert not {"1010", "1040", "1050", "1060", "1070"} & {
        c for c, _, _ in found(own, phrase, domain)
    }


def test_the_users_pack_goes_first(own: Path, tmp_path: Path) -> None:
    built_in = {c.system: c.code for c in terminology.load().codes("liver abscess", Domain.DISEASE)}
    assert built_in["http://snomed.info/sct"] != "1080"
    make(release(tmp_path / "release"), own)
    codes = terminology.load(own).codes("liver abscess", Domain.DISEASE)
    now = {c.system: c.code for c in codes}
    assert now == {**built_in, "http://snomed.info/sct": "1080"}
    assert len(now) == len(codes)


def test_loinc(own: Path, tmp_path: Path) -> None:
    folder = tmp_path / "Loinc_2.81" / "LoincTable"
    folder.mkdir(parents=True)
    (folder / "Loinc.csv").write_text(LOINC, "utf-8")
    name, counts = make(folder.parent, own)
    assert (name, counts["concepts"], counts["terms"]) == ("loinc", 3, 7)
    expected = [("90001-1", "Azurin [Mass/volume] in Serum", "2.81")]
    assert found(own, "Azurin [Mass/volume] in Serum", Domain.TEST) == expected
    assert found(own, "azurin", Domain.TEST) == expected
    assert found(own, "twinin", Domain.TEST) == []  # serum or urine?
    assert found(own, "oldin", Domain.TEST) == []


def test_an_ontology(own: Path, tmp_path: Path) -> None:
    path = tmp_path / "Our Knees.obo"
    path.write_text(OBO, "utf-8")
    name, counts = make(path, own, Options(system=SYSTEM, licence="ours"))
    assert (name, counts["concepts"]) == ("our-knees", 1)
    expected = [("OWN:0000001", "Azure knee", "2025-05-05")]
    assert found(own, "knee azure sign", Domain.FINDING) == expected
    assert found(own, "AK", Domain.FINDING) == []
    assert terminology.load(own).packs[0].licence == "ours"


def test_adding_twice_gives_the_same_bytes(own: Path, tmp_path: Path) -> None:
    source = release(tmp_path / "release")
    make(source, own)
    first = {p.name: p.read_bytes() for p in (own / "vocabulary" / "packs").iterdir()}
    make(source, own)
    assert {p.name: p.read_bytes() for p in (own / "vocabulary" / "packs").iterdir()} == first


def bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Loinc.csv", LOINC + "0" * 60_000_000)
    return path


def leading_out(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../Loinc.csv", LOINC)
    return path


def broken(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def changed(folder: Path, file: str, old: str, new: str) -> Path:
    release(folder)
    path = folder / FILES[file]
    path.write_bytes(path.read_bytes().replace(old.encode(), new.encode("latin-1")))
    return folder


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "nothing": (lambda d: d / "nothing", "no such file"),
    "another file": (lambda d: broken(d / "a.txt", b"words"), "neither"),
    "empty folder": (lambda d: d, "neither"),
    "wrong columns": (lambda d: changed(d, "Description", "languageCode", "tongue"), "txt:1: the"),
    "short row": (lambda d: changed(d, "Concept", "1020\t20250101\t", "1020\t"), "txt:3: 4 col"),
    "no number": (lambda d: changed(d, "Relationship", "\t1020\t", "\tten\t"), "no number"),
    "latin-1": (lambda d: changed(d, "Description", "azure", "az\xfcre"), "txt:4: not UTF-8"),
    "bomb": (lambda d: bomb(d / "bomb.zip"), "unpacks to more"),
    "path": (lambda d: leading_out(d / "out.zip"), "leads out"),
    "half a zip": (lambda d: broken(d / "x.zip", b"PK\x03\x04 half"), "neither"),
    "LOINC without columns": (
        lambda d: broken(d / "Loinc.csv", b'"LOINC_NUM","COMPONENT"\n"1-1","x"\n'),
        "CLASSTYPE is missing",
    ),
    "LOINC, short row": (lambda d: broken(d / "Loinc.csv", (LOINC + '"1-1"\n').encode()), "csv:7"),
    "LOINC, latin-1": (
        lambda d: broken(d / "Loinc.csv", LOINC.replace("Azurin ", "Az\xfcrin ").encode("latin-1")),
        "not UTF-8",
    ),
    "no ontology": (lambda d: broken(d / "x.obo", b"format-version: 1.2\n"), "no [Term]"),
    "ontology in latin-1": (
        lambda d: broken(d / "x.obo", b"[Term]\nid: X:1\nname: \xfc\n"),
        "UTF-8",
    ),
    "term without a name": (
        lambda d: broken(d / "x.obo", b"[Term]\nid: X:1\n"),
        "no id or no name",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_said_and_nothing_is_written(
    name: str, own: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    make_bad, words = BAD[name]
    folder = tmp_path / "bad"
    folder.mkdir()
    call = ["vocabulary", "add", str(make_bad(folder)), "--mappings", str(own), "--system", SYSTEM]
    assert run(call) == 2
    said = capfd.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert "internal error" not in said
    packs = own / "vocabulary" / "packs"
    assert not packs.exists() or not list(packs.iterdir())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (Options(), "--system"),
        (Options(system="knees"), "http://"),
        (Options(system=SYSTEM, name="../x"), "small letters"),
        (Options(system=SYSTEM, name="hpo"), "built-in"),
    ],
)
def test_wrong_options(own: Path, tmp_path: Path, options: Options, words: str) -> None:
    path = broken(tmp_path / "knees.obo", OBO.encode())
    with pytest.raises(Case2FhirError, match=words):
        make(path, own, options)


def test_a_pack_of_the_users_is_checked_like_the_others(own: Path, tmp_path: Path) -> None:
    make(release(tmp_path / "release"), own)
    table = own / "vocabulary" / "packs" / "snomed.table"
    table.write_bytes(table.read_bytes()[:-1])
    with pytest.raises(VocabularyError, match="damaged"):
        terminology.load(own)


def test_list_and_lookup(own: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = release(tmp_path / "release")
    assert run(["vocabulary", "add", str(source), "--mappings", str(own)]) == 0
    assert "snomed: 6 concepts" in capfd.readouterr().out
    assert run(["vocabulary", "list", "--mappings", str(own)]) == 0
    listed = capfd.readouterr().out
    assert listed.startswith("snomed: SNOMED CT, http://snomed.info/sct/")
    assert "hpo: Human Phenotype Ontology" in listed
    assert run(["vocabulary", "lookup", "carpal azure", "--mappings", str(own)]) == 0
    row = "disease\texact\thttp://snomed.info/sct\t1010\tBlue wrist syndrome"
    assert row in capfd.readouterr().out.splitlines()
    assert run(["vocabulary", "lookup", "carpal azure", "--domain", "anatomy"]) == 1
    assert run(["vocabulary", "lookup", "carpal azure", "--domain", "weather"]) == 2
    assert run(["vocabulary", "list", "--mappings", str(tmp_path / "no")]) == 2

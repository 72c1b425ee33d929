"""Packs: built alike each time, left out at will, refused when damaged."""

from __future__ import annotations

import bz2
import pickle
import shutil
from pathlib import Path

import pytest

from app import resources, terminology
from app.errors import MappingError, VocabularyError
from app.terminology import Domain, vocabulary
from app.terminology.build import curated, dicom, hpo, icd10cm, mesh
from app.terminology.build.__main__ import main
from app.terminology.build.writer import Source, write
from app.terminology.keys import load_keys
from app.terminology.normalise import load_normaliser
from app.terminology.pack import Pack
from app.terminology.systems import DICOM, HPO, ICD10CM, SNOMED
from tests.terminology.conftest import PACKS

FOLDERS = resources.layers(None)
LANGUAGE = resources.builtin() / "vocabulary" / "language"
KEYS = load_keys(FOLDERS)

OBO = """format-version: 1.2
data-version: hp/releases/2001-02-03

[Term]
id: HP:0000118
name: Phenotypic abnormality

[Term]
id: HP:0000001
name: Blue ear
synonym: "Azure auricle" EXACT layperson []
synonym: "BE" EXACT abbreviation []
synonym: "Ear of a colour" BROAD []
xref: SNOMEDCT_US:111
is_a: HP:0000118 ! Phenotypic abnormality

[Term]
id: HP:0000002
name: Navy blue ear
xref: SNOMEDCT_US:111
is_a: HP:0000001 ! Blue ear

[Term]
id: HP:0000003
name: Green ear
xref: SNOMEDCT_US:222
xref: SNOMEDCT_US:333
is_a: HP:0000118 ! Phenotypic abnormality

[Term]
id: HP:0000004
name: Old ear
is_obsolete: true
is_a: HP:0000118 ! Phenotypic abnormality

[Typedef]
id: part_of
"""
TABULAR = """<ICD10CM.tabular><version>2001</version><chapter><section><diag><name>Q17</name>
<desc>Colours of ear</desc>
<diag><name>Q17.0</name><desc>Blue ear, unspecified</desc>
<inclusionTerm><note>Azure auricle NOS</note></inclusionTerm></diag>
<diag><name>Q17.8</name><desc>Other colours of ear</desc></diag></diag>
<diag><name>S00</name><desc>Bitten ear</desc><sevenChrDef><extension char="A">x</extension>
</sevenChrDef><diag><name>S00.1</name><desc>Bitten left ear</desc></diag></diag>
<diag><name>Z00</name><desc>Encounter for ear</desc></diag></section></chapter></ICD10CM.tabular>"""
CONCEPTS = """concepts = {}
concepts["DCM"] = {"Ear": {"EAR": ("Ear Imaging", [29])}, "Not": {"NOT": ("Not a modality", [5])}}
concepts["SCT"] = {
    "Auricle": {"901": ("Auricle", [4031])},
    "AuricleFull": {"901": ("Structure of auricle of ear (body structure)", [])},
    "GreenEar": {"333": ("Green ear (finding)", [])},
    "Breed": {"902": ("Long-eared dog", [7480])},
}
"""


def sources(folder: Path) -> list[Source]:
    """One small file of each format, read."""
    (folder / "hp.obo").write_text(OBO, "utf-8")
    (folder / "icd10c-tabular-2001.xml").write_text(TABULAR, "utf-8")
    (folder / "concepts.py").write_text(CONCEPTS, "utf-8")
    names = {
        "disease_variant_to_canonical": {
            "ear, blue": ["ear, blue"],
            "azure ear disease": ["ear, blue"],
        },
        "disease_canonical_to_data": {
            "ear, blue": {"name": "Ear, Blue", "mesh_id": "D1", "mesh_tree": ["C09.1"]},
            "ears": {"name": "Ears", "mesh_id": "D2", "mesh_tree": ["A09"]},
        },
    }
    drug_names = {
        "drug_variant_to_canonical": {
            "earicillin": ["earicillin"],
            "freename": ["earicillin"],
            "secretol": ["secretol"],
            "brandname": ["sharedol"],
        },
        "drug_canonical_to_data": {
            "earicillin": {"name": "Earicillin", "mesh_id": "D3", "mesh_tree": ["D02.1"]},
            "secretol": {"name": "Secretol", "drugbank_id": "DB1"},
            "sharedol": {
                "name": "Sharedol",
                "drugbank_id": "DB2",
                "mesh_id": "D4",
                "mesh_tree": ["D03.1"],
            },
        },
    }
    for file, data in (("d.pkl.bz2", names), ("x.pkl.bz2", drug_names)):
        (folder / file).write_bytes(bz2.compress(pickle.dumps(data)))
    displays, other = dicom.snomed_names(folder / "concepts.py", FOLDERS)
    displays["111"] = ("Blue auricle",)
    return [
        hpo.build(folder / "hp.obo", KEYS, displays, other),
        icd10cm.build(folder / "icd10c-tabular-2001.xml"),
        dicom.build(folder / "concepts.py", "pydicom 0", FOLDERS),
        mesh.diseases(folder / "d.pkl.bz2", "mesh 0"),
        mesh.drugs(folder / "x.pkl.bz2", "drugs 0"),
    ]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A mappings folder with the language files and five small packs."""
    shutil.copytree(
        resources.builtin() / "vocabulary" / "language", tmp_path / "vocabulary/language"
    )
    for source in sources(tmp_path):
        write(source, KEYS, tmp_path / "vocabulary" / "packs")
    return tmp_path


def test_each_source_gives_its_codes(small: Path) -> None:
    words = vocabulary.load([small])

    def codes(phrase: str, domain: Domain) -> set[tuple[str, str]]:
        return {(c.system, c.code) for c in words.codes(phrase, domain)}

    blue = {(HPO, "HP:0000001"), (SNOMED, "111"), (ICD10CM, "Q17.0")}
    assert codes("blue ears", Domain.FINDING) == blue
    assert codes("azure auricle", Domain.DISEASE) == blue
    assert codes("BE", Domain.FINDING) == set()
    assert codes("ear of a color", Domain.FINDING) == set()
    # The cross-reference that two terms share belongs to the more general one.
    assert codes("navy blue ear", Domain.FINDING) >= {(HPO, "HP:0000002")}
    assert (SNOMED, "111") not in codes("navy blue ear", Domain.FINDING)
    # Of two cross-references the one that SNOMED CT names alike.
    assert codes("green ear", Domain.FINDING) == {(HPO, "HP:0000003"), (SNOMED, "333")}
    assert codes("old ear", Domain.FINDING) == set()
    assert codes("bitten left ear", Domain.DISEASE) == set()  # needs a seventh character
    assert codes("colours of ear", Domain.DISEASE) == set()  # not a leaf
    assert codes("auricle", Domain.ANATOMY) == {(SNOMED, "901")}
    assert codes("auricle of ear", Domain.ANATOMY) == {(SNOMED, "901")}
    assert codes("ear imaging", Domain.MODALITY) == {(DICOM, "EAR")}
    assert codes("long-eared dog", Domain.ORGANISM) == set()


def test_a_reference_to_a_code_without_a_name_is_not_taken(small: Path, tmp_path: Path) -> None:
    known = hpo.build(tmp_path / "hp.obo", KEYS, {"333": ("Green ear",)})
    given = {code.code for c in known.concepts for code in c.codings if code.system == SNOMED}
    assert given == {"333"}
    assert all(code.display for c in known.concepts for code in c.codings)


def test_names_without_a_licence_are_left_out(small: Path) -> None:
    drugs = Pack(small / "vocabulary" / "packs", "drugs")
    assert drugs.entries("earicillin ")
    assert drugs.entries("freename ")
    assert drugs.entries("sharedol ")
    assert not drugs.entries("secretol ")
    assert not drugs.entries("brandname ")


def test_building_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    outs = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        for source in sources(folder):
            write(source, KEYS, folder / "packs")
        outs.append({p.name: p.read_bytes() for p in sorted((folder / "packs").iterdir())})
    assert outs[0] == outs[1]
    assert len(outs[0]) == 15


def test_a_pickle_with_code_in_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evil.pkl.bz2"
    path.write_bytes(bz2.compress(pickle.dumps({"a": Path("x")})))
    with pytest.raises(pickle.UnpicklingError, match="not plain data"):
        mesh.diseases(path, "0")


def test_the_shipped_curated_pack_is_that_of_the_tables(tmp_path: Path) -> None:
    """Fails after a change of a table: run `python -m app.terminology.build curated`."""
    write(curated.build(FOLDERS), load_keys(FOLDERS), tmp_path)
    for ending in ("table", "trie", "toml"):
        built = (tmp_path / f"curated.{ending}").read_bytes()
        assert built == (PACKS / f"curated.{ending}").read_bytes()


def test_without_a_pack_there_are_fewer_codes(small: Path) -> None:
    for path in (small / "vocabulary" / "packs").glob("dicom-snomed.*"):
        path.unlink()
    words = vocabulary.load([small])
    assert words.codes("auricle", Domain.ANATOMY) == ()
    assert [c.code for c in words.codes("green ear", Domain.FINDING)]


def test_without_any_pack_there_are_none(tmp_path: Path) -> None:
    shutil.copytree(
        resources.builtin() / "vocabulary" / "language", tmp_path / "vocabulary/language"
    )
    words = vocabulary.load([tmp_path])
    assert words.codes("fever", Domain.FINDING) == ()
    assert words.packs == ()


def test_a_pack_of_the_overlay_replaces_the_built_in_one(small: Path) -> None:
    words = terminology.load(small)
    assert words.codes("blue ear", Domain.FINDING)
    versions = {info.name: info.version for info in words.packs}
    assert versions["hpo"] == "2001-02-03"
    assert "curated" in versions


@pytest.mark.parametrize("ending", ["trie", "table"])
@pytest.mark.parametrize("harm", ["cut", "changed", "missing", "empty"])
def test_a_damaged_pack_is_refused_by_name(small: Path, ending: str, harm: str) -> None:
    path = small / "vocabulary" / "packs" / f"hpo.{ending}"
    data = path.read_bytes()
    if harm == "missing":
        path.unlink()
    else:
        half = len(data) // 2
        changed = data[:half] + bytes([data[half] ^ 255]) + data[half + 1 :]
        path.write_bytes({"cut": data[:-1], "empty": b"", "changed": changed}[harm])
    with pytest.raises(VocabularyError) as caught:
        vocabulary.load([small])
    assert str(path) in str(caught.value)
    assert "app.terminology.build" in caught.value.message


@pytest.mark.parametrize("text", ["not = [toml", 'title = "x"\n'])
def test_a_wrong_pack_description_is_refused_by_name(small: Path, text: str) -> None:
    path = small / "vocabulary" / "packs" / "hpo.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(VocabularyError, match=r"hpo\.toml"):
        vocabulary.load([small])


def test_wrong_language_files_are_refused_with_their_line(small: Path) -> None:
    words = small / "vocabulary" / "language" / "words.toml"
    text = words.read_text("utf-8")
    words.write_text("colour = 1\n" + text, "utf-8")
    with pytest.raises(MappingError, match=r"words\.toml:1: unknown key 'colour'"):
        load_keys([small])
    words.write_text("broken =\n", "utf-8")
    with pytest.raises(MappingError, match=r"words\.toml"):
        load_keys([small])
    (small / "vocabulary" / "language" / "spelling.toml").unlink()
    with pytest.raises(MappingError, match="missing"):
        load_normaliser([small])


HEADER = "phrase\tdomain\tsystem\tcode\tdisplay\tsource\n"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("ear\tnonsense\tsnomed\t1\tEar\tx", "unknown domain"),
        ("ear\tanatomy\tnonsense\t1\tEar\tx", "unknown system"),
        ("ear\tanatomy\tsnomed\t\tEar\tx", "only display may be empty"),
        ("ear\tanatomy\tsnomed\t1", "4 columns"),
    ],
)
def test_a_wrong_curated_row_is_refused_with_its_line(
    tmp_path: Path, row: str, message: str
) -> None:
    table = tmp_path / "vocabulary" / "curated" / "mine.tsv"
    table.parent.mkdir(parents=True)
    table.write_text("# mine\n" + HEADER + row + "\n", "utf-8")
    with pytest.raises(MappingError, match=rf"mine\.tsv:3: .*{message}"):
        curated.build([*FOLDERS, tmp_path])


def test_users_add_codes_of_their_own(tmp_path: Path) -> None:
    table = tmp_path / "vocabulary" / "curated" / "mine.tsv"
    table.parent.mkdir(parents=True)
    table.write_text(
        HEADER + "blue ear\tfinding\thttp://example.org/codes\tB1\tBlue ear\tours\n"
        "XQ\tfinding\thttp://example.org/codes\tX1\tAn abbreviation\tours\n",
        "utf-8",
    )
    assert main(["--mappings", str(tmp_path), "curated"]) == 0
    words = terminology.load(tmp_path)
    assert [c.code for c in words.codes("blue ears", Domain.FINDING)] == ["B1"]
    assert [c.code for c in words.codes("XQ", Domain.FINDING)] == ["X1"]
    assert words.codes("xq", Domain.FINDING) == ()


def test_the_build_says_what_is_not_installed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--out", str(tmp_path / "out"), "--packages", str(tmp_path), "hpo"]) == 1
    assert "not installed" in capsys.readouterr().err

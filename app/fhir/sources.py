"""What mapping rules read: the facts of a case, and the things beside them.

A rule names a source with `for:`; the fields of the source's model are the paths that its
leaves may use. `app.fhir.gathered` fills them from a case.
"""

from __future__ import annotations

from app.case import model
from app.case.model import Evidence, Key, Model, Site
from app.version import __version__


class Link(Model):
    """Points at a resource that was made; `resource` is its id."""

    resource: str


class ProcedureSource(model.Procedure):
    """A procedure and `pathology`: ids of the examinations of what it took."""

    pathology: tuple[Key, ...] = ()


class PathologySource(model.Pathology):
    """An examination of a specimen and where its procedure took it from."""

    procedure_site: tuple[Site, ...] = ()


class PatientSource(model.Patient):
    """A patient; `patient` is its own key, for references."""

    patient: Key


class LaboratorySource(Model):
    """The laboratory results of a patient, taken together: ids of the tests, and where each is
    first named."""

    key: Key
    patient: Key
    tests: tuple[Key, ...]
    evidence: tuple[Evidence, ...]


class Bytes(Model):
    """An attachment: base64 data with size in bytes and SHA-1, as FHIR wants them."""

    media_type: str
    data: str
    hash: str
    size: int


class DocumentSource(Model):
    """The document itself; `speaks_of_a_patient` is false when no patient was found in it."""

    key: Key = "document"
    text: Bytes
    original: Bytes | None = None
    media_type: str = "text/plain"
    title: str | None = None
    journal: str | None = None
    doi: str | None = None
    licence: str | None = None
    published: str | None = None
    language: str | None = None
    speaks_of_a_patient: bool = True


class AuthorSource(Model):
    key: Key
    name: str
    family: str | None = None
    given: str | None = None


class AffiliationSource(Model):
    key: Key
    name: str


class AuthorshipSource(Model):
    """An author at an affiliation."""

    key: Key
    author: Key
    affiliation: Key


class ProgramSource(Model):
    """The program that converts."""

    key: Key = "program"
    name: str = "case2fhir"
    version: str = __version__


class ConversionSource(Model):
    """The act of converting: when it was recorded, and what it made."""

    key: Key = "conversion"
    recorded: str
    made: tuple[Link, ...]


class SectionSource(Model):
    """A section of the document bundle: its word, its generated narrative and entries."""

    word: str
    narrative: str
    entries: tuple[Link, ...] = ()


class CompositionSource(Model):
    """The head of a document bundle. `patient` is there when the case has just one."""

    key: Key = "composition"
    title: str | None
    journal: str | None
    doi: str | None
    licence: str | None
    date: str
    patient: Key | None
    patients: tuple[Link, ...]
    authors: tuple[Link, ...]
    sections: tuple[SectionSource, ...]


SOURCES: dict[str, type[Model]] = {
    "document": DocumentSource,
    "author": AuthorSource,
    "affiliation": AffiliationSource,
    "authorship": AuthorshipSource,
    "program": ProgramSource,
    "patient": PatientSource,
    "problem": model.Problem,
    "test": model.Test,
    "laboratory": LaboratorySource,
    "imaging": model.Imaging,
    "pathology": PathologySource,
    "procedure": ProcedureSource,
    "medication": model.Medication,
    "family": model.FamilyHistory,
    "allergy": model.Allergy,
    "social": model.SocialHistory,
    "outcome": model.OutcomeFact,
    "consent": model.Consent,
    "conversion": ConversionSource,
    "composition": CompositionSource,
}
"""Source by name, in the order in which their resources stand in a bundle."""


def key_of(source: Model) -> str:
    """The key that tells a source from the others of its kind."""
    return str(getattr(source, "id", None) or getattr(source, "key", ""))

"""The whole way, on one screen: bytes, document, narrative, case, bundle.

`convert` is the public face. Each step takes the finished result of the one before
and read-only rules; nothing flows back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from app import case as case_step
from app import documents, fhir, narrative, terminology
from app.case.model import Case
from app.errors import GateError
from app.issues import Issue
from app.loading import uncollected
from app.resources import layers
from app.settings import Settings, get_settings
from app.text import Document


@dataclass(frozen=True)
class Conversion:
    """The result of `convert`: every step's output, and what was not used on the way."""

    document: Document
    case: Case
    bundle: dict[str, Any]
    issues: tuple[Issue, ...]

    def json(self) -> bytes:
        """The bundle as UTF-8 JSON; the same input gives the same bytes."""
        return fhir.dumps(self.bundle)


class Converter:
    """Rules, vocabulary and model, loaded once and shared by any number of conversions."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or get_settings()
        with uncollected():
            self._load()

    def _load(self) -> None:
        self.vocabulary = terminology.load(self.settings.mappings)
        self.reader = narrative.load(
            self.vocabulary, self.settings.mappings, model=self.settings.model
        )
        self.assembler = case_step.Assembler(
            self.vocabulary,
            case_step.load_kinds(layers(self.settings.mappings)),
            self.reader.values,
        )
        self.writer = fhir.load(self.settings.mappings)

    def read(
        self, source: bytes | str | Path, *, media_type: str | None = None
    ) -> tuple[Document, Case, tuple[Issue, ...]]:
        """Document and case of a source, without a bundle."""
        document = documents.read(source, media_type=media_type, settings=self.settings)
        found = self.reader.read(document)
        case, issues = self.assembler.assemble(found)
        return document, case, issues

    def write(
        self,
        case: Case,
        *,
        fhir_version: str = "4.0",
        bundle_type: str = "collection",
        recorded: datetime | None = None,
        profile: str | None = None,
    ) -> tuple[dict[str, Any], tuple[Issue, ...]]:
        """A checked bundle of a case; GateError when it fails a gate."""
        return self.writer.write(
            case,
            fhir_version=fhir_version,
            bundle_type=bundle_type,
            recorded=recorded,
            profile=profile,
        )

    def convert(
        self,
        source: bytes | str | Path,
        *,
        media_type: str | None = None,
        fhir_version: str = "4.0",
        bundle_type: str = "collection",
        recorded: datetime | None = None,
        profile: str | None = None,
    ) -> Conversion:
        """See `app.convert`."""
        document, case, issues = self.read(source, media_type=media_type)
        try:
            bundle, more = self.write(
                case,
                fhir_version=fhir_version,
                bundle_type=bundle_type,
                recorded=recorded,
                profile=profile,
            )
        except GateError as error:
            error.issues = issues + error.issues
            raise
        return Conversion(document, case, bundle, issues + more)


@lru_cache(maxsize=1)
def default_converter() -> Converter:
    """The converter of this process, with the settings of the environment."""
    return Converter()


def convert(
    source: bytes | str | Path,
    *,
    media_type: str | None = None,
    fhir_version: str = "4.0",
    bundle_type: str = "collection",
    recorded: datetime | None = None,
    profile: str | None = None,
) -> Conversion:
    """Turn a case report into a FHIR bundle.

    `source` is the document: bytes, a str (taken as text/plain) or the path of a file.
    `media_type` is recognised from the content (and the file's name) when it is not given.
    `fhir_version` is "4.0" or "5.0"; `bundle_type` collection, transaction, batch or document.
    `recorded` is the time that Provenance and document bundles carry; without it, a fixed
    time of this release is used, so that the same input gives the same bytes.
    `profile` is "ips" for an International Patient Summary, a document of FHIR 4.0.

    Raises InputError (and below) for a document that cannot be read, GateError for a bundle
    that fails its own checks, which is a bug.
    """
    return default_converter().convert(
        source,
        media_type=media_type,
        fhir_version=fhir_version,
        bundle_type=bundle_type,
        recorded=recorded,
        profile=profile,
    )

"""The document of a bundle: its text, title, authors, and the bytes it was read from."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import Counter
from typing import Any

from app.case.model import CaseAuthor, DocumentInfo, Original
from app.contents import Contents, Entry, derivation, identifiers
from app.errors import InputError
from app.fhir.run import TEXT_PATH
from app.reading.rules import FACT

Json = dict[str, Any]


def document_of(contents: Contents) -> tuple[Entry, str]:
    """The DocumentReference that evidence points into, and its text.

    Raises InputError when there is none with a text, or when there are several.
    """
    known = {e.path: e for e in contents.of_type("DocumentReference")}
    texts = {p: contents.text(e, TEXT_PATH) for p, e in known.items()}
    texts = {p: t for p, t in texts.items() if t is not None}
    if len(texts) > 1:
        used = Counter(e.path for e in _pointed_at(contents) if e is not None)
        texts = {p: t for p, t in texts.items() if used[p]} or texts
    if len(texts) != 1:
        remedy = "read one document at a time" if texts else "it must travel along"
        raise InputError(
            f"{len(texts)} documents with a text are in it; {remedy}", place="DocumentReference"
        )
    ((path, text),) = texts.items()
    assert text is not None
    return known[path], text


def _pointed_at(contents: Contents) -> list[Entry | None]:
    """What the evidence on the resources themselves points at."""
    return [
        contents.resolve((derivation(x) or {}).get("reference"))
        for e in contents.entries
        for x in e.resource.get("extension", ())
        if derivation(x)
    ]


def beside(resource: Json) -> Json:
    """What the extension for the case's own fields says, by field; of each the first value."""
    out: Json = {}
    extensions = resource.get("extension")
    for extension in extensions if isinstance(extensions, list) else []:
        if not isinstance(extension, dict) or extension.get("url") != FACT:
            continue
        parts = extension.get("extension")
        for part in parts if isinstance(parts, list) else []:
            if isinstance(part, dict) and isinstance(part.get("url"), str):
                value = next((v for k, v in part.items() if k.startswith("value")), None)
                out.setdefault(part["url"], value)
    return out


def read_document(contents: Contents, entry: Entry, text: str) -> DocumentInfo:
    """All that is said of the document."""
    resource, own = entry.resource, beside(entry.resource)
    attachments = [
        c["attachment"]
        for c in resource.get("content", ())
        if isinstance(c, dict) and isinstance(c.get("attachment"), dict)
    ]
    first = attachments[0]
    dois = [v for s, v in identifiers(resource) if s == "https://doi.org"]
    organizations = list(contents.of_type("Organization"))
    return DocumentInfo(
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        media_type=_word(own.get("media_type")) or "text/plain",
        title=_word(first.get("title")),
        journal=_word(own.get("journal")),
        doi=dois[0] if dois else None,
        licence=_word(own.get("licence")),
        published=_word(first.get("creation")),
        language=_word(first.get("language")),
        original=_original(attachments),
        affiliations=tuple(str(o.resource.get("name", "")) for o in organizations),
        authors=_authors(contents, entry, organizations),
    )


def _original(attachments: list[Json]) -> Original | None:
    for attachment in attachments[1:]:
        kind, data = attachment.get("contentType"), attachment.get("data")
        if isinstance(kind, str) and isinstance(data, str):
            try:
                base64.b64decode(data, validate=True)
            except binascii.Error:
                continue
            return Original(media_type=kind, data=data)
    return None


def _authors(
    contents: Contents, document: Entry, organizations: list[Entry]
) -> tuple[CaseAuthor, ...]:
    """The authors in the order of the document, each with the places of its affiliations."""
    number = {o.path: n for n, o in enumerate(organizations)}
    at: dict[str, list[int]] = {}
    for role in contents.of_type("PractitionerRole"):
        who = contents.resolve(role.resource.get("practitioner"))
        where = contents.resolve(role.resource.get("organization"))
        if who is not None and where is not None and where.path in number:
            at.setdefault(who.path, []).append(number[where.path])
    named = document.resource.get("author")
    listed = [contents.resolve(a) for a in named] if isinstance(named, list) else []
    out = []
    for author in listed:
        if author is None or author.type != "Practitioner":
            continue
        names = author.resource.get("name")
        name = names[0] if isinstance(names, list) and names else {}
        given = name.get("given") if isinstance(name, dict) else None
        out.append(
            CaseAuthor(
                name=_word(name.get("text")) or "",
                family=_word(name.get("family")),
                given=_word(given[0]) if isinstance(given, list) and given else None,
                affiliations=tuple(at.get(author.path, ())),
            )
        )
    return tuple(out)


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None

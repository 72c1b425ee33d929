"""Cases with their versions, documents and bundles."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Engine, Row, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.errors import Conflict, InvalidCase, NotFound
from app.jobs import BundleForm, ReadCase, WrittenBundle
from app.store import tables as t
from app.store.engine import WRITE, erase_traces

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:case2fhir:case")


def case_id(source: bytes, media_type: str) -> str:
    """The id of the case of a document: the same bytes, read the same way, are the same case."""
    essence = media_type.split(";")[0].strip().lower()
    return str(uuid5(_NAMESPACE, f"{hashlib.sha256(source).hexdigest()} {essence}"))


def now() -> str:
    """This moment in UTC, to the microsecond, in a form that sorts."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def etag_of(case: bytes) -> str:
    """The entity tag of a case: equal cases have equal tags."""
    return hashlib.sha256(case).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """What a list of cases shows."""

    id: str
    title: str | None
    created: str
    modified: str
    version: int


@dataclass(frozen=True, slots=True)
class StoredCase:
    """One version of a case. `json` and `issues` (of reading) are JSON."""

    id: str
    version: int
    etag: str
    created: str
    json: bytes
    issues: bytes


@dataclass(frozen=True, slots=True)
class StoredDocument:
    media_type: str
    data: bytes


class Cases:
    """The cases of a store. Every method is one transaction and may be called from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(**WRITE)

    def add(self, read: ReadCase) -> tuple[StoredCase, bool]:
        """Keep a case; returns it and whether it is new. A case that is there stays as it is."""
        key = case_id(read.source, read.media_type)
        time = now()
        try:
            with self._writer.begin() as connection:
                connection.execute(
                    insert(t.cases).values(
                        id=key,
                        sha256=hashlib.sha256(read.source).hexdigest(),
                        text_sha256=read.text_sha256,
                        title=read.title,
                        created=time,
                        modified=time,
                        version=1,
                    )
                )
                connection.execute(
                    insert(t.documents).values(
                        case_id=key, media_type=read.media_type, data=read.source
                    )
                )
                connection.execute(insert(t.case_versions).values(_version(key, 1, time, read)))
        except IntegrityError:
            return self.get(key), False
        return self.get(key), True

    def get(self, key: str, version: int | None = None) -> StoredCase:
        """A version of a case, the current one unless said; NotFound."""
        v = t.case_versions
        query = select(v).where(v.c.case_id == key)
        if version is None:
            query = query.join(t.cases, t.cases.c.id == v.c.case_id).where(
                v.c.version == t.cases.c.version
            )
        else:
            query = query.where(v.c.version == version)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("no such case" if version is None else "no such version of a case")
        return _stored(row)

    def put(self, key: str, read: ReadCase, if_match: frozenset[str] | None) -> StoredCase:
        """Keep a reviewed case as the next version.

        `if_match` are the entity tags that the client accepts as the current one, None for any.
        A case that equals the current version makes no new one. Raises NotFound, Conflict when
        the current version has another tag, InvalidCase when it is of another text.
        """
        with self._writer.begin() as connection:
            case = connection.execute(select(t.cases).where(t.cases.c.id == key)).one_or_none()
            if case is None:
                raise NotFound("no such case")
            current = connection.execute(
                select(t.case_versions).where(
                    t.case_versions.c.case_id == key, t.case_versions.c.version == case.version
                )
            ).one()
            if if_match is not None and current.etag not in if_match:
                raise Conflict(
                    "the case was changed since it was read; get it again and repeat the change"
                )
            if case.text_sha256 != read.text_sha256:
                raise InvalidCase(
                    "the case is of another text than this one", place="document.text"
                )
            if current.etag == etag_of(read.json):
                return _stored(current)
            time = now()
            row = _version(key, case.version + 1, time, read)
            row["issues"] = current.issues
            connection.execute(insert(t.case_versions).values(row))
            connection.execute(
                update(t.cases)
                .where(t.cases.c.id == key)
                .values(version=case.version + 1, modified=time, title=read.title)
            )
        return self.get(key)

    def delete(self, key: str) -> None:
        """Remove a case and all that was made of it, for good; NotFound."""
        with self._writer.begin() as connection:
            gone = connection.execute(delete(t.cases).where(t.cases.c.id == key)).rowcount
        if not gone:
            raise NotFound("no such case")
        erase_traces(self._engine)

    def list(self, limit: int, after: str | None = None) -> list[CaseSummary]:
        """The newest cases first, from the one behind the case `after` on; NotFound for it."""
        c = t.cases.c
        query = select(c.id, c.title, c.created, c.modified, c.version)
        query = query.order_by(c.created.desc(), c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            if after is not None:
                last = connection.execute(
                    select(c.created, c.id).where(c.id == after)
                ).one_or_none()
                if last is None:
                    raise NotFound("no such case", place="after")
                older = and_(c.created == last.created, c.id < last.id)
                query = query.where(or_(c.created < last.created, older))
            return [CaseSummary(*row) for row in connection.execute(query)]

    def document(self, key: str) -> StoredDocument:
        """The document of a case, as it came in; NotFound."""
        d = t.documents.c
        with self._engine.connect() as connection:
            row = connection.execute(
                select(d.media_type, d.data).where(d.case_id == key)
            ).one_or_none()
        if row is None:
            raise NotFound("no such case")
        return StoredDocument(row.media_type, bytes(row.data))

    def bundle(self, key: str, version: int, form: BundleForm, rules: str) -> WrittenBundle | None:
        """A bundle that was kept, when the same rules made it."""
        b = t.bundles.c
        with self._engine.connect() as connection:
            row = connection.execute(
                select(b.json, b.issues).where(
                    b.case_id == key,
                    b.version == version,
                    b.fhir_version == form.fhir_version,
                    b.bundle_type == form.kind,
                    b.rules == rules,
                )
            ).one_or_none()
        return None if row is None else WrittenBundle(bytes(row.json), bytes(row.issues))

    def keep_bundle(
        self,
        case: StoredCase,
        form: BundleForm,
        rules: str,
        bundle: WrittenBundle,
        resource_ids: Iterable[str],
    ) -> None:
        """Keep a bundle of a case and note which resources it holds. A case that was deleted
        meanwhile keeps nothing, and a bundle that is there stays."""
        b = t.bundles
        try:
            with self._writer.begin() as connection:
                connection.execute(delete(b).where(b.c.case_id == case.id, b.c.rules != rules))
                connection.execute(
                    insert(b).values(
                        case_id=case.id,
                        version=case.version,
                        fhir_version=form.fhir_version,
                        bundle_type=form.kind,
                        rules=rules,
                        json=bundle.json,
                        issues=bundle.issues,
                    )
                )
                r = t.resources
                known = set(connection.scalars(select(r.c.id).where(r.c.case_id == case.id)))
                new = [i for i in dict.fromkeys(resource_ids) if i not in known]
                if new:
                    connection.execute(insert(r), [{"id": i, "case_id": case.id} for i in new])
        except IntegrityError:
            return

    def with_resource(self, resource_id: str) -> str:
        """The id of the (oldest) case whose bundle holds a resource; NotFound."""
        r = t.resources.c
        query = (
            select(r.case_id).join(t.cases, t.cases.c.id == r.case_id).where(r.id == resource_id)
        )
        with self._engine.connect() as connection:
            found = connection.scalar(query.order_by(t.cases.c.created, r.case_id).limit(1))
        if found is None:
            raise NotFound("no such resource")
        return str(found)


def _version(key: str, version: int, time: str, read: ReadCase) -> dict[str, object]:
    return {
        "case_id": key,
        "version": version,
        "etag": etag_of(read.json),
        "created": time,
        "json": read.json,
        "issues": read.issues,
    }


def _stored(row: Row[tuple[object, ...]]) -> StoredCase:
    return StoredCase(
        row.case_id, row.version, row.etag, row.created, bytes(row.json), bytes(row.issues)
    )

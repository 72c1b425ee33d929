"""What the routes share: the store, the workers, the targets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from app import delivery, exact, jobs
from app.api.metrics import Metrics
from app.api.negotiate import is_case
from app.api.upload import Upload
from app.delivery.outbox import Outbox
from app.documents.detect import ACCEPTED
from app.errors import AlreadyThere, Case2FhirError, NotFound
from app.jobs import BundleForm, WrittenBundle
from app.resources import fingerprint
from app.settings import Settings
from app.store import Store, StoredCase, case_id
from app.workers import ConverterFactory, WorkerPool, load_converter

T = TypeVar("T")


class Service:
    """The running service. Opening it checks settings, targets, database and mappings."""

    def __init__(
        self, settings: Settings, metrics: Metrics, factory: ConverterFactory = load_converter
    ) -> None:
        self.settings = settings
        self.metrics = metrics
        self.targets = delivery.load(settings)
        self.rules = fingerprint(settings.mappings)
        self.store = Store(settings)
        self.pool = WorkerPool(settings, factory=factory)
        self.outbox = Outbox(
            self.store,
            self.targets,
            self.transaction,
            threads=settings.delivery_workers,
            lease_seconds=settings.delivery_lease_seconds,
            finished=lambda status: metrics.count("case2fhir_deliveries_total", outcome=status),
        )
        try:
            self.pool.start()
        except Case2FhirError:
            self.store.close()
            raise

    def close(self) -> None:
        self.outbox.stop()
        self.pool.stop()
        self.store.close()

    async def run(self, job: Callable[[Any], T]) -> T:
        """The answer of a worker process."""
        begin = perf_counter()
        try:
            value = await asyncio.wrap_future(self.pool.submit(job))
        except Case2FhirError as error:
            self.metrics.count("case2fhir_conversions_total", outcome=type(error).__name__)
            raise
        self.metrics.count("case2fhir_conversions_total", outcome="ok")
        self.metrics.time("case2fhir_conversion_seconds", perf_counter() - begin)
        return value

    async def add(self, upload: Upload, form: BundleForm) -> tuple[StoredCase, bool]:
        """Read a document (or take a posted case) and keep it; whether it is new.

        Raises AlreadyThere when a posted case differs from the one that is kept.
        """
        if is_case(upload.media_type):
            read = await self.run(partial(jobs.review, data=upload.data, form=form))
            case, created = await run_in_threadpool(self.store.cases.add, read)
            if case.json != read.json:
                raise AlreadyThere(
                    "this document has a case already; change it with PUT",
                    place=f"/cases/{case.id}",
                )
        else:
            known = await run_in_threadpool(self._known, upload)
            if known is not None:
                return known, False
            job = partial(jobs.read, source=upload.data, media_type=upload.media_type, form=form)
            read = await self.run(job)
            case, created = await run_in_threadpool(self.store.cases.add, read)
        if created:
            await run_in_threadpool(self._keep, case, form, read.bundle)
        return case, created

    def _known(self, upload: Upload) -> StoredCase | None:
        """The case of a document that was posted before with the same media type."""
        if upload.media_type is None:
            return None
        essence = upload.media_type.split(";")[0].strip().lower()
        try:
            return self.store.cases.get(case_id(upload.data, ACCEPTED.get(essence, essence)))
        except NotFound:
            return None

    def _keep(self, case: StoredCase, form: BundleForm, bundle: WrittenBundle) -> None:
        self.store.cases.keep_bundle(case, form, self.rules, bundle, resource_ids(bundle.json))

    async def review(self, key: str, data: bytes, if_match: frozenset[str] | None) -> StoredCase:
        """Keep a reviewed case as the next version; its bundle passes the gates before."""
        await run_in_threadpool(self.store.cases.get, key)
        form = BundleForm()
        read = await self.run(partial(jobs.review, data=data, form=form))
        case = await run_in_threadpool(self.store.cases.put, key, read, if_match)
        await run_in_threadpool(self._keep, case, form, read.bundle)
        return case

    async def bundle(self, case: StoredCase, form: BundleForm) -> WrittenBundle:
        """A bundle of a kept case, made when it is not there yet."""
        kept = await run_in_threadpool(
            self.store.cases.bundle, case.id, case.version, form, self.rules
        )
        if kept is not None:
            return kept
        made = await self.run(partial(jobs.write, data=case.json, form=form))
        await run_in_threadpool(self._keep, case, form, made)
        return made

    def transaction(self, case: StoredCase, fhir_version: str) -> dict[str, Any]:
        """The transaction of a kept case as a dict, for a thread that may wait."""
        form = BundleForm(fhir_version, "transaction")
        kept = self.store.cases.bundle(case.id, case.version, form, self.rules)
        made = kept or self.pool.submit(partial(jobs.write, data=case.json, form=form)).result()
        bundle: dict[str, Any] = exact.loads(made.json)
        return bundle


def resource_ids(bundle: bytes) -> list[str]:
    """The ids of a bundle's resources, and its own."""
    data = orjson.loads(bundle)
    resources = [data, *(e.get("resource", {}) for e in data.get("entry", ()))]
    return [r["id"] for r in resources if "id" in r]


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


AService = Annotated[Service, Depends(_service)]

"""Conversions in processes of their own.

A conversion is work for a processor, so it never runs in the service's event loop; and a
document may be hostile, so a process that takes too long or ends is replaced while the others
go on. Each process answers one job at a time; what it cannot finish hurts only that job.
"""

from __future__ import annotations

import multiprocessing
import queue
import signal
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple, TypeVar

from app.errors import Case2FhirError, ConversionTimeout, WorkerError, place_of
from app.loading import settle, uncollected
from app.settings import Settings

T = TypeVar("T")

START_SECONDS = 120.0
"""Longest time that loading rules, vocabulary and model may take before it counts as failed."""

ConverterFactory = Callable[[Settings], Any]


def load_converter(settings: Settings) -> Any:
    """The converter of this process, warmed: rules, vocabulary and model are in memory."""
    with uncollected():
        from app.pipeline import Converter

        converter = Converter(settings)
        converter.writer.warm("4.0")
    settle()
    return converter


class _Answer(NamedTuple):
    value: Any = None
    error: Case2FhirError | None = None


def _serve(connection: Connection, settings: Settings, factory: ConverterFactory) -> None:
    """The loop of a worker process: load, then answer job after job until told to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair
    loaded = _answer(factory, settings)
    try:
        connection.send(_Answer(error=loaded.error))
        while loaded.error is None:
            connection.send(_answer(connection.recv(), loaded.value))
    except (EOFError, BrokenPipeError):
        return  # the parent is gone


def _answer(job: Callable[[Any], Any], argument: Any) -> _Answer:
    try:
        return _Answer(value=job(argument))
    except Case2FhirError as error:
        return _Answer(error=error)
    except Exception as error:  # noqa: BLE001 - the boundary of the process: a bug becomes an
        # answer that names its kind and place, without the words of the report
        kind = type(error).__name__
        return _Answer(error=WorkerError(f"internal error: {kind}", place=place_of(error)))


class Worker:
    """One process that converts; started again when it had to be stopped."""

    def __init__(self, settings: Settings, factory: ConverterFactory = load_converter) -> None:
        self._settings = settings
        self._factory = factory
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def start(self) -> None:
        """Start the process and wait until it has loaded; raises what loading raised."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_serve, args=(theirs, self._settings, self._factory), daemon=True
        )
        process.start()
        theirs.close()
        self._process, self._connection = process, ours
        try:
            self._receive(START_SECONDS)
        except Case2FhirError:
            self.stop()
            raise

    def call(self, job: Callable[[Any], T], timeout: float) -> T:
        """The answer of `job(converter)`; `job` is picklable and takes the converter.

        Raises what the job raised, ConversionTimeout, or WorkerError when the process ended.
        """
        if self._process is None or not self._process.is_alive():
            self.stop()
            self.start()
        assert self._connection is not None
        try:
            self._connection.send(job)
        except (BrokenPipeError, OSError):
            self.stop()
            raise WorkerError("the conversion process ended; it is replaced") from None
        value: T = self._receive(timeout)
        return value

    def _receive(self, timeout: float) -> Any:
        assert self._connection is not None
        try:
            if not self._connection.poll(timeout):
                self.stop()
                raise ConversionTimeout(
                    f"the conversion took longer than {timeout:g} seconds and was stopped; "
                    "send a shorter document or raise CASE2FHIR_CONVERT_TIMEOUT_SECONDS"
                )
            answer: _Answer = self._connection.recv()
        except (EOFError, ConnectionResetError):
            self.stop()
            raise WorkerError("the conversion process ended; it is replaced") from None
        if answer.error is not None:
            raise answer.error
        return answer.value

    def kill(self) -> None:
        """End the process; whoever waits for its answer gets WorkerError."""
        if self._process is not None:
            self._process.kill()

    def stop(self) -> None:
        """End the process at once; the next call starts a new one."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._connection = None


class WorkerPool:
    """A fixed number of workers and the queue in front of them."""

    def __init__(
        self,
        settings: Settings,
        *,
        size: int | None = None,
        factory: ConverterFactory = load_converter,
    ) -> None:
        self.size = size or settings.workers
        self._timeout = settings.convert_timeout_seconds
        self._workers = [Worker(settings, factory) for _ in range(self.size)]
        # the last one used comes first, so that few loaded workers do a little work
        self._idle: queue.LifoQueue[Worker] = queue.LifoQueue()
        for worker in reversed(self._workers):
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(self.size, thread_name_prefix="conversion")

    def start(self) -> None:
        """Load the first worker now, so that wrong settings are found before any request;
        the others load when there is work for them."""
        try:
            self._workers[0].start()
        except Case2FhirError:
            self.stop()
            raise

    def submit(self, job: Callable[[Any], T]) -> Future[T]:
        """The future answer of `job(converter)`."""
        return self._threads.submit(self._run, job)

    def _run(self, job: Callable[[Any], T]) -> T:
        worker = self._idle.get()
        try:
            return worker.call(job, self._timeout)
        finally:
            self._idle.put(worker)

    def stop(self) -> None:
        """Stop all workers; jobs that wait are cancelled, running ones end with WorkerError."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.kill()
        self._threads.shutdown(wait=True)
        for worker in self._workers:
            worker.stop()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

"""Many documents over worker processes that can be killed: a hung or dying one costs its document, nothing else."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import Future, as_completed
from concurrent.futures import TimeoutError as DeadlineError
from functools import cache

import cv2
from pebble import ProcessExpired, ProcessPool

from dictionaries.load import load
from ocr.errors import DocumentError
from parsers.calibration import Judge
from pipeline import run, validate
from pipeline.dataset import Rows, Source, again_rows, failed_rows, report_rows
from pipeline.errors import NotReadable, TimedOut, Unexpected, WorkerDied
from pipeline.settings import Settings

WARDEN = ("/bin/sh", "-c", "read -r _; kill -KILL 0")  # its input ends with the worker; then so does their group
DOCUMENTS_PER_WORKER = 50  # then a fresh process: native libraries do not give all memory back

Task = Callable[[Source, Settings], Rows]
load_once = cache(load)  # one dictionary per worker process: it is too large to send with each task


def read_one(source: Source, settings: Settings) -> Rows:
    """The task: one document's rows. Whatever goes wrong with it becomes its `failed` row."""
    try:
        if source.sha256 is None:
            raise NotReadable
        dictionary = load_once(settings.dictionary)
        read = run.read_report(source.path, settings.limits, dictionary, Judge(settings.risk))
        return report_rows(source, read.report, read.fault)
    except DocumentError as error:
        return failed_rows(source, error)
    except Exception as error:  # a fault of ours costs one document too, and says so
        return failed_rows(source, Unexpected(f"{type(error).__name__}: {error}"))


def start_worker(scratch: str) -> None:
    """Sets a worker process up: one thread each, Ctrl-C left to the parent, nothing left behind when it is killed.

    `scratch`: folder for temporary files, which the parent removes.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    start_warden()
    tempfile.tempdir = scratch
    os.environ["OMP_THREAD_LIMIT"] = "1"  # the engine's threads only fight each other where every core has a worker
    cv2.setNumThreads(1)


@cache  # kept: a warden whose input nobody holds would strike at once
def start_warden() -> subprocess.Popen[bytes]:
    """Makes this process a group of its own, whose programs (Tesseract, poppler) end with it, however it ends."""
    os.setpgid(0, 0)
    return subprocess.Popen(WARDEN, stdin=subprocess.PIPE)


def read_all(
    sources: Sequence[Source], settings: Settings, on_done: Callable[[Rows], None], task: Task = read_one
) -> list[Rows]:
    """Each source's rows, in the order of `sources` whatever the workers' pace; same bytes are read once.

    `on_done` is called with each document's rows as soon as they are there.
    """
    identities = {source.name: identity(source, settings) for source in sources}
    firsts = {identities[source.name]: source for source in reversed(sources)}
    found: dict[str, Rows] = {}
    with tempfile.TemporaryDirectory(prefix="veedor-") as scratch:
        pool = ProcessPool(
            max_workers=min(settings.workers, len(firsts)),
            max_tasks=DOCUMENTS_PER_WORKER,
            initializer=start_worker,
            initargs=(scratch,),
            context=multiprocessing.get_context("spawn"),  # a forked child would inherit the pool's threads' locks
        )
        try:
            futures: dict[Future[Rows], Source] = {
                pool.schedule(task, args=(source, settings), timeout=settings.seconds): source
                for source in sources
                if source is firsts[identities[source.name]]
            }
            for future in as_completed(futures):
                source = futures[future]
                found[source.name] = _result(future, source, settings)
                on_done(found[source.name])
        finally:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()
    return [_rows_of(source, firsts[identities[source.name]], found) for source in sources]


def identity(source: Source, settings: Settings) -> tuple[str, str]:
    """What two sources share when reading one is reading both: their bytes, taken for the same kind of file."""
    try:
        kind: str = validate.kind_of(source.path, settings.limits)
    except DocumentError as error:
        kind = error.reason
    return source.sha256 or source.name, kind


def _rows_of(source: Source, first: Source, found: dict[str, Rows]) -> Rows:
    rows = found[first.name]
    return rows if source is first else again_rows(source, first, rows)


def _result(future: Future[Rows], source: Source, settings: Settings) -> Rows:
    try:
        return future.result()
    except DeadlineError:
        return failed_rows(source, TimedOut(f"{settings.seconds:.0f} s"))
    except ProcessExpired as error:
        return failed_rows(source, WorkerDied(f"código {error.exitcode}"))

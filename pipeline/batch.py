"""Many documents over worker processes that can be killed: a hung or dying one costs its document, nothing else."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures import TimeoutError as DeadlineError
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice

from pebble import ProcessExpired, ProcessPool

from ocr.errors import DocumentError, OutOfMemory
from pipeline.errand import Errand, NeedsTime, keep, lost, next_attempt, read_to_store
from pipeline.errors import EnvironmentMissing, TimedOut, WorkerDied
from pipeline.results import Head, Result, columns_of
from pipeline.settings import Settings
from pipeline.store import Store
from pipeline.supervise import MemoryWatch, bound_processor, scratch_folder, start_worker
from pipeline.task import Task, read_one

DOCUMENTS_PER_WORKER = 50  # then a fresh process: native libraries do not give all memory back
BREAKDOWNS = 5  # of processes that do not live to see a document, one after another: by then it is no accident
AHEAD = 2  # documents per worker in the pool, one of them waiting its turn: a long one, sent back to be given more
# time, waits behind few; and memory does not grow with the archive

OnDone = Callable[[Errand, Head], None]


def read_all(errands: Iterable[Errand], settings: Settings, on_done: OnDone, task: Task = read_one) -> None:
    """Carries every errand out, in `settings.workers` processes, results going to the store of `settings`.

    `on_done` is called, in this thread, with each errand and what became of it, as soon as that stands: after its
    second attempt, where the first was lost. Raises OSError where the store cannot be written.
    """
    with office(settings, task) as opened:
        for errand, head in opened.work_off(iter(errands)):
            on_done(errand, head)


@contextmanager
def office(settings: Settings, task: Task = read_one) -> Iterator[Office]:
    """Worker processes, `settings.workers` of them, that carry errands out until the end of the context."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read where numpy is loaded, before a worker can be told anything: its
    # threads wait for one another busily, which on busy cores costs more than all that they compute
    with scratch_folder() as scratch, MemoryWatch(settings.memory) as memory:
        opened = Office(partial(_pool, settings, scratch), memory, settings, task)
        try:
            yield opened
        finally:
            opened.close()


def _pool(settings: Settings, scratch: str) -> ProcessPool:
    return ProcessPool(
        max_workers=settings.workers,
        max_tasks=DOCUMENTS_PER_WORKER,
        initializer=start_worker,
        initargs=(scratch, settings.memory),
        context=multiprocessing.get_context("spawn"),  # a forked child would inherit the pool's threads' locks
    )


class Office:
    """The errands under way in a pool, and what becomes of each."""

    def __init__(self, opened: Callable[[], ProcessPool], memory: MemoryWatch, settings: Settings, task: Task) -> None:
        self._opened, self._memory, self._settings, self._task = opened, memory, settings, task
        self._pool, self._broken = opened(), 0
        self._store = Store(settings.store_url)
        self._under_way: dict[Future[Head | NeedsTime], Errand] = {}

    def close(self) -> None:
        """Ends the processes."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def work_off(self, errands: Iterator[Errand]) -> Iterator[tuple[Errand, Head]]:
        """Each errand with what became of it, as soon as that stands. Raises OSError, EnvironmentMissing."""
        room = self._settings.workers * AHEAD
        while True:
            for errand in islice(errands, room - len(self._under_way)):
                self._schedule(errand)
            if not self._under_way:
                return
            for future in wait(self._under_way, return_when=FIRST_COMPLETED).done:
                errand = self._under_way.pop(future)
                answer = self._answer(future, errand)
                if isinstance(answer, Head):
                    yield errand, answer

    def _schedule(self, errand: Errand) -> None:
        arguments = (errand, self._settings, self._settings.store_url, self._task)
        try:
            future = self._pool.schedule(attempt, args=arguments, timeout=errand.seconds(self._settings))
        except RuntimeError:  # the pool is broken
            self._renew()
            future = self._pool.schedule(attempt, args=arguments, timeout=errand.seconds(self._settings))
        self._under_way[future] = errand

    def _renew(self) -> None:
        """A new pool: the library gives one up under which a process ends that has no document yet."""
        self._broken += 1
        if self._broken > BREAKDOWNS:
            raise EnvironmentMissing("Los procesos que leen mueren al empezar; libere memoria o use menos --workers.")
        self.close()
        self._pool = self._opened()

    def _answer(self, future: Future[Head | NeedsTime], errand: Errand) -> Head | None:
        """What became of the errand; None where it is under way again."""
        try:
            answer = future.result()
            self._broken = 0
        except BrokenProcessPool:
            self._schedule(errand)
            return None
        except (DeadlineError, ProcessExpired, MemoryError) as error:
            answer = lost(errand, self._settings, self._fault(error, errand))
            if not next_attempt(errand, answer):
                return keep(self._store, errand, Result(answer, {"documents": columns_of([answer.document])}))
        if isinstance(answer, NeedsTime):
            self._schedule(replace(errand, pages=answer.pages))
            return None
        if again := next_attempt(errand, answer):
            self._schedule(again)
            return None
        return answer

    def _fault(self, error: DeadlineError | ProcessExpired | MemoryError, errand: Errand) -> DocumentError:
        """Why the attempt was lost."""
        before = f"; antes: {', '.join(errand.tried)}" if errand.tried else ""
        if isinstance(error, DeadlineError):
            return TimedOut(f"{errand.seconds(self._settings):.0f} s{before}")
        if isinstance(error, MemoryError) or self._memory.has_ended(error.pid):
            return OutOfMemory(f"{self._settings.memory} MiB{before}")
        if error.exitcode == -signal.SIGXCPU:
            return TimedOut(f"agotó su tiempo de procesador{before}")
        return WorkerDied(f"código {error.exitcode}{before}")


def attempt(errand: Errand, settings: Settings, store_url: str, task: Task) -> Head | NeedsTime:
    """One attempt at a document, in a worker process."""
    bound_processor(errand.seconds(settings))
    return read_to_store(errand, settings, store_url, task)

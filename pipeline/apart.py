"""Foreign files opened for the verbs that look at them: in a process apart, within a run's limits of time and memory.

Native code that hangs or eats memory on a hostile file cannot be stopped from within its own process. One process
serves all of a verb's calls; one that is lost is replaced.
"""

from __future__ import annotations

import atexit
import copyreg
import multiprocessing
import signal
from collections.abc import Callable
from concurrent.futures import TimeoutError as DeadlineError
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from ocr import sheets
from ocr.errors import DocumentError, OutOfMemory
from pipeline.errors import TimedOut, WorkerDied
from pipeline.settings import MEMORY, SECONDS, Settings
from pipeline.supervise import bound_processor, scratch_folder, start_worker

Given = ParamSpec("Given")
Told = TypeVar("Told")

PICTURE_SECONDS = 120.0  # to check a file and draw one page of it for a person: an honest one takes one or two
OPEN = ExitStack()  # the process apart, as long as this one lives
atexit.register(OPEN.close)


def apart(seconds: float, task: Callable[Given, Told], *given: Given.args, **named: Given.kwargs) -> Told:
    """What `task` returns, called apart with at most so many `seconds`, counted once the process has started.

    Raises what the task raises; TimedOut, OutOfMemory and WorkerDied where it was lost.
    """
    pool = _pool()
    try:
        told: Told = pool.schedule(_bounded, args=(seconds, task, given, named), timeout=seconds).result()
        return told
    except DeadlineError as error:
        raise TimedOut(f"{seconds:.0f} s") from error
    except MemoryError as error:
        raise OutOfMemory(f"{MEMORY} MiB") from error
    except ProcessExpired as error:
        if error.exitcode == -signal.SIGXCPU:
            raise TimedOut("agotó su tiempo de procesador") from error
        raise WorkerDied(f"código {error.exitcode}") from error


def seconds_for(path: Path) -> float:
    """The time that a run would give the document at `path`. Raises TimedOut, OutOfMemory and WorkerDied."""
    return Settings(Path(), seconds=SECONDS).seconds_for(apart(PICTURE_SECONDS, _pages, path))


def _pages(path: Path) -> int:
    try:
        return sheets.count(path)
    except DocumentError:  # reading it will say so
        return 1


def _bounded(seconds: float, task: Callable[..., Told], given: tuple[object, ...], named: dict[str, object]) -> Told:
    bound_processor(seconds)
    return task(*given, **named)


def _mapping(told: dict[str, object]) -> MappingProxyType[str, object]:
    return MappingProxyType(told)


copyreg.pickle(MappingProxyType, lambda told: (_mapping, (dict(told),)))  # the dictionary holds such on its way there


@cache
def _pool() -> ProcessPool:
    """One process, started when it is first needed, and warm: what it loads is on nobody's clock."""
    scratch = OPEN.enter_context(scratch_folder())
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPool(max_workers=1, initializer=start_worker, initargs=(scratch, MEMORY), context=spawn)
    OPEN.callback(_close, pool)
    pool.schedule(bool).result()
    return pool


def _close(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()
    _pool.cache_clear()

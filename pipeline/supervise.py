"""What stands beside worker processes: nothing they start outlives them, they do not outlive a run, and one that takes
too much memory is ended."""

from __future__ import annotations

import contextlib
import math
import os
import resource
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psutil

from pipeline.locks import held, remove_if_left

WARDEN = ("/bin/sh", "-c", "read -r _; kill -KILL 0")  # its input ends with the worker; then so does their group
SCRATCH = "veedor-run-"
LOOK_SECONDS = 0.5  # between looks at the workers' memory: a look takes some milliseconds of one processor
PARENT_SECONDS = 1.0  # between a worker's looks at whether its run is still there
MIB = 1 << 20
FILE_MIB = 1024  # twice what the largest input brought here from storage may have
PROCESSOR_SHARE = 2.0  # of a document's time: its worker has few threads of its own


# ---------------------------------------------------------------- inside a worker


def start_worker(scratch: str, memory: int) -> None:
    """Sets a worker process up: one thread each, Ctrl-C left to the parent, nothing left behind when it is killed.

    `scratch`: folder for temporary files, which the parent removes. `memory`: MiB, as `bound_process` takes it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    start_warden()
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    import cv2  # not where workers are started from, which needs none of it

    from pipeline import run  # noqa: F401  # now, before a document's time and memory are counted

    tempfile.tempdir = scratch
    os.environ["OMP_THREAD_LIMIT"] = "1"  # the engine's threads only fight each other where every core has a worker
    cv2.setNumThreads(1)
    bound_process(memory)


def bound_process(memory: int) -> None:
    """Limits that the kernel holds, of this process and of each program that it starts from now on: `memory` MiB of
    data more than it has now, `FILE_MIB` of a file, no core dumps, which would hold what reports say.

    What goes beyond is refused to native code too, at once, and ends in a MemoryError or a program that fails.
    """
    bounds = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: FILE_MIB * MIB}
    if has := getattr(psutil.Process().memory_info(), "data", None):  # Linux; elsewhere the watch alone bounds memory
        bounds[resource.RLIMIT_DATA] = has + memory * MIB
    for kind, most in bounds.items():
        hard = resource.getrlimit(kind)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (least, least))


def bound_processor(seconds: float) -> None:
    """Ends this process by SIGXCPU when it has worked for `PROCESSOR_SHARE` times so many seconds more.

    The run's own clock strikes earlier; but where the run is killed and native code hangs, nothing else would.
    """
    usage = resource.getrusage(resource.RUSAGE_SELF)
    most = math.ceil(usage.ru_utime + usage.ru_stime + PROCESSOR_SHARE * seconds)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


@cache  # kept: a warden whose input nobody holds would strike at once
def start_warden() -> subprocess.Popen[bytes]:
    """Makes this process a group of its own, whose programs (Tesseract, poppler) end with it, however it ends."""
    os.setpgid(0, 0)
    return subprocess.Popen(WARDEN, stdin=subprocess.PIPE)


def _end_with(parent: int) -> None:
    """Ends this process and its programs once the run that started it was killed."""
    while os.getppid() == parent:
        time.sleep(PARENT_SECONDS)
    os.killpg(0, signal.SIGKILL)


# ---------------------------------------------------------------- beside the workers


@contextmanager
def scratch_folder() -> Iterator[str]:
    """A folder for the workers' temporary files, gone afterwards; those of runs that were killed are removed too."""
    home = Path(tempfile.gettempdir())
    for left in home.glob(f"{SCRATCH}*"):
        remove_if_left(left)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, ignore_cleanup_errors=True) as folder, held(Path(folder)):
        yield folder


class MemoryWatch:
    """Ends each child process that, with all it started, takes more than `limit` MiB. A context manager.

    It measures what is resident: native libraries reserve far more addresses than they use.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit * MIB
        self._ended: set[int] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def has_ended(self, pid: int | None) -> bool:
        """Whether the process of that id was ended for its memory."""
        return pid in self._ended

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._over.wait(LOOK_SECONDS):
            with contextlib.suppress(psutil.Error, OSError):  # a process ended while we looked: look again
                for pid, resident in _resident(me).items():
                    if resident > self._limit:
                        self._ended.add(pid)
                        os.kill(pid, signal.SIGKILL)


def _resident(parent: psutil.Process) -> dict[int, int]:
    """Bytes resident of each child with all that descends from it."""
    below = {p.pid: p for p in parent.children(recursive=True)}
    found: dict[int, int] = {}
    for pid, process in below.items():
        with contextlib.suppress(psutil.Error):  # it ended while we looked
            top, above = pid, process.ppid()
            while above in below:
                top, above = above, below[above].ppid()
            found[top] = found.get(top, 0) + process.memory_info().rss
    return found

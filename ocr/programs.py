"""Programs that read for us (Tesseract, poppler), each in a process of its own, within limits that the kernel holds.

The only door through which this package starts anything. What a program says of its own troubles is told: one that
runs out of memory may well end as if all were well, its picture white where print should be.
"""

from __future__ import annotations

import math
import os
import resource
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from ocr.errors import EngineFailed, EngineMissing, OutOfMemory

LANGUAGE = "spa"  # that the engine reads
VERSION_SECONDS = 20
MIB = 1 << 20
MEMORY = 1024 * MIB  # of data: a batch of cells takes Tesseract 20, an A4 page at 300 dpi poppler 70, the largest 700
FILE = 512 * MIB  # of anything it writes: the largest page that may be drawn has 300
CHUNK = 1 << 16  # bytes of complaints read at once: what a pipe holds
LAST_SECONDS = 5.0  # that one has to end in once it has closed its complaints
COMPLAINTS = MIB  # bytes of them that are looked at; a sound page has none
STARVING = ("Out of memory", "bad_alloc", "malloc fail", "MemoryError", "Cannot allocate memory")  # in whose words
REMEDIES = {
    "tesseract": "tesseract: apt-get install tesseract-ocr tesseract-ocr-spa",
    "pdftoppm": "poppler: apt-get install poppler-utils",
}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended by itself. `code`: its exit code, 0 and up; `out`: what it wrote; `said`: its complaints."""

    code: int
    out: bytes
    said: str


def run(command: Sequence[str], seconds: float) -> Ended:
    """Runs `command` (a name on the PATH and its arguments, no shell) for at most so many `seconds`.

    Raises EngineMissing; OutOfMemory where it lacked memory, whatever its exit code; EngineFailed where it hung, died
    of a signal, or met another of its limits.
    """
    name = command[0]
    with tempfile.TemporaryFile() as out:  # a file, so that a flood meets its limit, and not this process
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE)
        except FileNotFoundError as e:
            raise EngineMissing(REMEDIES.get(name, name)) from e
        with process:
            _bound(process.pid, seconds)
            try:
                said = _complaints(process, time.monotonic() + seconds)
            except BaseException:  # its time is up, or the page's own
                process.kill()
                raise
        if said is None:
            raise EngineFailed(f"{name}: no terminó en {seconds:.0f} s")
        out.seek(0)
        return _ended(name, process.returncode, out.read(), said.decode("utf-8", "replace"))


def _complaints(process: subprocess.Popen[bytes], deadline: float) -> bytes | None:
    """What the program complains of until it ends, the beginning of it; None where it had to be ended."""
    assert process.stderr is not None
    said = b""
    while (left := deadline - time.monotonic()) > 0 and select.select([process.stderr], [], [], left)[0]:
        part = os.read(process.stderr.fileno(), CHUNK)
        if not part:
            return said if _has_ended(process) else None
        said = (said + part)[:COMPLAINTS]
    process.kill()
    return None


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether the program ended by itself, now that it has closed its complaints."""
    try:
        process.wait(LAST_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return False
    return True


@cache
def engine_version() -> str:
    """The engine's version, as it states it. Raises EngineMissing, EngineFailed."""
    first = run(["tesseract", "--version"], VERSION_SECONDS).out.decode("ascii", "replace").split("\n", 1)[0]
    return first.removeprefix("tesseract").strip()


def _bound(pid: int, seconds: float) -> None:
    """Limits of the program just started, below those that it has from this process already."""
    if not hasattr(resource, "prlimit"):  # other systems than Linux: what this process was given holds
        return
    bounds = {resource.RLIMIT_DATA: MEMORY, resource.RLIMIT_FSIZE: FILE, resource.RLIMIT_CORE: 0}
    bounds |= {resource.RLIMIT_CPU: math.ceil(seconds)}
    with suppress(ProcessLookupError):  # it has ended already
        for kind, most in bounds.items():
            inherited = resource.getrlimit(kind)[1]
            least = most if inherited == resource.RLIM_INFINITY else min(most, inherited)
            resource.prlimit(pid, kind, (least, inherited if kind == resource.RLIMIT_CPU else least))


def _ended(name: str, code: int, out: bytes, said: str) -> Ended:
    if any(words in said for words in STARVING):
        raise OutOfMemory(f"{name}: {_last(said)}")
    if code < 0:
        what: dict[int, str] = {signal.SIGXCPU: "agotó su tiempo de procesador", signal.SIGXFSZ: "escribió demasiado"}
        raise EngineFailed(f"{name}: {what.get(-code, f'lo terminó la señal {-code}')} {_last(said)}".rstrip())
    return Ended(code, out, said)


def _last(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def path(of: str | os.PathLike[str]) -> str:
    """The path as an argument that no program takes for an option."""
    return os.path.abspath(of)

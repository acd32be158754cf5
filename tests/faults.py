"""Stand-ins for the reading of one document: quick, or faulty in a given way. Their file's name says which."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ocr.errors import Empty, EngineMissing
from pipeline.dataset import failed_rows, report_rows
from pipeline.rows import Rows
from pipeline.settings import Settings
from pipeline.sources import Source
from tests.sample import DOUBT, attendee, report

GREED_MIB = 690  # less than a process of the tests may have, more than a worker and its programs together


def _eat(mib: int) -> None:
    """Takes memory in a program of its own, as an engine would, and waits."""
    code = f"import time; x = bytearray({mib} << 20); x[::4096] = b'1' * len(x[::4096]); time.sleep(600)"
    subprocess.run([sys.executable, "-c", code], check=False)


def die(*_: object) -> None:
    """What starts a worker, ending it."""
    os.kill(os.getpid(), signal.SIGKILL)


def read(source: Source, settings: Settings) -> Rows:
    """What `batch.read_one` does, without reading: the file's name tells what becomes of it."""
    less = not settings.effort.second_look
    if "once" in source.name and less:  # what is lost once, and read with less
        return report_rows(source, report(attendee(1, position=source.name)))
    if "greedy" in source.name:
        _eat(GREED_MIB)
    if "hungry" in source.name:
        bytearray(8 << 30)  # asked for, and never touched: nothing of it is resident
    if "spin" in source.name:
        soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
        assert 0 < soft < hard or hard == resource.RLIM_INFINITY  # what ends it, brought forward
        resource.setrlimit(resource.RLIMIT_CPU, (1, hard))
        while True:
            pass
    if "hang" in source.name:
        program = subprocess.Popen(["sleep", "600"])
        Path(tempfile.mkstemp(suffix=".pgm")[1]).write_bytes(b"P5")
        source.path.with_suffix(".tmp").write_text(f"{program.pid} {tempfile.gettempdir()}")
        source.path.with_suffix(".tmp").rename(source.path.with_suffix(".started"))
        program.wait()
    if "die" in source.name:
        os.kill(os.getpid(), signal.SIGKILL)
    if "mutate" in source.name:
        source.path.write_text("something else")
    if "engine" in source.name:
        return failed_rows(source, EngineMissing())
    if "empty" in source.name:
        return failed_rows(source, Empty())
    time.sleep(int(source.name[0]) / 50 if source.name[0].isdigit() else 0)  # so that documents end out of order
    doubtful = attendee(2, certainty=DOUBT) if "doubt" in source.name else attendee(2)
    return report_rows(source, report(attendee(1, position=source.name), doubtful))

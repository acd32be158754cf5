"""Stand-ins for the reading of one document: quick, or faulty in a given way. Their file's name says which."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from ocr.errors import Empty, EngineMissing
from pipeline.dataset import Rows, Source, failed_rows, report_rows
from pipeline.settings import Settings
from tests.sample import DOUBT, attendee, report


def read(source: Source, settings: Settings) -> Rows:
    """What `batch.read_one` does, without reading: the file's name tells what becomes of it."""
    del settings
    if "hang" in source.name:
        program = subprocess.Popen(["sleep", "600"])
        Path(tempfile.mkstemp(suffix=".pgm")[1]).write_bytes(b"P5")
        source.path.with_suffix(".tmp").write_text(f"{program.pid} {tempfile.gettempdir()}")
        source.path.with_suffix(".tmp").rename(source.path.with_suffix(".started"))
        program.wait()
    if "die" in source.name:
        os.kill(os.getpid(), signal.SIGKILL)
    if "engine" in source.name:
        return failed_rows(source, EngineMissing())
    if "empty" in source.name:
        return failed_rows(source, Empty())
    time.sleep(int(source.name[0]) / 50 if source.name[0].isdigit() else 0)  # so that documents end out of order
    doubtful = attendee(2, certainty=DOUBT) if "doubt" in source.name else attendee(2)
    return report_rows(source, report(attendee(1, position=source.name), doubtful))

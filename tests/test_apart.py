"""Foreign files are opened for the verbs that look in a process that can be killed: what hangs ends nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from ocr.errors import Damaged, OutOfMemory
from pipeline import crops
from pipeline.apart import apart as call
from pipeline.errors import ExitCode, TimedOut, WorkerDied
from tests import forms

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0  # seconds for what takes none, on a loaded machine


def raise_damaged() -> None:
    raise Damaged("así")


def spin() -> None:
    while True:
        pass


def _is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_what_hangs_dies_or_takes_too_much_is_told_and_the_next_call_is_served() -> None:
    first = call(PATIENCE, os.getpid)
    assert first != os.getpid()
    assert call(PATIENCE, os.getpid) == first  # one process for all calls
    for seconds, task, given, kind in (
        (1.0, time.sleep, (600,), TimedOut),
        (1.0, spin, (), TimedOut),
        (PATIENCE, os._exit, (3,), WorkerDied),
        (PATIENCE, os.abort, (), WorkerDied),
        (PATIENCE, bytearray, (8 << 30,), OutOfMemory),
        (PATIENCE, raise_damaged, (), Damaged),
    ):
        with pytest.raises(kind):
            call(seconds, task, *given)
    assert call(PATIENCE, sum, (1, 2)) == 3


def test_a_page_that_takes_too_long_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = forms.draw(3)
    (tmp_path / "a.pdf").write_bytes(report.pdf)
    assert crops.page_picture(tmp_path / "a.pdf", 1).size == crops.drawn(tmp_path / "a.pdf", 1).size
    monkeypatch.setattr(crops, "PICTURE_SECONDS", 0.05)
    with pytest.raises(TimedOut):
        crops.page_picture(tmp_path / "a.pdf", 1, dpi=1000)  # some seconds' work


def test_looking_at_a_report_whose_engine_hangs_ends_in_time_and_leaves_nothing_running(tmp_path: Path) -> None:
    report, engine = forms.draw(3), tmp_path / "bin" / "tesseract"
    forms.write(report, "bilevel300", "scan", tmp_path, tmp_path / "truth")
    engine.parent.mkdir()
    engine.write_text(f'#!/bin/sh\necho $$ >> "{tmp_path}/started"\nexec sleep 600\n')
    engine.chmod(0o755)
    program = "from pipeline import apart; from pipeline.cli import app; apart.SECONDS = 4; app.main()"
    command = [sys.executable, "-c", program, "look", str(tmp_path / "scan.pdf"), "--out", str(tmp_path / "out")]
    path = f"{engine.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | {"PATH": path}, timeout=120
    )
    assert (done.returncode, done.stderr.split(":")[0]) == (ExitCode.FAILED, "timed_out"), done.stderr
    for pid in (tmp_path / "started").read_text().split():
        until = time.monotonic() + PATIENCE
        while (running := _is_running(int(pid))) and time.monotonic() < until:
            time.sleep(0.1)
        assert not running

"""Real worker processes that hang, die, eat memory, or lose the run that started them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from ocr.effort import page_limit
from ocr.errors import PageTimedOut
from pipeline import batch, job, ledger
from pipeline.errors import EnvironmentMissing, ExitCode
from pipeline.inputs import gather
from pipeline.settings import Settings
from pipeline.supervise import SCRATCH, scratch_folder
from tests import faults, kills
from tests.test_cli import PATIENCE, folder_of, is_gone

ROOT = Path(__file__).parents[1]
PROGRAM = "from pipeline import job; from pipeline.cli import app; from tests import faults; job.carry_out.__defaults__ = (job.ignore, faults.read); app.main()"  # noqa: E501


def documents(out: Path) -> dict[str, dict[str, Any]]:
    return {row["source"]: row for row in pq.read_table(out / "documents.parquet").to_pylist()}


def started(inputs: Path, out: Path, **pipes: Any) -> subprocess.Popen[bytes]:
    """The program over stand-ins for reading."""
    command = [sys.executable, "-c", PROGRAM, "run", str(inputs), "--out", str(out), "--workers", "1"]
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, **pipes)


def wait_for(path: Path) -> None:
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.1)
    raise AssertionError(f"{path} never came")


def test_what_is_lost_is_read_with_less_once_and_then_fails(tmp_path: Path) -> None:
    names = ("0_good.txt", "1_die_once.txt", "2_hang_once.txt", "3_greedy_once.txt", "4_greedy.txt", "5_die.txt")
    inputs, out = folder_of(tmp_path / "in", *names), tmp_path / "out"
    summary = job.carry_out(gather([inputs]), Settings(out, 2, seconds=8, memory=700), task=faults.read)
    assert summary.reasons == {"out_of_memory": 1, "worker_died": 1}
    rows = documents(out)
    assert {name: row["attempt"] for name, row in rows.items()} == dict(zip(names, (1, 2, 2, 2, 2, 2), strict=True))
    assert rows["0_good.txt"]["status"] == "ok"
    for name in names[1:4]:
        assert (rows[name]["status"], rows[name]["needs_review"]) == ("review", True)
        assert "read_with_less" in rows[name]["review_reason"]
    assert "antes: out_of_memory" in rows["4_greedy.txt"]["error_message"]
    tried = {s["source"]: s["tried"] for s in json.loads((out / ledger.RUN).read_text())["sources"]}
    assert [tried[name] for name in names[:5]] == [
        *([], ["worker_died"], ["timed_out"], ["out_of_memory"], ["out_of_memory"])
    ]
    again = job.carry_out(gather([inputs]), Settings(out, 2, seconds=8, memory=700), task=faults.read)
    assert (again.reused, again.written) == (len(names) - 1, False)  # whose worker died once is read whole


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel holds these limits on Linux alone")
def test_what_the_kernel_refuses_a_worker_costs_its_document_only(tmp_path: Path) -> None:
    names = ("0_good.txt", "1_hungry.txt", "2_hungry_once.txt", "3_spin.txt", "4_good.txt")
    inputs, out = folder_of(tmp_path / "in", *names), tmp_path / "out"
    summary = job.carry_out(gather([inputs]), Settings(out, 1, seconds=120, memory=700), task=faults.read)
    assert summary.reasons == {"out_of_memory": 1, "timed_out": 1}
    rows = documents(out)
    assert rows["1_hungry.txt"]["error"] == "out_of_memory"
    assert "read_with_less" in rows["2_hungry_once.txt"]["review_reason"]
    assert "procesador" in rows["3_spin.txt"]["error_message"]
    assert rows["4_good.txt"]["status"] == "ok"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel holds these limits on Linux alone")
def test_a_process_is_bound_and_so_are_its_programs(tmp_path: Path) -> None:
    code = """
import numpy, resource, subprocess, sys
from pipeline import supervise
supervise.FILE_MIB = 1
supervise.bound_process(100)
for eat in (lambda: numpy.ones(200 << 20, numpy.uint8), lambda: open(sys.argv[1], "wb").write(bytes(2 << 20))):
    try: eat()
    except (MemoryError, OSError) as error: print(type(error).__name__)
print(subprocess.run([sys.executable, "-c", "bytearray(2 << 30)"], stderr=subprocess.DEVNULL).returncode)
print(resource.getrlimit(resource.RLIMIT_CORE))
"""
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "big"], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["MemoryError", "OSError", "1", "(0, 0)"]


def test_workers_and_their_programs_end_with_a_run_that_is_killed_and_the_next_goes_on(tmp_path: Path) -> None:
    inputs, out = folder_of(tmp_path / "in", "0_good.txt", "1_hang.txt"), tmp_path / "out"
    run = started(inputs, out)
    wait_for(inputs / "1_hang.started")
    program, scratch = (inputs / "1_hang.started").read_text().split(maxsplit=1)
    os.kill(run.pid, signal.SIGKILL)
    run.wait(timeout=PATIENCE)
    assert is_gone(int(program))
    with scratch_folder() as mine:
        assert Path(mine).name.startswith(SCRATCH)
        assert not Path(scratch).exists()  # what a killed run left is removed by the next
    assert not (out / "documents.csv").exists()
    (inputs / "1_hang.txt").unlink()
    summary = job.carry_out(gather([inputs]), Settings(out, 1), task=faults.read)
    assert (summary.reused, summary.reports) == (1, 1)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_a_store_to_go_on_with(tmp_path: Path, sign: signal.Signals) -> None:
    inputs, out = folder_of(tmp_path / "in", "0_good.txt", "1_hang.txt"), tmp_path / "out"
    run = started(inputs, out, stderr=subprocess.PIPE)
    wait_for(inputs / "1_hang.started")
    os.kill(run.pid, sign)
    _, said = run.communicate(timeout=PATIENCE)
    assert (run.returncode, "Interrumpido" in said.decode()) == (ExitCode.INTERRUPTED, True)
    assert len(list((tmp_path / "out.work" / "results").glob("*/*"))) == 1
    assert not (out / "documents.csv").exists()


def test_two_runs_at_once_do_no_harm(tmp_path: Path) -> None:
    inputs, out = folder_of(tmp_path / "in", *(f"{i}_slow.txt" for i in range(6))), tmp_path / "out"
    alone = job.carry_out(gather([inputs]), Settings(tmp_path / "alone", 1), task=faults.read)
    both = [started(inputs, out, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [run.wait(timeout=120) for run in both] == [alone.exit_code] * 2
    assert {p.name for p in out.iterdir()} == {p.name for p in (tmp_path / "alone").iterdir()}
    for path in out.iterdir():
        if path.name != ledger.RUN:
            assert path.read_bytes() == (tmp_path / "alone" / path.name).read_bytes()


def test_a_watched_folder_is_read_as_files_come_and_left_cleanly(tmp_path: Path) -> None:
    inputs, out = folder_of(tmp_path / "in", "0_good.txt"), tmp_path / "out"
    code = PROGRAM.replace("job.carry_out", "from pipeline import watch; watch.STILL_SECONDS = 0.5; job.carry_out", 1)
    command = [sys.executable, "-c", code, "run", str(inputs), "--out", str(out), "--workers", "1", "--watch"]
    run = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_for(out / "documents.csv")
        assert set(documents(out)) == {"0_good.txt"}
        folder_of(inputs, "1_more.txt")
        for _ in range(300):
            if len(documents(out)) == 2:
                break
            time.sleep(0.1)
        assert set(documents(out)) == {"0_good.txt", "1_more.txt"}
    finally:
        os.kill(run.pid, signal.SIGINT)
    assert run.wait(timeout=PATIENCE) == ExitCode.INTERRUPTED


def test_a_page_that_takes_too_long_ends_with_the_program_it_waits_for() -> None:
    start = time.monotonic()
    with pytest.raises(PageTimedOut, match="1 s"), page_limit(1):
        subprocess.run([sys.executable, "-c", "import time; time.sleep(60)"], check=False)
    assert time.monotonic() - start < 30
    with page_limit(60):
        pass
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_a_page_limit_ends_an_engine_that_nobody_waits_for_any_more(tmp_path: Path) -> None:
    engine = tmp_path / "tesseract"
    engine.write_text("#!/bin/sh\necho $$ > pid\nwhile :; do :; done\n")
    engine.chmod(0o755)
    with pytest.raises(PageTimedOut), page_limit(1):
        subprocess.Popen([engine], cwd=tmp_path).wait()
    assert is_gone(int((tmp_path / "pid").read_text()))


def test_a_worker_killed_before_it_has_a_document_costs_nothing(tmp_path: Path) -> None:
    inputs, out = folder_of(tmp_path / "in", "0_a.txt", "0_b.txt"), tmp_path / "out"
    run = started(inputs, out)
    for _ in range(3):  # the one that takes its place is struck, too
        since = time.monotonic()
        while not (newly := kills.workers(run)):
            assert time.monotonic() - since < PATIENCE
            time.sleep(0.001)
        newly[0].kill()
        newly[0].wait(PATIENCE)
    assert run.wait(PATIENCE) == ExitCode.CLEAN
    assert [row["attempt"] for row in documents(out).values()] == [1, 1]


def test_workers_that_never_live_to_see_a_document_end_the_run_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = folder_of(tmp_path / "in", "0_a.txt")
    monkeypatch.setattr(batch, "start_worker", faults.die)
    with pytest.raises(EnvironmentMissing, match="mueren al empezar"):
        job.carry_out(gather([inputs]), Settings(tmp_path / "out", 1), task=faults.read)

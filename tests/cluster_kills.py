"""Runs over a cluster that lose a machine, and runs that are killed themselves, against one that nobody disturbed.

python tests/cluster_kills.py    # drawn reports, read by the program itself: on shared folders and over object storage
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from pipeline.store import Store
from tests.kills import DONE, PATIENCE, papers, tables
from tests.machines import QUIET, Machines, machines
from tests.object_storage import BUCKET, object_storage, put_folder

VEEDOR = Path(sys.executable).with_name("veedor")
SOME = 2  # results after which a machine, or the run, is killed: both machines are at work then
LOOK_SECONDS = 0.05


def started(*arguments: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([VEEDOR, "run", *arguments], stdout=subprocess.DEVNULL)


def ended(run: subprocess.Popen[bytes]) -> None:
    assert run.wait(PATIENCE) in DONE, f"the program ended with {run.returncode}"


def until_some(run: subprocess.Popen[bytes], store: Store, more: int = SOME) -> int:
    """Waits until the run has added `more` results to its store; how many there are then."""
    before, since = len(store.sizes()), time.monotonic()
    while (there := len(store.sizes())) < before + more:
        assert run.poll() is None, f"over before it could be struck: {run.returncode}"
        assert time.monotonic() - since < PATIENCE, "hung"
        time.sleep(LOOK_SECONDS)
    return there


def lose_a_machine(inputs: str | Path, out: Path, work: str) -> int:
    """A run that loses one of two machines. How many results there were when it did."""
    with machines() as there:
        run = _on(there, inputs, out, work)
        count = until_some(run, Store(work))
        there.kill_one()
        ended(run)
    return count


def lose_the_run(inputs: str | Path, out: Path, work: str) -> int:
    """A run that is killed itself, and another that takes it up. How many results there were when it was."""
    with machines() as there:
        run = _on(there, inputs, out, work)
        count = until_some(run, Store(work))
        run.kill()
        run.wait()
        assert not (out / "documents.csv").exists()
        ended(_on(there, inputs, out, work))
    return count


def _on(there: Machines, inputs: str | Path, out: Path, work: str) -> subprocess.Popen[bytes]:
    return started(inputs, "--out", out, "--work", work, "--cluster", there.address)


def main() -> None:
    os.environ |= QUIET
    with tempfile.TemporaryDirectory() as name, object_storage() as files:
        folder = Path(name)
        inputs = papers(folder / "in")
        ended(started(inputs, "--out", folder / "alone", "--workers", "2"))
        alone = tables(folder / "alone")
        put_folder(files, inputs, f"{BUCKET}/informes")
        for what in (lose_a_machine, lose_the_run):
            for where, given, store in (
                ("shared folders", inputs, str(folder / f"{what.__name__}.work")),
                ("object storage", f"{BUCKET}/informes", f"{BUCKET}/{what.__name__}"),
            ):
                out = folder / f"{what.__name__} {where}"
                begin = time.monotonic()
                count = what(given, out, store)
                left = tables(out)
                assert left.keys() == alone.keys()
                assert not [n for n in alone if left[n] != alone[n]], f"{what.__name__}, {where}: other bytes"
                took = time.monotonic() - begin
                print(f"{what.__name__}, {where}: after {count} results; byte-identical, {took:.0f} s", flush=True)


if __name__ == "__main__":
    main()

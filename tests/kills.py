"""A run that is killed again and again, and taken up each time, against one that nobody disturbed.

python tests/kills.py [--kills 30] [--seed 1] [--real]     # of worker or parent, at random moments

`--real`: drawn reports, scanned, born digital and as text, read by the program as it is; otherwise a stand-in takes the
place of reading, so that documents are many and quick.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

import psutil

from tests import forms

ROOT = Path(__file__).parents[1]
DOCUMENTS = 24
WORKERS = 2
PATIENCE = 900.0  # seconds that a run may take on a loaded machine before it counts as hung
DONE = (0, 1, 3)  # exit codes of a run that did its work, whatever it found
REAL = "from pipeline.cli import app; app.main()"
STANDING_IN = (  # the program itself, its reading replaced by a stand-in that takes its time
    "from pipeline import job; from pipeline.cli import app; from tests import faults;"
    "job.carry_out.__defaults__ = (job.ignore, faults.read); app.main()"
)


def archive(folder: Path) -> Path:
    """Documents that take 20 to 180 ms each, two of them the same."""
    folder.mkdir()
    for i in range(DOCUMENTS):
        (folder / f"{1 + i % 9}_{i:02}.txt").write_text(f"informe {max(1, i)}")
    return folder


def papers(folder: Path) -> Path:
    """Reports of every kind of input, one of them broken and one given twice."""
    for seed, condition in ((851, "digital"), (852, "digital"), (853, "office200"), (854, "digital"), (855, "text")):
        forms.write(forms.draw(seed), condition, f"{seed}", folder, folder.with_name("truth"))
    for sample in (ROOT / "data" / "raw").glob("sintetico_[!e]*"):
        shutil.copy(sample, folder)
    (folder / "cut.pdf").write_bytes((folder / "851.pdf").read_bytes()[:9000])
    shutil.copy(folder / "852.pdf", folder / "copy.pdf")
    return folder


def started(inputs: Path, out: Path, program: str = STANDING_IN) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", program, "run", str(inputs), "--out", str(out), "--workers", str(WORKERS)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def workers(run: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The processes of a run that read."""
    try:
        below = psutil.Process(run.pid).children()
        return [p for p in below if "spawn_main" in " ".join(p.cmdline())]
    except psutil.Error:
        return []


def strike(run: subprocess.Popen[bytes], rng: random.Random, within: float) -> str | None:
    """Kills the run or one of its workers at a random moment; what was struck, None where it was over before."""
    victim, moment = rng.choice(("worker", "parent")), rng.uniform(0, within)
    try:
        run.wait(moment)
    except subprocess.TimeoutExpired:
        pass
    else:
        return None
    if victim == "worker" and (some := workers(run)):
        try:
            rng.choice(some).send_signal(signal.SIGKILL)
        except psutil.Error:
            return None
        return "worker"
    run.kill()
    return "parent"


def tables(out: Path) -> dict[str, bytes]:
    """What a run wrote of its documents; `run.json` tells of the run itself, whose time is another each time."""
    return {p.name: p.read_bytes() for p in sorted(out.iterdir()) if p.is_file() and p.name != "run.json"}


def campaign(folder: Path, kills: int, seed: int, *, real: bool = False) -> Counter[str]:
    """What was struck how often. Raises AssertionError where anything is lost, doubled or other than undisturbed."""
    rng, struck = random.Random(seed), Counter[str]()
    inputs, program = (papers(folder / "in"), REAL) if real else (archive(folder / "in"), STANDING_IN)
    begin = time.monotonic()
    assert started(inputs, folder / "whole", program).wait(PATIENCE) in DONE
    whole, within = tables(folder / "whole"), time.monotonic() - begin
    while struck.total() < kills:
        out = folder / f"out{struck.total()}"
        for _ in range(rng.randint(1, 4)):  # a run killed while it is taken up
            run = started(inputs, out, program)
            victim = strike(run, rng, within)
            struck.update([victim] if victim else [])
            run.wait(PATIENCE)
        assert started(inputs, out, program).wait(PATIENCE) in DONE, f"{struck}: not taken up"
        left = tables(out)
        differing = [name for name in whole | left if whole.get(name) != left.get(name)]
        assert not differing, f"{struck}: {differing} differ"
        print(f"{dict(struck)}: byte-identical, {time.monotonic() - begin:.0f} s", flush=True)
        for made in (out, out.with_name(f"{out.name}.work")):
            shutil.rmtree(made)
    return struck


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--real", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        struck = campaign(Path(folder), given.kills, given.seed, real=given.real)
        print(f"{struck.total()} kills {dict(struck)}: byte-identical each time, {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()

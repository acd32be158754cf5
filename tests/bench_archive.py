"""What an archive costs when nothing in it has changed: python tests/bench_archive.py [--documents 10000] [--keep DIR]

Fills a work store with the results of drawn reports, each stored again and again under another body, year and file, and
starts the program itself on them: once to assemble the dataset, once more with nothing left to do.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from dictionaries.load import load
from pipeline import task
from pipeline.errand import granted
from pipeline.inputs import gather
from pipeline.plan import planned
from pipeline.results import Head, Result, columns_of
from pipeline.rows import Rows
from pipeline.settings import Settings
from pipeline.sources import Source
from pipeline.store import Store
from tests import forms

VEEDOR = Path(sys.executable).with_name("veedor")
SEEDS = range(801, 807)  # reports of various sizes, read as born digital: no engine is needed
YEARS, QUARTERS = 12, 4
FILE_BYTES = 20_000
# a process of its own, for a program's peak of memory begins with that of the process that starts it
METER = """
import json, os, sys, time
start, quiet = time.monotonic(), [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
_, status, used = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet), 0)
clock = time.monotonic() - start
print(json.dumps([os.waitstatus_to_exitcode(status), clock, used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""
DONE = (0, 1, 3)  # exit codes of a run that did its work, whatever it found


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run of the program took: seconds on the clock and of processors, MiB of memory at its peak."""

    clock: float
    processor: float
    memory: float

    def __str__(self) -> str:
        return f"{self.clock:6.1f} s · {self.processor:6.1f} s of processor · {self.memory:5.0f} MiB"


@dataclass(frozen=True, slots=True)
class Costs:
    """`rows`: in the dataset; `megabytes`: of the work store and of the dataset."""

    documents: int
    rows: int
    assembling: Cost
    again: Cost
    megabytes: tuple[float, float]


def measure(folder: Path, documents: int = 10_000, seeds: Sequence[int] = SEEDS) -> Costs:
    """Makes an archive of that many results in `folder`, which is empty, and runs the program twice on it.

    `seeds`: of the drawn reports whose results they are.
    """
    inputs, out = folder / "in", folder / "out"
    settings = Settings(out)
    rows = _fill(inputs, documents, settings, _templates(folder / "drawn", seeds))
    assembling = _run(inputs, out)
    again = _run(inputs, out)
    return Costs(documents, rows, assembling, again, (_megabytes(Path(settings.store_url)), _megabytes(out)))


def _templates(folder: Path, seeds: Sequence[int]) -> list[Rows]:
    for seed in seeds:
        forms.write(forms.draw(seed), "digital", f"{seed}", folder, folder / "truth")
    sources = gather([folder / f"{seed}.pdf" for seed in seeds]).sources
    return [task.read_one(source, Settings(folder)) for source in sources]


def _fill(inputs: Path, documents: int, settings: Settings, templates: Sequence[Rows]) -> int:
    """Files of an archive and a result for each; returns the number of rows of all."""
    inputs.mkdir()
    for number in range(documents):
        (inputs / f"{number:06}.txt").write_bytes(b"%d\n" % number * (FILE_BYTES // 8))
    dictionary = load()
    plan = planned(gather([inputs]), settings, dictionary.version, task.read_one)
    store = Store(settings.store_url)
    bodies = [body.instancia_id for body in dictionary.instancias]
    total = 0
    for number, entry in enumerate(plan.entries):
        body = bodies[number // (YEARS * QUARTERS) % len(bodies)]
        year, quarter = 2014 + number // QUARTERS % YEARS, number % QUARTERS + 1
        rows = dict(_renamed(templates[number % len(templates)], entry.source))
        rows["documents"][0] |= {"instancia_id": body, "year": year, "quarter": quarter, "review_reason": None}
        total += sum(map(len, rows.values()))
        head = Head(rows["documents"][0], 60.0, granted(settings), rows=total)
        store.put(str(entry.key), Result(head, {name: columns_of(some) for name, some in rows.items() if some}))
    return total


def _renamed(rows: Rows, source: Source) -> Iterator[tuple[str, list[dict[str, object]]]]:  # type: ignore[misc]
    for name, some in rows.items():
        yield name, [row | {"document_id": source.document_id} for row in some]


def _run(inputs: Path, out: Path) -> Cost:
    command = [str(VEEDOR), "run", str(inputs), "--out", str(out), "--workers", "1"]
    done = subprocess.run([sys.executable, "-c", METER, *command], stdout=subprocess.PIPE, text=True, check=True)
    code, clock, processor, memory = json.loads(done.stdout)
    if code not in DONE or not (out / "run.json").exists():
        raise RuntimeError(f"the program ended with {code}")
    return Cost(clock, processor, memory / 1024)


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def report(costs: Costs) -> str:
    """What was measured, in lines for people."""
    stored, written = costs.megabytes
    return "\n".join(
        (
            f"{costs.documents} stored results, {costs.rows} rows; store {stored:.0f} MB, dataset {written:.0f} MB",
            f"  assembling the dataset   {costs.assembling}",
            f"  unchanged, run again     {costs.again}",
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, help="empty folder for the archive, kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(report(measure(given.keep or Path(folder), given.documents)))


if __name__ == "__main__":
    main()

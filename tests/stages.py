"""Where the time goes: `make profile`.

    python tests/stages.py [FILE ...] [--functions N]

Reads the files in this process, and prints for each stage the CPU seconds a page, those of child processes included
(the OCR engine, poppler). A stage's seconds are its own: what another stage takes inside it counts there. The program
knows nothing of this: its stage functions are wrapped from here. `--functions` lists the N functions of Python that
take most besides, by cProfile, in a second reading.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import resource
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as workers have it, before numpy is loaded

import cv2

from dictionaries.load import load
from parsers.calibration import Judge
from pipeline import files, run
from pipeline.dataset import report_rows
from pipeline.dimensions import dictionary_rows
from pipeline.inputs import gather
from pipeline.settings import Limits
from pipeline.tables.every import TABLES

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "bench" / "dev"

# Each stage with the functions that it is: module and name, as their callers look them up.
STAGES: dict[str, tuple[str, ...]] = {
    "opening": ("pipeline.validate:check", "ocr.sheets:inspect"),
    "rendering": ("ocr.pages:_drawn",),
    "light": ("ocr.overprint:lifted", "ocr.pages:_dark_on_light", "ocr.pages:_flatten_light"),
    "upright, deskewed": ("ocr.upright:set_upright",),
    "which way up": ("ocr.upright:_is_upside_down",),
    "rules and grid": ("ocr.readings:page_lattices",),
    "cells cut out": ("ocr.readings:without_ghosts", "ocr.readings:_cell_crop", "ocr.readings:letters"),
    "marks": ("ocr.readings:_see_small", "ocr.readings:_with_strange", "ocr.second_look:small_inks"),
    "text blocks": ("ocr.blocks:text_blocks",),
    "engine": ("ocr.engine:read_blocks",),
    "fractions": ("ocr.readings:looked_at_again",),
    "residuals": ("ocr.residuals:residuals",),
    "text layer": ("ocr.text_layer:read_page", "ocr.text_layer:is_legible", "ocr.text_layer:opened"),
    "clusters": ("ocr.clusters:with_clusters",),
    "parsing": ("parsers.tables:sort_pages", "parsers.freetext.matrices:sort_text"),
    "judging": ("parsers.report:build",),
    "rows": (f"{__name__}:report_rows",),
    "writing": ("pipeline.files:write",),
}
INSIDE = {"which way up": "engine"}  # what the engine takes there is told apart


class Clock:
    """CPU seconds of this process and its children, given to the innermost stage that runs."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._running = ["rest"]
        self._since = cpu_seconds()

    def enter(self, stage: str) -> None:
        self._settle()
        self._running.append(stage)

    def leave(self) -> None:
        self._settle()
        self._running.pop()

    def wrapped(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            outer = self._running[-1]
            self.enter(f"{outer}: {stage}" if INSIDE.get(outer) == stage else stage)
            try:
                return function(*args, **kwargs)
            finally:
                self.leave()

        return timed

    def _settle(self) -> None:
        now = cpu_seconds()
        self.seconds[self._running[-1]] += now - self._since
        self._since = now


def cpu_seconds() -> float:
    """User and system seconds of this process and of the children that it has waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="or the shared benchmark's scans, or the samples")
    parser.add_argument("--functions", type=int, default=0)
    given = parser.parse_args()
    paths = given.files or scans()
    os.environ["OMP_THREAD_LIMIT"] = "1"
    cv2.setNumThreads(1)
    clock = Clock()
    with watched(clock):
        pages = read(paths)
    show(clock.seconds, pages)
    if given.functions:
        profile = cProfile.Profile()
        profile.runcall(read, paths)
        pstats.Stats(profile).sort_stats("tottime").print_stats(given.functions)
    return 0


def scans() -> list[Path]:
    """What is measured unless files are named: the shared benchmark's scans where they are, else the samples."""
    folder = SHARED if SHARED.is_dir() else ROOT / "data" / "raw"
    return [path for path in sorted(folder.glob("*.pdf")) if "digital" not in path.stem]


def read(paths: Sequence[Path]) -> int:
    """Reads the files as a run does, into a dataset that nobody keeps; how many pages they have."""
    dictionary, limits, judge = load(None), Limits(), Judge()
    rows: dict[str, list[Any]] = {table.name: [] for table in TABLES}
    pages = 0
    for source in gather(list(paths)).sources:
        found = run.read_report(source.path, limits, dictionary, judge)
        pages += len(found.document.pages)
        for name, some in report_rows(source, found.report, found.fault).items():
            rows[name] += some
    with tempfile.TemporaryDirectory() as folder:
        files.write(Path(folder), TABLES, rows | dictionary_rows(dictionary))
    return pages


@contextmanager
def watched(clock: Clock) -> Iterator[None]:
    """The stages' functions wrapped by the clock; as they were afterwards."""
    kept = []
    for stage, functions in STAGES.items():
        for where in functions:
            module, _, name = where.partition(":")
            owner = import_module(module)
            kept.append((owner, name, getattr(owner, name)))
            setattr(owner, name, clock.wrapped(stage, getattr(owner, name)))
    try:
        yield
    finally:
        for owner, name, function in kept:
            setattr(owner, name, function)


def show(seconds: dict[str, float], pages: int) -> None:
    """Prints CPU seconds a page by stage, in the order of the work, and their sum."""
    order = [stage for name in STAGES for stage in (name, f"{name}: engine") if stage in seconds]
    total = sum(seconds.values())
    print(f"{pages} pages")
    print(f"{'stage':<24} {'CPU s a page':>12} {'share':>6}")
    for stage in (*order, "rest"):
        print(f"{stage:<24} {seconds[stage] / pages:12.4f} {seconds[stage] / total:6.1%}")
    print(f"{'all':<24} {total / pages:12.4f}")


if __name__ == "__main__":
    sys.exit(main())

"""Fits parsers/calibration.csv and writes docs/calibration.md: `make calibrate`.

    python tests/calibrate.py [--fit 100-199] [--texts 100-139] [--unseen 300-333] [--workers 2] [--keep DIR] [--again]

Draws reports of those seeds under every condition, reads them, fits how often values are as printed to those of
`--fit`, and measures the fit on those of `--unseen`. `--keep`: draws no report anew that lies there. `--again`: takes
the values read last time from there. Not a test: it takes a quarter of an hour, and its result is kept with the code.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytesseract

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from parsers.calibration import Bin, Calibration
from pipeline import batch, task
from pipeline.errand import Errand
from pipeline.inputs import gather
from pipeline.plan import planned
from pipeline.results import Head
from pipeline.settings import Settings
from pipeline.store import Store
from tests import calibration_fit, calibration_report, damage, forms, rated_values
from tests.rated_values import Rated

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "parsers" / "calibration.csv"
KEPT = "values.jsonl"
EXPLAINED = ROOT / "docs" / "calibration.md"
# one report in four is no scan: few of either would show too little
CONDITIONS = (*damage.CONDITIONS, "text", "digital", "text", "text")


@dataclass(frozen=True, slots=True)
class Drawing:
    """One report to draw."""

    seed: int
    condition: str

    @property
    def name(self) -> str:
        return f"c{self.seed}_{self.condition}"

    def file(self, folder: Path) -> Path:
        return folder / f"{self.name}.{'txt' if self.condition == 'text' else 'pdf'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", default="100-199", help="seeds, as 100-199 or 3,7,9; from 700 on forms vary widely")
    parser.add_argument("--texts", default="100-139", help="seeds of which a text is fitted too: few show too little")
    parser.add_argument("--unseen", default="300-333")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="keep drawn reports and the values read here")
    parser.add_argument("--again", action="store_true", help="with --keep: read nothing, fit the values kept there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = given.keep or Path(scratch)
        unseen = {drawing.name for drawing in _drawings(given.unseen)}
        texts = [Drawing(seed, "text") for seed in forms.seeds_of(given.texts)]
        drawings = list(dict.fromkeys([*_drawings(given.fit), *texts, *_drawings(given.unseen)]))
        values = _kept(work) if given.again else _read(work, drawings, given.workers)
    fit = [v for v in values if v.document not in unseen]
    calibration = calibration_fit.fitted(fit)
    seeds = f"seeds {given.fit}, texts also of {given.texts}"
    made = f"{seeds}, {date.today()}, Tesseract {pytesseract.get_tesseract_version()}"
    write(calibration, made, TARGET)
    made += f"; unseen seeds {given.unseen}"
    text = calibration_report.explained(calibration, fit, [v for v in values if v.document in unseen], made)
    EXPLAINED.write_text(text, encoding="utf-8")
    print(text)


def _drawings(seeds: str) -> list[Drawing]:
    return [Drawing(seed, CONDITIONS[i % len(CONDITIONS)]) for i, seed in enumerate(forms.seeds_of(seeds))]


def _read(work: Path, drawings: Sequence[Drawing], workers: int) -> list[Rated]:
    """Draws what is not there yet, reads it, and keeps the values beside it as they come."""
    folder = work / "drawn"
    os.environ["OMP_THREAD_LIMIT"] = "1"
    with ProcessPoolExecutor(workers) as pool:
        list(pool.map(_draw, drawings, [folder] * len(drawings)))
    settings = Settings(work / "read", workers)
    store = Store(settings.store_url)
    inputs = gather([drawing.file(folder) for drawing in drawings])
    plan = planned(inputs, settings, task.load_once(None).version, rated_values.read)
    with (work / KEPT).open("w", encoding="utf-8") as f:

        def keep(errand: Errand, head: Head) -> None:
            if head.status == "failed":
                print(f"{errand.source.name}: {head.error}: {head.document['error_message']}")
            rows = store.get(errand.key).tables
            f.writelines(json.dumps(value) + "\n" for value in rows.get("values", ()))
            f.flush()
            print(".", end="", flush=True)

        batch.read_all(plan.errands(frozenset(plan.keys())), settings, keep, rated_values.read)
    return _kept(work)


def _draw(drawing: Drawing, folder: Path) -> None:
    if not (folder / "truth" / f"{drawing.name}.json").exists():
        forms.write(forms.draw(drawing.seed), drawing.condition, drawing.name, folder, folder / "truth")


def _kept(work: Path) -> list[Rated]:
    with (work / KEPT).open(encoding="utf-8") as f:
        values = [Rated(**json.loads(line)) for line in f]
    return sorted(values, key=lambda v: v.document)


def write(calibration: Calibration, made: str, to: Path) -> None:
    """The file that `parsers.calibration.load` reads; `made`: how its numbers were obtained."""
    with to.open("w", encoding="utf-8", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(("kind", "input_kind", "doubt", "raw_from", "values", "wrong", "probability", "provenance"))
        out.writerows((*_cells(b), made) for b in calibration.bins)


def _cells(b: Bin) -> tuple[str, ...]:
    shown = (b.kind, b.input_kind, b.doubt or "", b.raw_from, b.values, b.wrong, b.probability)
    return tuple(map(str, shown))


if __name__ == "__main__":
    main()

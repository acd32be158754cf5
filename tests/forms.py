"""Draws synthetic «Anexo 2: Informe de gestión» reports with known truth, for tests, calibration and samples.

    python tests/forms.py --out DIR --seeds 1-12 --conditions digital,clean300,fax200,text

writes NAME.pdf (or NAME.txt for `text`) and truth/NAME.json. The same seed gives the same report on the same machine;
fonts that are not installed are replaced by their nearest kin, down to those that every PDF reader has.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from tests import damage
from tests.form_content import compose
from tests.form_layout import DrawnCell
from tests.form_mistakes import Truth
from tests.form_print import Printer
from tests.form_style import Style
from tests.form_variety import paled, widened


@dataclass(frozen=True, slots=True)
class DrawnReport:
    """A report on paper. `cells`: where its marks, roles, totals and dates were printed."""

    seed: int
    style: Style
    truth: Truth
    pdf: bytes
    cells: tuple[DrawnCell, ...]


def style_of(seed: int, condition: str = "digital") -> Style:
    """How the report of that seed looks that is to be scanned under `condition`."""
    style = widened(Style.random(random.Random(f"style {seed}")), seed)
    return paled(style, seed) if condition in damage.PALE_RULES else style


def draw(seed: int, style: Style | None = None, mistakes: tuple[str, ...] | None = None) -> DrawnReport:
    """The report of that seed; `mistakes` limits the planted finding codes to those given (none: ())."""
    style = style or style_of(seed)
    rng = random.Random(f"content {seed}")
    truth = {"seed": seed, **compose(rng, style, mistakes), "style": asdict(style), "tier": "digital"}
    pdf, pages, cells = Printer(style, truth, rng).print()
    return DrawnReport(seed, style, {**truth, "pages": pages, "turned": [0] * pages}, pdf, cells)


# ---------------------------------------------------------------- command line

ROOT = Path(__file__).parents[1]
SAMPLES = {  # what data/raw ships: name → seed, condition, style
    "sintetico_escaneo_limpio": (39, "bilevel300", Style(size=10, table_size=10)),
    "sintetico_escaneo_dificil": (13, "low150", Style("Carlito", 9, 8, paper="legal", empty="N/A", shade=0.85)),
    "sintetico_texto_ocr": (10, "text", Style("Carlito", 11, 10, two_sessions=0.5)),
}


def write(report: DrawnReport, condition: str, name: str, to: Path, truth_to: Path) -> None:
    """NAME.pdf or NAME.txt, and its truth. `condition`: one of damage.CONDITIONS, `digital` or `text`."""
    truth: dict[str, Any] = {**report.truth, "tier": condition, "name": name}
    for folder in (to, truth_to):
        folder.mkdir(parents=True, exist_ok=True)
    if condition == "text":
        scanned = damage.scan(report.pdf, "office200", report.seed)
        (to / f"{name}.txt").write_text(damage.flatten(scanned), encoding="utf-8")
    elif condition == "digital":
        (to / f"{name}.pdf").write_bytes(report.pdf)
    else:
        (to / f"{name}.pdf").write_bytes(damage.scan(report.pdf, condition, report.seed))
        truth["turned"] = damage.turns(report.truth["pages"], condition, report.seed)
    shown = json.dumps(truth, ensure_ascii=False, indent=1)
    (truth_to / f"{name}.json").write_text(shown + "\n", encoding="utf-8")


def seeds_of(text: str) -> list[int]:
    """`1-3,7` → 1, 2, 3, 7."""
    ranges = [part.split("-") for part in text.split(",")]
    return [seed for ends in ranges for seed in range(int(ends[0]), int(ends[-1]) + 1)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seeds", default="1-12", help="as 1-12 or 3,7,9")
    parser.add_argument("--conditions", default="clean300", help="by commas; each seed takes the next; or all")
    parser.add_argument("--samples", action="store_true", help="draw data/raw and its truth in tests/golden anew")
    given = parser.parse_args()
    if given.samples:
        for name, (seed, condition, style) in SAMPLES.items():
            write(draw(seed, style), condition, name, ROOT / "data" / "raw", ROOT / "tests" / "golden")
    if given.out:
        every = ["digital", *damage.CONDITIONS, "text"]
        conditions = every if given.conditions == "all" else given.conditions.split(",")
        for i, seed in enumerate(seeds_of(given.seeds)):
            condition = conditions[i % len(conditions)]
            report, name = draw(seed, style_of(seed, condition)), f"f{seed:02d}_{condition}"
            write(report, condition, name, given.out, given.out / "truth")


if __name__ == "__main__":
    main()

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


@dataclass(frozen=True, slots=True)
class DrawnReport:
    """A report on paper. `cells`: where its marks, roles, totals and dates were printed."""

    seed: int
    style: Style
    truth: Truth
    pdf: bytes
    cells: tuple[DrawnCell, ...]


def draw(seed: int, style: Style | None = None, mistakes: tuple[str, ...] | None = None) -> DrawnReport:
    """The report of that seed; `mistakes` limits the planted finding codes to those given (none: ())."""
    rng = random.Random(seed)
    style = style or Style.random(rng)
    truth = {"seed": seed, **compose(rng, style, mistakes), "style": asdict(style), "tier": "digital"}
    pdf, pages, cells = Printer(style, truth, rng).print()
    return DrawnReport(seed, style, {**truth, "pages": pages, "turned": [0] * pages}, pdf, cells)


# ---------------------------------------------------------------- command line


def write(report: DrawnReport, condition: str, out: Path, name: str | None = None) -> None:
    """NAME.pdf or NAME.txt in `out`, its truth in `out`/truth. `condition`: of damage.CONDITIONS, digital or text."""
    name = name or f"f{report.seed:02d}_{condition}"
    truth: dict[str, Any] = {**report.truth, "tier": condition, "name": name}
    (out / "truth").mkdir(parents=True, exist_ok=True)
    if condition == "text":
        (out / f"{name}.txt").write_text(damage.flatten(damage.scan(report.pdf, "office200", report.seed)))
    elif condition == "digital":
        (out / f"{name}.pdf").write_bytes(report.pdf)
    else:
        (out / f"{name}.pdf").write_bytes(damage.scan(report.pdf, condition, report.seed))
        truth["turned"] = damage.turns(report.truth["pages"], condition, report.seed)
    (out / "truth" / f"{name}.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", default="1-12", help="as 1-12 or 3,7,9")
    parser.add_argument("--conditions", default="clean300", help="by commas; each seed takes the next; or all")
    given = parser.parse_args()
    ranges = [part.split("-") for part in given.seeds.split(",")]
    seeds = [seed for ends in ranges for seed in range(int(ends[0]), int(ends[-1]) + 1)]
    conditions = ["digital", *damage.CONDITIONS, "text"] if given.conditions == "all" else given.conditions.split(",")
    for i, seed in enumerate(seeds):
        write(draw(seed), conditions[i % len(conditions)], given.out)


if __name__ == "__main__":
    main()

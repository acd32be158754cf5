"""How well veedor reads reports whose truth is known: `make bench`.

    python tests/bench.py [--seeds 501-514] [--conditions all] [--own] [--errors] [--keep DIR]

Draws reports of its own under every condition, reads them, and prints for each condition: accuracy / silent errors of
every kind of value, share of marks flagged, seconds per page. Where the shared benchmark lies beside the project, its
scorer's table follows, over its own files.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from pipeline.errors import ExitCode
from tests import scoring
from tests.scoring import Score

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
FINISHED = {ExitCode.CLEAN, ExitCode.REVIEW, ExitCode.FAILED}  # a dataset was written
ROWS, FIELDS, FUNCTIONS = "row mark role total entity", "date field instancia", "function addressed function_mark"
KINDS = f"{ROWS} {FIELDS} {FUNCTIONS}".split()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="501-514", help="as 501-514 or 3,7,9; none: only the shared benchmark")
    parser.add_argument("--own", action="store_true", help="only the project's own reports")
    parser.add_argument("--conditions", default="all")
    parser.add_argument("--errors", action="store_true", help="a line for each wrong value")
    parser.add_argument("--keep", type=Path, help="keep drawn reports and datasets here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = given.keep or Path(scratch)
        if given.seeds != "none":
            bench_own(work, given.seeds, given.conditions, errors=given.errors)
        if not given.own:
            bench_shared(work, errors=given.errors)
    return 0


def bench_own(work: Path, seeds: str, conditions: str, *, errors: bool) -> None:
    """Draws, reads and scores the project's own reports."""
    drawn = work / "drawn"
    forms = [sys.executable, str(ROOT / "tests" / "forms.py"), "--out", str(drawn)]
    subprocess.run([*forms, "--seeds", seeds, "--conditions", conditions], check=True)
    truths = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((drawn / "truth").glob("*.json"))]
    files = [path for path in sorted(drawn.iterdir()) if path.is_file()]
    seconds = read(files, work / "own")
    scores: dict[str, list[Score]] = defaultdict(list)
    for truth in truths:
        scores[truth["tier"]].append(scoring.score(work / "own", truth))
    show(scores)
    pages = sum(truth["pages"] for truth in truths)
    print(f"own reports: {len(truths)}, {pages} pages, {seconds / max(pages, 1):.2f} s a page")
    if errors:
        print(*(line for some in scores.values() for score in some for line in score.errors), sep="\n")


def bench_shared(work: Path, *, errors: bool) -> None:
    """The shared benchmark's own scorer over its reports and the seed's; nothing where they are not there."""
    for name, folder in (("dev", SHARED / "bench" / "dev"), ("seed", SHARED / "seed")):
        if not (SHARED / "bench" / "score.py").exists() or not folder.is_dir():
            print(f"{name}: skipped, {folder} is not there")
            continue
        seconds = read([path for path in sorted(folder.iterdir()) if path.is_file()], work / name)
        print(f"\n{name}: {seconds:.0f} s", flush=True)
        command = [sys.executable, str(SHARED / "bench" / "score.py"), str(work / name), str(folder / "truth")]
        subprocess.run([*command, *(["--errors"] if errors else [])], check=True)


def read(files: Sequence[Path], out: Path) -> float:
    """Runs veedor on the files; the seconds it took. RuntimeError where it wrote no dataset."""
    start = time.monotonic()
    command = [str(Path(sys.executable).with_name("veedor")), "run", *map(str, files), "--out", str(out)]
    code = subprocess.run(command, check=False).returncode
    if code not in FINISHED:
        raise RuntimeError(f"veedor ended with {code}")
    return time.monotonic() - start


def show(scores: Mapping[str, Sequence[Score]]) -> None:
    """One row for each condition, then all together."""
    table = Table("accuracy % / silent", *KINDS, "marks flagged %", title="own drawn reports")
    for condition, some in (*sorted(scores.items()), ("all", [s for each in scores.values() for s in each])):
        table.add_row(condition, *(_cell(some, kind) for kind in KINDS), f"{_flagged(some):.2f}")
    Console(width=200).print(table)


def _cell(scores: Sequence[Score], kind: str) -> str:
    counts = [score.counts[kind] for score in scores]
    total = sum(c.total for c in counts)
    return f"{100 * sum(c.right for c in counts) / total:.2f}/{sum(c.silent for c in counts)}" if total else "–"


def _flagged(scores: Sequence[Score]) -> float:
    counts = [score.counts["mark"] for score in scores]
    return 100 * sum(c.flagged for c in counts) / max(1, sum(c.total for c in counts))


if __name__ == "__main__":
    sys.exit(main())

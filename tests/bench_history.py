"""What the history of drawn archives gets right: `make history`, `make history-drawn`.

    python tests/bench_history.py --archives 5      # read by simulation: half a minute
    python tests/bench_history.py --drawn DIR       # one printed, scanned and read: half an hour on two processors

Both draw archives of 40 series with planted changes, gaps and reports told twice, and hold what is told of them against
what was planted. DIR keeps papers and dataset: what was read is not read again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from pipeline.errors import ExitCode
from pipeline.rows import Rows
from tests.archive_scans import CONDITIONS, printed
from tests.archive_score import measure, scored
from tests.archive_truth import by_body
from tests.archives import SERIES, Drawn, archive

SEED = 21  # of the archive that is printed
VEEDOR = Path(sys.executable).with_name("veedor")
FINISHED = {ExitCode.CLEAN, ExitCode.REVIEW, ExitCode.FAILED}  # a dataset was written
READ = ("documents", "sessions", "attendees", "attendance")
TOLD = ("findings", "history", "questions")


def drawn(
    folder: Path, series: Sequence[Sequence[Drawn]], workers: str, ways: Sequence[str] = CONDITIONS
) -> Counter[str]:
    """The same as `measure` of series on paper, which are printed, scanned in one of those `ways` each, and read."""
    papers, conditions = printed(series, folder / "papers", ways)
    out = folder / "out"
    command = [str(VEEDOR), "run", str(folder / "papers"), "--out", str(out)]
    command += ["--workers", workers] if workers else []
    code = subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode
    if code not in FINISHED:
        raise RuntimeError(f"veedor ended with {code}")
    print("papers:", ", ".join(f"{n} {name}" for name, n in sorted(Counter(conditions.values()).items())))
    return score(papers, out)


def score(series: Sequence[Sequence[Drawn]], out: Path) -> Counter[str]:
    """What the dataset in `out` tells of the series."""
    rows: dict[str, Rows] = defaultdict(lambda: {name: [] for name in (*READ, *TOLD)})
    for name in (*READ, *TOLD):
        for row in pq.read_table(out / f"{name}.parquet").to_pylist():
            rows[row["document_id"]][name].append(row)
    counts: Counter[str] = Counter()
    for reports in by_body(series):
        ids = {r.document_id for r in reports}
        told: list[Rows] = [{name: rows[i][name] for name in TOLD} for i in ids]
        counts.update(scored(reports, {i: rows[i] for i in ids}, told))
        counts.update(failed=sum(rows[i]["documents"][0]["status"] == "failed" for i in ids))
    return counts


def show(counts: Counter[str]) -> None:
    for name, n in counts.items():
        print(f"{name:30} {n}")
    shares = {
        "precision of findings": ("right", "found"),
        "recall, of all that is planted": ("told", "planted"),
        "recall, findings and questions": ("told or asked", "planted"),
        "recall, of what reports that take part print": ("told among placed", "planted among placed"),
    }
    for name, (part, whole) in shares.items():
        print(f"{name:46} {counts[part] / counts[whole]:.4f}")
    print(f"{'recall, of what is read beyond doubt':46} {1 - counts['missed'] / counts['borne']:.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archives", type=int, default=5)
    parser.add_argument("--first", type=int, default=1, help="seed of the first")
    parser.add_argument("--drawn", type=Path, help="print, scan and read one archive in this folder")
    parser.add_argument("--series", type=int, default=SERIES, help="of each archive")
    parser.add_argument("--workers", default="", help="of veedor; its own choice without")
    given = parser.parse_args()
    if given.drawn:
        show(drawn(given.drawn, archive(SEED, given.series, paper=True), given.workers))
        return
    counts: Counter[str] = Counter()
    for seed in range(given.first, given.first + given.archives):
        counts.update(measure(seed, given.series))
    show(counts)


if __name__ == "__main__":
    main()

"""What a competent user gets from other extractors and an hour of glue, beside veedor: `make bench-peers`.

    python tests/bench_peers.py [--seeds 901-906] [--conditions office200,fax200,...] [--dev FOLDER] [--keep DIR]

img2table with Tesseract, and OCRmyPDF with Camelot, both with rapidfuzz against the dictionary (`peers`, `peer_glue`,
`peer_tables`), read the same files as veedor and are measured by the same scorer. They never flag, so that each of
their errors is silent. Not compared with anything kept: their figures stand in docs/accuracy.md.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from tests import scoring
from tests.bench import ROOT, SHARED, by_condition, draw, measure
from tests.bench_tally import Tally, show, tally
from tests.scoring import Row

PYTHON = ROOT / ".venv-peers" / "bin" / "python"
TOOLS = ("img2table", "camelot")
CONDITIONS = "office200,fax200,low150,stamped200,copy2,photo"
TEXTS = {"text", "ocr_text"}  # conditions that the peers cannot read

Reports = Mapping[str, Sequence[tuple[Path, Row]]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="901-906", help="as 901-906 or 3,7,9; none: only the shared benchmark")
    parser.add_argument("--conditions", default=CONDITIONS)
    parser.add_argument("--dev", type=Path, default=SHARED / "bench" / "dev", help="files, their truth in truth/")
    parser.add_argument("--keep", type=Path, help="keep drawn reports and datasets here")
    parser.add_argument("--workers", default="", help="of veedor; its own choice without")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = given.keep or Path(scratch)
        if given.dev.is_dir():
            compare("shared benchmark", by_condition(given.dev, given.dev / "truth"), work / "dev", given.workers)
        if given.seeds != "none":
            drawn = draw(work / "drawn", given.seeds, given.conditions)
            compare("drawn reports", drawn, work / "own", given.workers)
    return 0


def compare(title: str, reports: Reports, out: Path, workers: str) -> None:
    """Each tool over the same scans, one table a tool."""
    scans = {condition: some for condition, some in reports.items() if condition not in TEXTS}
    for tool in TOOLS:
        show(f"{title}: {tool}", measure_peer(tool, scans, out / tool))
    show(f"{title}: veedor", measure(scans, out / "veedor", workers))


def measure_peer(tool: str, reports: Reports, out: Path) -> dict[str, Tally]:
    result = {}
    for condition, some in reports.items():
        start = time.monotonic()
        command = [str(PYTHON), str(ROOT / "tests" / "peers.py"), tool, *(str(path) for path, _ in some)]
        subprocess.run([*command, "--out", str(out / condition)], check=True, stdout=subprocess.DEVNULL)
        data, truths = scoring.Dataset(out / condition), [truth for _, truth in some]
        scores = [scoring.score(data, truth) for truth in truths]
        result[condition] = tally(scores, truths, time.monotonic() - start)
    return result


if __name__ == "__main__":
    sys.exit(main())

"""What a page costs: `make bench-speed`.

    python tests/bench_speed.py [FILE ...] [--pages 200] [--documents 10000] [--skip long,workers,archive]

In one run, on the same pages: processor seconds a page of the whole program and of the bare engine on the page's own
picture; the peak memory of a worker on a long scan; the time that two workers take beside one; and what an unchanged
archive costs (see `bench_archive`). Seconds of processors count child processes too, and mean something on a busy
machine; those on the clock, of which the two workers are judged, do not.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

import pdf2image
import pypdfium2

from ocr import sheets
from tests import bench_archive
from tests.bench_archive import DONE, METER, VEEDOR, Cost
from tests.stages import scans

SECONDS = "7200"  # of a document: a long scan on a busy machine
BARE = ("-", "-l", "spa", "--psm", "3")  # as anybody would read a page; without the program and its file


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="or the shared benchmark's scans, or the samples")
    parser.add_argument("--pages", type=int, default=200, help="of the long scan")
    parser.add_argument("--documents", type=int, default=10_000, help="of the unchanged archive")
    parser.add_argument("--skip", default="", help="of long, workers, archive")
    given = parser.parse_args()
    os.environ["OMP_THREAD_LIMIT"] = "1"
    files, skipped = given.files or scans(), given.skip.split(",")
    with tempfile.TemporaryDirectory(prefix="veedor-") as scratch:
        folder = Path(scratch)
        one = beside_bare(files, folder)
        if "workers" not in skipped:
            two = reading(files, folder / "two", workers=2)
            print(f"two workers: {one.clock / two.clock:.2f} × one ({one.clock:.0f} s, {two.clock:.0f} s on the clock)")
        if "long" not in skipped:
            cost = reading([long_scan(files, given.pages, folder)], folder / "long", workers=1)
            print(f"a scan of {given.pages} pages: {cost.memory:.0f} MiB at the peak of the largest process")
        if "archive" not in skipped:
            (folder / "archive").mkdir()
            print(bench_archive.report(bench_archive.measure(folder / "archive", given.documents)))
    return 0


def beside_bare(files: Sequence[Path], folder: Path) -> Cost:
    """Prints what a page costs the program and the bare engine; the program's cost with one worker."""
    engine = shutil.which("tesseract") or "tesseract"
    pictures = [picture for file in files for picture in drawn(file, folder)]
    bare = sum(metered([engine, str(picture), *BARE]).processor for picture in pictures) / len(pictures)
    cost = reading(files, folder / "one", workers=1)
    whole = cost.processor / len(pictures)
    print(f"{len(pictures)} pages, processor seconds a page")
    print(f"{'bare engine':<14} {bare:6.3f}\n{'whole program':<14} {whole:6.3f}\n{'ratio':<14} {whole / bare:6.2f}")
    return cost


def drawn(file: Path, folder: Path) -> list[Path]:
    """The pages as pictures at the scan's own resolution."""
    found = []
    for sheet in sheets.inspect(file):
        (image,) = pdf2image.convert_from_path(
            file,
            dpi=sheet.dpi,
            first_page=sheet.number,
            last_page=sheet.number,  # type: ignore[arg-type]
        )
        found.append(folder / f"{file.stem}-{sheet.number}.png")
        image.save(found[-1])
    return found


def reading(files: Sequence[Path], out: Path, *, workers: int) -> Cost:
    settings = ["--out", str(out), "--workers", str(workers), "--timeout", SECONDS]
    return metered([str(VEEDOR), "run", *map(str, files), *settings])


def long_scan(files: Sequence[Path], count: int, folder: Path) -> Path:
    """Pages of the files, over and over, as one scan of that many."""
    found = pypdfium2.PdfDocument.new()
    while len(found) < count:
        for file in files:
            with pypdfium2.PdfDocument(file) as source:
                found.import_pages(source, list(range(min(len(source), count - len(found)))))
    found.save(folder / "long.pdf")
    return folder / "long.pdf"


def metered(command: Sequence[str]) -> Cost:
    """What a command costs with all the processes that it starts. RuntimeError where it did not do its work."""
    done = subprocess.run([sys.executable, "-c", METER, *command], check=True, capture_output=True, text=True)
    code, clock, processor, kibibytes = json.loads(done.stdout)
    if code not in DONE:
        raise RuntimeError(f"{command[0]} ended with {code}")
    return Cost(clock, processor, kibibytes / 1024)


if __name__ == "__main__":
    sys.exit(main())

"""No verb loads what it does not use: each start pays for it, and so does each worker."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = ROOT / "data" / "raw" / "sintetico_texto_ocr.txt"
DONE = (0, 1, 3)  # exit codes of a verb that did its work, whatever it found
READING = {"cv2", "scipy", "pdfplumber", "pikepdf"}  # what only those who read documents need
CHARTS = {"altair", "vl_convert"}
STARTED = """
import sys
from pipeline.cli.app import app
try:
    app(sys.argv[1:], prog_name="veedor")
finally:
    print("loaded:", *sorted(sys.modules))
"""


def loaded(*words: str | Path) -> set[str]:
    """The modules that the program holds when a verb has done its work."""
    command = [sys.executable, "-c", STARTED, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in DONE, done.stdout + done.stderr
    return set(done.stdout.rpartition("loaded:")[2].split())


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run of one text wrote; another process read it."""
    folder = tmp_path_factory.mktemp("startup") / "out"
    assert not loaded("run", TEXT, "--out", folder, "--workers", "1") & (READING | CHARTS)
    return folder


def test_a_run_leaves_the_reading_libraries_to_its_workers(out: Path) -> None:
    assert any(out.iterdir())
    assert not loaded("run", TEXT, "--out", out, "--workers", "1") & (READING | CHARTS)


@pytest.mark.parametrize("verb", ["run", "look", "evidence", "verify", "sample", "pages", "export", "history"])
def test_help_loads_neither_reading_nor_charts(verb: str) -> None:
    assert not loaded(verb, "--help") & (READING | CHARTS)


def test_what_only_looks_at_tables_loads_no_reading(out: Path, tmp_path: Path) -> None:
    for words in (("status", out), ("diff", out, out), ("export", out, "--format", "sqlite")):
        assert not loaded(*words) & (READING | CHARTS), words
    where = ("--where", "confidence >= 0", "--table", "documents", "--to", tmp_path / "e", "--no-reread")
    assert not loaded("evidence", out, *where) & (READING | CHARTS)
    assert not loaded("verify", tmp_path / "e") & (READING | CHARTS)


def test_what_reads_a_paper_again_leaves_that_to_a_process_apart(out: Path) -> None:
    assert not loaded("look", TEXT, "--out", out.parent / "look") & (READING | CHARTS)


def test_charts_and_reading_are_loaded_where_they_are_used(out: Path) -> None:
    """So that the names looked for above are those that loading leaves."""
    assert loaded("pages", out, "--dashboard-only") >= {"altair"}
    reading = "import sys, pipeline.run, pipeline.integrity; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", reading], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) >= READING

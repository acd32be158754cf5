"""Broken PDFs cost themselves only: each has its row and its reason, and nothing wrong in it is sure.

An eighth of them runs with the suite; `make test-hostile` runs all.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from ocr.errors import Damaged, DocumentError, PageTooLarge
from pipeline import integrity
from pipeline.errors import ExitCode, TooBig
from pipeline.settings import Limits
from tests import broken_pdfs, broken_structure
from tests.hostile import Dataset

ROOT = Path(__file__).parents[1]
VEEDOR = Path(sys.executable).with_name("veedor")
ALL = os.environ.get("VEEDOR_HOSTILE") == "all"
SECONDS = 60  # time limit of each, above what the slowest needs on a loaded machine
WANTED = 150
SHOWS_LESS = {  # sound files that show a part of the report: nothing in them is broken, and they are for review
    "boxes_crop_half.pdf",
    "boxes_media_half.pdf",
    "contents_half.pdf",
    "trees_page_lost.pdf",
}
ANOTHER_TEXT = {"flips_plain_1_a7e08c3c.pdf"}  # one letter of uncompressed text turned into another: no file is sounder

pytestmark = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")


def chosen() -> dict[str, bytes]:
    found = broken_pdfs.broken()
    return found if ALL else dict(sorted(found.items())[::8])


def run(inputs: Path, out: Path) -> subprocess.CompletedProcess[str]:
    command = [VEEDOR, "run", inputs, "--out", out, "--workers", "2", "--timeout", str(SECONDS)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_broken_pdf_has_its_row_and_its_reason_and_no_silent_error(tmp_path: Path) -> None:
    files = chosen()
    (tmp_path / "in").mkdir()
    for name, data in (files | broken_pdfs.sound()).items():
        (tmp_path / "in" / name).write_bytes(data)
    start = time.monotonic()
    done = run(tmp_path / "in", tmp_path / "out")
    took = time.monotonic() - start
    assert done.returncode == ExitCode.FAILED, done.stderr
    found = Dataset(tmp_path / "out")
    assert sorted(found.documents) == sorted(files | broken_pdfs.sound())
    assert took < SECONDS * len(files)
    for name in files:
        row = found.documents[name]
        assert (row["status"] == "failed") == bool(row["error"] and row["error_message"]), name
        assert row["error"] not in ("unexpected", "worker_died", "timed_out", "out_of_memory"), (name, row)
        assert str(tmp_path) not in str(row["error_message"]), name
        sound = "sound_fax.pdf" if name.startswith("scans_") else "sound.pdf"
        silent = list(found.silent(name, sound))
        assert not silent or name in ANOTHER_TEXT or (name in SHOWS_LESS and row["status"] == "review"), (name, silent)
    for name in broken_pdfs.sound():
        assert found.documents[name]["status"] != "failed", found.documents[name]
    for bait in ("/tmp/escaped", "/tmp/escaped.sh"):
        assert not Path(bait).exists()
    print(len(files), f"{took:.0f} s", Counter(found.documents[name]["error"] for name in files))


def test_there_are_enough_of_them_and_each_run_makes_the_same() -> None:
    names = list(broken_pdfs.broken())
    assert len(names) >= WANTED
    assert len(set(broken_pdfs.broken().values())) >= WANTED
    assert (
        made(broken_pdfs.broken())
        == subprocess.run(
            [sys.executable, "-c", "from tests import test_hostile as t; print(t.made(t.broken_pdfs.broken()))"],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        ).stdout.strip()
    )


def made(files: dict[str, bytes]) -> str:
    """A digest of them all, but for those whose encryption draws its own salt."""
    return hashlib.sha256(b"".join(files[n] for n in sorted(files) if not n.startswith("password"))).hexdigest()


@pytest.mark.parametrize("name", broken_pdfs.sound())
def test_a_sound_file_is_sound(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(broken_pdfs.sound()[name])
    assert integrity.examine(path, Limits()) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bomb_flate.pdf", TooBig),
        ("bomb_flate_thrice.pdf", TooBig),
        ("bomb_hex.pdf", TooBig),
        ("bomb_run_length.pdf", TooBig),
        ("contents_form_laughing.pdf", TooBig),
        ("trees_laughing.pdf", DocumentError),
        ("giant_flate.pdf", PageTooLarge),
        ("giant_flate_hidden.pdf", TooBig),
        ("giant_fax.pdf", PageTooLarge),
        ("giant_jpx_hidden.pdf", PageTooLarge),
        ("giant_jbig2_hidden.pdf", PageTooLarge),
        *((f"giant_{name}.pdf", PageTooLarge) for name, _ in broken_structure.hidden_giants()),
        ("contents_picture_inline.pdf", PageTooLarge),
        ("contents_picture_inline_fax.pdf", PageTooLarge),
        ("trees_circle.pdf", Damaged),
    ],
)
def test_bombs_are_told_before_anything_is_decoded(name: str, kind: type[DocumentError], tmp_path: Path) -> None:
    """In a process that may use little memory more than it has: none is inflated to see how large it is."""
    path = tmp_path / name
    path.write_bytes(broken_pdfs.broken()[name])
    code = (
        "import resource, sys; from pathlib import Path; from pipeline import integrity, settings\n"
        "used = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + (300 << 20),) * 2)\n"
        "try: integrity.examine(Path(sys.argv[1]), settings.Limits())\n"
        "except Exception as error: print(*(k.__name__ for k in type(error).__mro__))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=False, timeout=60)
    assert kind.__name__ in done.stdout.split(), done.stdout + done.stderr[-500:]

"""Reading programs within their limits: one that meets a limit says so, and its blank picture passes for nothing."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ocr import engine, pages, programs, sheets
from ocr.errors import Damaged, DocumentError, EngineFailed, EngineMissing, OutOfMemory
from tests import broken_pdfs

pytestmark = [
    pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed"),
    pytest.mark.skipif(sys.platform != "linux", reason="the kernel holds these limits on Linux alone"),
]


def scan(folder: Path) -> Path:
    path = folder / "scan.pdf"
    path.write_bytes(broken_pdfs.scanned())
    return path


def stand_in(program: str, folder: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts a program of that name on the PATH that does `body`, and tells its version like the real one."""
    script = folder / "bin" / program
    script.parent.mkdir(exist_ok=True)
    version = 'case "$1" in -v) exec "$REAL" "$@";; esac'
    script.write_text(f"#!/bin/sh\nREAL={shutil.which(program)}\n{version}\n{body}\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(script.parent), prepend=":")


@pytest.mark.parametrize("mebibytes", [10, 30, 60])
def test_a_page_that_poppler_lacked_memory_for_is_not_taken_for_a_blank_one(
    mebibytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It then draws white paper and ends with exit code 0."""
    path = scan(tmp_path)
    source = replace(sheets.inspect(path)[0], is_grey=False)  # in colours it needs the more
    assert pages.pdf_page(path, source).grey.min() < 100
    stand_in("pdftoppm", tmp_path, f'ulimit -d {mebibytes << 10}; exec "$REAL" "$@"', monkeypatch)
    with pytest.raises(OutOfMemory, match="pdftoppm"):
        pages.pdf_page(path, source)


@pytest.mark.parametrize("mebibytes", [4, 14, 16])
def test_an_engine_that_lacks_memory_says_so(mebibytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in("tesseract", tmp_path, f'ulimit -d {mebibytes << 10}; exec "$REAL" "$@"', monkeypatch)
    with pytest.raises(OutOfMemory, match="tesseract"):
        engine.read_blocks([np.full((900, 2500), 255, np.uint8)])


ASKED = "for limit in -d -t -c; do ulimit -S $limit; done"


@pytest.mark.parametrize("program", ["tesseract", "pdftoppm", "pdfinfo"])
def test_every_program_has_its_limits(program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(program, tmp_path, ASKED, monkeypatch)
    said = subprocess.run([programs.BOUNDED / program], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["1048576", "120", "0"]


def test_a_limit_that_is_lower_already_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in("tesseract", tmp_path, ASKED, monkeypatch)
    lower = f"ulimit -d 500000; ulimit -S -t 7; exec {programs.BOUNDED / 'tesseract'}"
    said = subprocess.run(["bash", "-c", lower], capture_output=True, text=True, check=True)
    assert (said.stdout.split(), said.stderr) == (["500000", "7", "0"], "")


@pytest.mark.parametrize(("program", "remedy"), [("pdftoppm", "poppler-utils"), ("tesseract", "tesseract-ocr-spa")])
def test_one_that_is_not_there_is_named_with_its_remedy(
    program: str, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scan(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineMissing, match=remedy):
        list(pages.load_pages(path)) if program == "pdftoppm" else engine.read_blocks([np.zeros((9, 9), np.uint8)])


def test_a_file_named_like_an_option_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan(tmp_path).rename(tmp_path / "-v.pdf")
    monkeypatch.chdir(tmp_path)
    (page,) = pages.load_pages(Path("-v.pdf"))
    assert page.grey.min() < 100


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("kill -SEGV $$", Damaged),
        ("kill -KILL $$", Damaged),
        ("exec sleep 600", EngineFailed),
        ("head -c 30000000 /dev/zero >&2", Damaged),
        ("exec 2>&-; exec sleep 600", EngineFailed),
        ("exit 0", Damaged),
        ("exit 1", Damaged),
        ("printf 'no soy un dibujo\\n\\377'", Damaged),
        ('"$REAL" "$@" | head -c 100000', Damaged),  # the rest of the page would be black, or white
        ("printf 'P6\\n50000 50000\\n255\\n'", Damaged),
        ("printf '\\033[2J\\302\\233' >&2; exit 1", Damaged),
    ],
)
def test_a_poppler_that_fails_or_lies_leaves_no_page(
    body: str, error: type[DocumentError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scan(tmp_path)
    stand_in("pdftoppm", tmp_path, body, monkeypatch)
    monkeypatch.setattr(pages, "PAGE_SECONDS", 5)
    with pytest.raises(error) as caught:
        list(pages.load_pages(path))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("complaint", ["Internal Error: x", "I/O Error: x", "Syntax Error (12): x"])
def test_what_poppler_leaves_out_is_told(complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in("pdftoppm", tmp_path, f'echo \'{complaint}\' >&2; exec "$REAL" "$@"', monkeypatch)
    path = scan(tmp_path)
    (page,) = pages.load_pages(path)
    assert page.complaint == complaint

"""Reading programs within their limits: one that meets a limit says so, and its blank picture passes for nothing."""

from __future__ import annotations

import shutil
import stat
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ocr import engine, pages, programs, sheets
from ocr.errors import Damaged, DocumentError, EngineFailed, EngineMissing, OutOfMemory
from tests import broken_pdfs

MIB = 1 << 20
pytestmark = [
    pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed"),
    pytest.mark.skipif(sys.platform != "linux", reason="the kernel holds these limits on Linux alone"),
]


def scan(folder: Path) -> Path:
    path = folder / "scan.pdf"
    path.write_bytes(broken_pdfs.scanned())
    return path


@pytest.mark.parametrize("mebibytes", [10, 30, 60])
def test_a_page_that_poppler_lacked_memory_for_is_not_taken_for_a_blank_one(
    mebibytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It then draws white paper and ends with exit code 0."""
    path = scan(tmp_path)
    source = replace(sheets.inspect(path)[0], is_grey=False)  # in colours it needs the more
    assert pages.pdf_page(path, source).grey.min() < 100
    monkeypatch.setattr(programs, "MEMORY", mebibytes * MIB)
    with pytest.raises(OutOfMemory, match="pdftoppm"):
        pages.pdf_page(path, source)


@pytest.mark.parametrize("mebibytes", [4, 14, 16])
def test_an_engine_that_lacks_memory_says_so(mebibytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MEMORY", mebibytes * MIB)
    with pytest.raises(OutOfMemory, match="tesseract"):
        engine.read_blocks([np.full((900, 2500), 255, np.uint8)])


def test_every_limit_is_the_program_s_own() -> None:
    asked = "sleep 0.3; ulimit -t; for how in -S -H; do for limit in -d -f -c; do ulimit $how $limit; done; done"
    ended = programs.run(["bash", "-c", asked], 7.5)
    assert ended.out.decode().split() == ["8", *[str(programs.MEMORY >> 10), str(programs.FILE >> 10), "0"] * 2]


def test_a_program_that_writes_without_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "FILE", MIB)
    with pytest.raises(EngineFailed, match="escribió demasiado"):
        programs.run(["dd", "if=/dev/zero", f"of={tmp_path / 'endless'}", "bs=64k"], 60)
    assert (tmp_path / "endless").stat().st_size < 1 << 30  # what it wrote before the limit held


def test_a_program_that_spins_is_ended_though_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs.math, "ceil", lambda _: 1)
    with pytest.raises(EngineFailed, match="procesador"):
        programs.run(["sh", "-c", "while :; do :; done"], 60)


def test_one_that_hangs_is_ended_and_leaves_no_process(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match="no terminó en 1 s"):
        programs.run(["sh", "-c", f"echo $$ > {tmp_path / 'pid'}; exec sleep 600"], 1)
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


def test_one_that_is_not_there_is_named_with_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineMissing, match="apt-get install poppler-utils"):
        programs.run(["pdftoppm"], 1)


def test_a_file_named_like_an_option_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan(tmp_path).rename(tmp_path / "-v.pdf")
    monkeypatch.chdir(tmp_path)
    (page,) = pages.load_pages(Path("-v.pdf"))
    assert page.grey.min() < 100


def poppler(folder: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts a pdftoppm on the PATH that does `body`."""
    script = folder / "bin" / "pdftoppm"
    script.parent.mkdir()
    script.write_text(f"#!/bin/sh\nREAL={shutil.which('pdftoppm')}\n{body}\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(script.parent), prepend=":")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("kill -SEGV $$", EngineFailed),
        ("kill -KILL $$", EngineFailed),
        ("exec sleep 600", EngineFailed),
        ("exec cat /dev/zero >&2", EngineFailed),
        ("exec 2>&-; exec sleep 600", EngineFailed),
        ("exit 0", Damaged),
        ("exit 1", Damaged),
        ("printf 'no soy un dibujo\\n\\377'", Damaged),
        ('"$REAL" "$@" | head -c 100000', Damaged),  # the rest of the page would be black, or white
        ("printf 'P6\\n50000 50000\\n255\\n'", Damaged),
        ("printf '\\033[2J\\302\\233' >&2; exit 1", Damaged),
        ("exec head -c 3000000000 /dev/zero", EngineFailed),
    ],
)
def test_a_poppler_that_fails_or_lies_leaves_no_page(
    body: str, error: type[DocumentError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scan(tmp_path)
    poppler(tmp_path, body, monkeypatch)
    monkeypatch.setattr(pages, "PAGE_SECONDS", 5)
    monkeypatch.setattr(programs, "FILE", 64 * MIB)
    monkeypatch.setattr(programs, "LAST_SECONDS", 1)
    with pytest.raises(error) as caught:
        list(pages.load_pages(path))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("complaint", ["Internal Error: x", "I/O Error: x", "Syntax Error (12): x"])
def test_what_poppler_leaves_out_is_told(complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    poppler(tmp_path, f'echo \'{complaint}\' >&2; exec "$REAL" "$@"', monkeypatch)
    path = scan(tmp_path)
    (page,) = pages.load_pages(path)
    assert page.complaint == complaint

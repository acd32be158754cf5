"""The machine around a run: a full disk, a folder that turns read-only, no network, and nobody called over it.

Each takes a mount of its own in a namespace of its own; where the system forbids that, the test says so and skips.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from tests import broken_pdfs

ROOT = Path(__file__).parents[1]
VEEDOR = Path(sys.executable).with_name("veedor")
SAMPLE = next((ROOT / "data" / "raw").glob("*.txt"))
GUARD = """
import os, sys

def hook(event, arguments):
    if event == "socket.getaddrinfo" or event in ("socket.connect", "socket.bind", "socket.sendto"):
        where = arguments[1] if event != "socket.getaddrinfo" else arguments[:2]
        if isinstance(where, tuple):
            with open(os.environ["VEEDOR_CALLS"], "a") as file:
                file.write(f"{event} {where}\\n")
    if event in ("os.system", "subprocess.Popen"):
        with open(os.environ["VEEDOR_CALLS"] + ".programs", "a") as file:
            file.write(f"{arguments[0]} {arguments[1] if len(arguments) > 1 else ''}\\n")

sys.addaudithook(hook)
"""


def can(*namespace: str) -> bool:
    return subprocess.run(["unshare", *namespace, "true"], capture_output=True, check=False).returncode == 0


def script(text: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A shell script of the test's own in a namespace where it may mount."""
    command = ["unshare", "-rm", "sh", "-c", text, "sh", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=600)


needs_mounts = pytest.mark.skipif(not can("-rm"), reason="no namespace to mount in")


@needs_mounts
def test_a_full_disk_ends_the_run_leaves_what_was_there_and_is_gone_on_from(tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    inputs.mkdir()
    (inputs / "a.txt").write_bytes(SAMPLE.read_bytes())
    more = tmp_path / "b.txt"
    more.write_bytes(SAMPLE.read_bytes() + b"\nfin\n")
    disk = tmp_path / "disk"
    disk.mkdir()
    done = script(
        """
        mount -t tmpfs -o size=4m tmpfs "$2" || exit 77
        run() { "$1" run "$2" --out "$3/data" --workers 1 >&2; code=$?; echo "$code"; }
        run "$1" "$3" "$2"; sha256sum "$2"/data/*.csv > "$4/before"
        cp "$5" "$3/b.txt"
        dd if=/dev/zero of="$2/filler" bs=1k 2>/dev/null
        run "$1" "$3" "$2"; sha256sum "$2"/data/*.csv > "$4/full"
        rm "$2/filler"
        run "$1" "$3" "$2"; cp "$2"/data/*.csv "$4"
        """,
        VEEDOR, disk, inputs, tmp_path, more,
    )  # fmt: skip
    codes = [int(line) for line in done.stdout.split()]
    assert codes[1] == ExitCode.ENVIRONMENT, done.stderr
    assert "El disco está lleno" in done.stderr
    assert codes[0] == codes[2] != ExitCode.ENVIRONMENT, done.stderr
    assert (tmp_path / "before").read_text() == (tmp_path / "full").read_text()
    whole = subprocess.run(
        [VEEDOR, "run", inputs, "--out", tmp_path / "whole", "--workers", "1"], capture_output=True, check=False
    )
    assert whole.returncode == codes[2]
    for table in (tmp_path / "whole").glob("*.csv"):
        assert table.read_bytes() == (tmp_path / table.name).read_bytes(), table.name


@needs_mounts
def test_a_folder_that_turned_read_only_is_said_before_any_reading(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    done = script(
        """
        mount -t tmpfs tmpfs "$2" && mkdir "$2/data" && mount -o remount,ro "$2" || exit 77
        exec "$1" run "$3" --out "$2/data" --workers 1
        """,
        VEEDOR, tmp_path / "disk", SAMPLE,
    )  # fmt: skip
    assert done.returncode == ExitCode.ENVIRONMENT, done.stdout + done.stderr
    assert str(tmp_path / "disk") in done.stderr
    assert "revise los permisos" in done.stderr
    assert "1/1" not in done.stdout


@pytest.mark.skipif(not can("-rn"), reason="no namespace without a network")
def test_nothing_is_called_over_a_network_and_no_shell_sees_a_file_s_name(tmp_path: Path) -> None:
    inputs, guard = tmp_path / "in", tmp_path / "guard"
    inputs.mkdir()
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(GUARD)
    (inputs / "a.txt").write_bytes(SAMPLE.read_bytes())
    for name, data in broken_pdfs.broken().items():
        if name.startswith(("active_form", "active_launch", "active_script_on_open")):
            (inputs / f"$(touch escaped); `touch escaped` {name}").write_bytes(data)
    (inputs / "--help.pdf").write_bytes(broken_pdfs.scanned())
    calls = tmp_path / "calls"
    environment = os.environ | {"PYTHONPATH": str(guard), "VEEDOR_CALLS": str(calls)}
    command = ["unshare", "-rn", VEEDOR, "run", inputs, "--out", tmp_path / "out", "--workers", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)
    assert done.returncode in (ExitCode.CLEAN, ExitCode.REVIEW), done.stdout + done.stderr
    assert not calls.exists(), calls.read_text()
    programs = (tmp_path / "calls.programs").read_text()
    assert "tesseract" in programs  # the hook sees what is started
    assert not [line for line in programs.splitlines() if "/bin/sh" in line and "escaped" in line]
    assert not list(tmp_path.rglob("escaped"))


def test_pictures_are_named_by_digests(tmp_path: Path) -> None:
    name = "..%2f..%2f$(touch escaped).txt"
    (tmp_path / name).write_bytes(SAMPLE.read_bytes())
    subprocess.run([VEEDOR, "look", tmp_path / name, "--out", tmp_path / "out"], capture_output=True, check=False)
    made = [p.name for p in (tmp_path / "out").iterdir()]
    assert made
    assert all(set(p) <= set("0123456789abcdef-.png") for p in made)


def test_looking_is_bound_as_a_run_is(tmp_path: Path) -> None:
    """Too much to draw, and too much memory, end a look with their reason."""
    (tmp_path / "giant.pdf").write_bytes(broken_pdfs.broken()["giant_fax_rows.pdf"])
    (tmp_path / "scan.pdf").write_bytes(broken_pdfs.scanned())
    program = (
        "import sys; from pipeline import apart; from pipeline.cli import app;"
        "apart.MEMORY = int(sys.argv.pop(1)); app.main()"
    )
    for name, memory, reason in (("giant", "2048", "page_too_large"), ("scan", "30", "out_of_memory")):
        arguments = ["look", tmp_path / f"{name}.pdf", "--out", tmp_path / "out"]
        command = [sys.executable, "-c", program, memory, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        assert (done.returncode, done.stderr.split(":")[0]) == (ExitCode.FAILED, reason), done.stderr
        assert not (tmp_path / "out").exists()

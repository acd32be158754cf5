"""The command line and the driver under it: inputs, workers that fail, exit codes, what is said."""

from __future__ import annotations

import importlib.metadata
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.console import Console
from typer.testing import CliRunner

from pipeline import job, task
from pipeline.cli import doctor
from pipeline.cli.app import EXAMPLES, app
from pipeline.cli.progress import shown
from pipeline.errors import ExitCode, UsageError
from pipeline.inputs import gather
from pipeline.settings import Settings
from tests import faults

VEEDOR = Path(sys.executable).with_name("veedor")
PATIENCE = 60  # seconds that a busy machine may take over what is done at once
README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def folder_of(path: Path, *names: str) -> Path:
    """A folder of text files, each holding its own name."""
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(name)
    return path


def carry_out(inputs: Path, out: Path, workers: int = 2, seconds: float = 60) -> job.Summary:
    """A run over stand-ins for reading."""
    settings = Settings(out, workers=workers, seconds=seconds)
    return job.carry_out(gather([inputs]), settings, task=faults.read)


def veedor(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The program itself, as a person starts it."""
    return subprocess.run(
        [VEEDOR, *arguments], capture_output=True, text=True, env=os.environ | variables, timeout=120, check=False
    )


# ---------------------------------------------------------------- inputs


def test_folders_are_read_in_order_and_what_is_no_report_is_skipped_and_said(tmp_path: Path) -> None:
    folder_of(tmp_path, "b.txt", "a/z.TXT", "a/c.pdf", "README.md", ".hidden/x.pdf", "a/.secret.txt")
    found = gather([tmp_path])
    assert [s.name for s in found.sources] == ["a/c.pdf", "a/z.TXT", "b.txt"]
    assert [Path(p).name for p in found.skipped] == ["README.md"]


def test_a_file_of_no_known_kind_is_read_if_it_is_named(tmp_path: Path) -> None:
    folder_of(tmp_path, "a.docx")
    assert [s.name for s in gather([tmp_path / "a.docx"]).sources] == ["a.docx"]


def test_two_files_of_one_name_are_told_apart_and_one_given_twice_is_one(tmp_path: Path) -> None:
    folder_of(tmp_path, "1/a.txt", "2/a.txt")
    both = [tmp_path / "1" / "a.txt", tmp_path / "2" / "a.txt"]
    names = [s.name for s in gather([*both, both[0]]).sources]
    assert names == [p.as_posix() for p in both]


def test_a_link_is_read_under_its_own_name(tmp_path: Path) -> None:
    folder_of(tmp_path, "store/5f2a")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").symlink_to(tmp_path / "store" / "5f2a")
    (source,) = gather([tmp_path / "in"]).sources
    assert (source.path.name, source.name) == ("a.txt", "a.txt")


def test_nothing_to_read_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no-such"):
        gather([tmp_path / "no-such"])
    with pytest.raises(UsageError, match=r"\.pdf"):
        gather([tmp_path])


# ---------------------------------------------------------------- workers


def test_a_hung_and_a_dying_worker_cost_their_documents_only(tmp_path: Path) -> None:
    names = ("1_good.txt", "2_die.txt", "3_good.txt", "4_hang.txt", "5_good.txt")
    summary = carry_out(folder_of(tmp_path / "in", *names), tmp_path / "out", seconds=3)
    assert {f.source: f.reason for f in summary.failures} == {"2_die.txt": "worker_died", "4_hang.txt": "timed_out"}
    assert (summary.reports, summary.exit_code) == (3, ExitCode.FAILED)
    documents = pq.read_table(tmp_path / "out" / "documents.parquet").to_pylist()
    assert [d["source"] for d in documents] == list(names)
    program, scratch = (tmp_path / "in" / "4_hang.started").read_text().split(maxsplit=1)
    assert is_gone(int(program))
    assert not Path(scratch).exists()


def is_gone(pid: int) -> bool:
    """Whether the process ends, or is dead and waits for its parent to notice, as soon as a busy machine lets it."""
    for _ in range(PATIENCE * 10):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


def test_tables_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    names = ("9_slow.txt", "5_doubt.txt", "1_quick.txt", "0_first.txt")
    inputs = folder_of(tmp_path / "in", *names)
    (inputs / "0_again.txt").write_bytes((inputs / "0_first.txt").read_bytes())
    for workers in (1, 3):
        carry_out(inputs, tmp_path / str(workers), workers=workers)
    one, three = (sorted((tmp_path / n).iterdir()) for n in "13")
    assert [p.name for p in one] == [p.name for p in three]
    assert [p.read_bytes() for p in one if p.name != "run.json"] == [
        p.read_bytes() for p in three if p.name != "run.json"
    ]


def test_same_bytes_are_read_once_and_listed_under_each_name(tmp_path: Path) -> None:
    inputs = folder_of(tmp_path / "in", "a.txt")
    (inputs / "b.txt").write_bytes((inputs / "a.txt").read_bytes())
    read: list[object] = []
    settings = Settings(tmp_path / "out", workers=1)
    summary = job.carry_out(gather([inputs]), settings, read.append, faults.read)
    assert (len(read), summary.reports, summary.rows) == (1, 2, 3)
    finding = pq.read_table(tmp_path / "out" / "findings.parquet").to_pylist()[-1]
    assert (finding["code"], finding["item"]) == ("DUPLICATE_REPORT", "b.txt")


def test_a_fault_of_our_own_costs_one_document_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = gather([folder_of(tmp_path, "a.txt")]).sources[0]
    monkeypatch.setattr("pipeline.run.read_report", lambda *_: 1 / 0)
    (document,) = task.read_one(source, Settings(tmp_path))["documents"]
    assert (document["error"], document["status"]) == ("unexpected", "failed")
    assert "ZeroDivisionError" in str(document["error_message"])


def test_exit_codes_follow_the_worst_that_happened(tmp_path: Path) -> None:
    for name, code in (("0_fine", 0), ("0_doubt", 1), ("0_empty", 3), ("0_engine", 5)):
        folder_of(tmp_path / "in", f"{name}.txt")
        assert carry_out(tmp_path / "in", tmp_path / "out").exit_code == code, name


# ---------------------------------------------------------------- the program


def test_usage_errors_exit_with_2(tmp_path: Path) -> None:
    for arguments in (["run"], ["run", "--out", "x"], ["run", str(tmp_path / "gone"), "--out", "x"], ["fly"]):
        assert CliRunner().invoke(app, arguments).exit_code == ExitCode.USAGE, arguments
    folder_of(tmp_path, "a.txt")
    for option in (["--workers", "0"], ["--timeout", "-1"], ["--dictionary", str(tmp_path / "gone")]):
        result = CliRunner().invoke(app, ["run", str(tmp_path), "--out", str(tmp_path / "o"), *option])
        assert result.exit_code == ExitCode.USAGE, option


def test_a_failed_document_ends_the_program_with_3_and_its_reason(tmp_path: Path) -> None:
    (tmp_path / "vacío[red].txt").write_bytes(b"")
    done = veedor("run", tmp_path, "--out", tmp_path / "out", "--workers", "1")
    assert done.returncode == ExitCode.FAILED
    assert "vacío[red].txt: empty:" in done.stdout
    assert re.search(r"Fallidos\W+1\b", done.stdout)
    assert str(tmp_path / "out") in done.stdout
    assert (tmp_path / "out" / "datapackage.json").exists()


def test_a_scan_without_its_engine_ends_the_program_with_5_before_reading(tmp_path: Path) -> None:
    folder_of(tmp_path, "a.pdf")
    done = veedor("run", tmp_path, "--out", tmp_path / "out", PATH="/nowhere")
    assert done.returncode == ExitCode.ENVIRONMENT
    assert "apt-get install tesseract-ocr" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_said_before_any_reading(tmp_path: Path) -> None:
    folder_of(tmp_path, "a.txt")
    out = tmp_path / "a.txt" / "out"
    result = CliRunner().invoke(app, ["run", str(tmp_path / "a.txt"), "--out", str(out), "--workers", "1"])
    assert result.exit_code == ExitCode.ENVIRONMENT
    assert str(out) in result.output
    assert "1/1" not in result.output


def test_ctrl_c_ends_the_program_with_130(tmp_path: Path) -> None:
    inputs = folder_of(tmp_path / "in", "1_hang.txt")
    code = (
        "from pipeline import job; from pipeline.cli import app; from tests import faults;"
        "job.carry_out.__defaults__ = (job.ignore, faults.read); app.main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, "run", str(inputs), "--out", str(tmp_path / "out"), "--workers", "1"],
        cwd=Path(__file__).parents[1],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    while not (inputs / "1_hang.started").exists():
        assert process.poll() is None, process.communicate()[1].decode()
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == ExitCode.INTERRUPTED
    program, scratch = (inputs / "1_hang.started").read_text().split(maxsplit=1)
    assert is_gone(int(program))
    assert not Path(scratch).exists()
    assert "Interrumpido" in said.decode()


def test_progress_is_a_bar_on_a_terminal_and_plain_lines_elsewhere(tmp_path: Path) -> None:
    folder_of(tmp_path / "in", "empty.txt").joinpath("empty.txt").write_bytes(b"")
    command = [VEEDOR, "run", tmp_path / "in", "--out", tmp_path / "out", "--workers", "1"]
    plain = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert re.search(r"^1/1 · .*/min · faltan 0 s · 1 fallidos$", plain, re.MULTILINE)
    assert "\x1b" not in plain
    command[command.index(tmp_path / "out")] = tmp_path / "again"  # else there would be nothing left to read
    drawn = seen_on_a_terminal(command)
    assert "━" in drawn
    assert "1 fallidos" in drawn


def seen_on_a_terminal(command: list[str | Path]) -> str:
    """All that a program writes to the terminal it is started on."""
    parent, child = pty.openpty()  # the other end stays open here too: what is not read yet would go with it
    program = subprocess.Popen(command, stdout=child, env=os.environ | {"TERM": "xterm", "COLUMNS": "120"})
    drawn = b""
    while select.select([parent], [], [], 0.1)[0] or program.poll() is None:
        if select.select([parent], [], [], 0)[0]:
            drawn += os.read(parent, 4096)
    os.close(child)
    os.close(parent)
    return drawn.decode()


def test_foreign_text_cannot_touch_the_terminal() -> None:
    console = Console(force_terminal=True, width=80)
    with console.capture() as caught:
        console.print(shown("a[bold]b\x1b[2J\r\n\x9b1m"), highlight=False)
    assert "a[bold]b" in caught.get()
    assert "\x1b[2J" not in caught.get()
    assert "\x9b" not in caught.get()


def test_the_doctor_finds_this_machine_well_and_an_empty_one_ill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_output", lambda *_: "")
    ill = {check.name: check.remedy for check in doctor.checks(tmp_path / "a.txt" / "out", tmp_path / "gone")}
    assert "apt-get install tesseract-ocr-spa" in ill["Tesseract: español"]
    assert "apt-get install poppler-utils" in ill["Poppler: pdftoppm"]
    assert str(tmp_path / "gone") in ill["Diccionario"]
    assert ill["Python"] == ill["Paquetes de Python"] == ""
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == ExitCode.ENVIRONMENT
    assert "FALTA Tesseract" in result.output


def test_the_doctor_reads_versions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = {
        "tesseract --version": "tesseract 5.3.0\n leptonica-1.82.0",
        "tesseract --list-langs": "List of available languages (2):\neng\nspa\n",
        "pdftoppm -v": "pdftoppm version 22.12.0\nCopyright",
        "pdfinfo -v": "pdfinfo version 22.12.0\nCopyright",
    }
    monkeypatch.setattr(doctor, "_output", lambda *command: said[" ".join(command)])
    found = {check.name: check.found for check in doctor.checks(tmp_path) if check.well}
    assert found["Tesseract"] == "5.3.0"
    assert found["Poppler: pdfinfo"] == "22.12.0"
    said["tesseract --version"] = "tesseract 3.05\n"
    assert not next(c for c in doctor.engine_checks() if c.name == "Tesseract").well


# ---------------------------------------------------------------- what is documented


def test_readme_documents_every_exit_code_verb_and_option() -> None:
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert documented == set(ExitCode)
    for command in app.registered_commands:
        name = command.name or command.callback.__name__  # type: ignore[union-attr]
        assert f"veedor {name}" in README
        assert f"veedor {name}" in EXAMPLES
        options = CliRunner().invoke(app, [name, "--help"]).output
        for option in set(re.findall(r"--[a-z]+", options)) - {"--help"}:
            assert option in README, option


def test_help_gives_the_exit_codes_of_the_program() -> None:
    shown_codes = {int(code) for code in re.findall(r"^ {2,6}(\d+)  ", EXAMPLES, re.MULTILINE)}
    assert shown_codes == set(ExitCode)


def test_version_is_the_packages() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert result.output.strip() == f"veedor {importlib.metadata.version('veedor')}"

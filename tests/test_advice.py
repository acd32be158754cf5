"""`veedor status` names the command that comes next, and that command does what it says."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

from typer.testing import CliRunner

from ocr.effort import FULL
from pipeline import job
from pipeline.cli.advice import advice, options
from pipeline.cli.app import app
from pipeline.inputs import gather
from pipeline.settings import Settings
from pipeline.status import status
from tests import faults


def archive(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(names):
        (folder / name).write_text(f"informe {number}")
    return folder


def said(settings: Settings) -> str:
    return "\n".join(advice(status(settings.out, settings.work)))


def test_what_is_left_of_a_run_is_read_by_the_command_it_names(tmp_path: Path) -> None:
    inputs = archive(tmp_path / "mis informes", "a.txt", "b.txt", "c.txt", "d.txt", "e.txt")
    settings = Settings(tmp_path / "out", workers=1, risk=0.01, work=str(tmp_path / "store"), by_year=True)
    job.read_share(gather([inputs]), settings, (1, 2))
    first = said(settings)
    assert first.startswith("Pendientes: ")
    command = shlex.split(first[first.index("veedor run") :])
    assert command[2] == str(inputs)
    job.read_share(gather([inputs]), settings, (2, 2))
    assert said(settings) == f"Todo está leído; los datos los escribe, sin leer nada de nuevo: {shlex.join(command)}"
    done = CliRunner().invoke(app, command[1:])
    assert "Reutilizados        │ 5" in done.output, done.output  # the same risk and store, or all were read again
    assert (settings.out / "by_year").is_dir()
    assert said(settings) == (
        f"De los demás fallidos, qué pasó y qué hacer: {settings.out / 'documents.csv'}, columnas error y error_message"
    )


def test_failed_documents_are_tried_again_with_more_of_what_they_lacked(tmp_path: Path) -> None:
    inputs = archive(tmp_path / "in", "hang.txt", "die.txt", "doubt.txt", "fine.txt")
    settings = Settings(tmp_path / "out", workers=2, seconds=3)
    job.carry_out(gather([inputs]), settings, task=faults.read)
    assert said(settings).splitlines() == [
        f"Fallidos por timed_out: 1. Otra vez, con el doble: "
        f"veedor retry {settings.out} --reason timed_out --timeout 6",
        f"Fallidos por worker_died: 1. Otra vez: veedor retry {settings.out} --reason worker_died",
        f"Por revisar: 1. Junto al papel, en las páginas que escribe: veedor pages {settings.out}",
    ]


def test_where_all_is_well_nothing_is_left_to_do(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "out", workers=1)
    job.carry_out(gather([archive(tmp_path / "in", "fine.txt")]), settings, task=faults.read)
    assert said(settings) == "Nada queda por hacer: todo está leído sin dudas y los datos están escritos."


def test_a_file_without_bytes_is_failed_and_never_pending(tmp_path: Path) -> None:
    inputs = archive(tmp_path / "in", "closed.txt", "fine.txt")
    (closed, fine) = gather([inputs]).sources
    settings = Settings(tmp_path / "out", workers=1)
    found = replace(gather([inputs]), sources=(replace(closed, sha256=None), fine))
    job.carry_out(found, settings, task=faults.read)
    told = status(settings.out)
    assert (told.pending, told.reasons) == (0, {"not_readable": 1})
    assert "Corrija los permisos" in said(settings)


def test_only_what_was_asked_for_is_in_the_command() -> None:
    assert list(options(Settings(Path("o")))) == ["--out", "o"]
    told = Settings(Path("o"), effort=replace(FULL, page_seconds=7.5), memory=900, cluster="auto", rules=Path("r.toml"))
    assert list(options(told))[2:] == [
        "--rules", "r.toml", "--page-timeout", "7.5", "--memory", "900", "--cluster", "auto",
    ]  # fmt: skip

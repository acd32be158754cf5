"""The verbs that look: at one report as it was seen, and at this machine: `look`, `doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dictionaries.load import load
from ocr.errors import DocumentError, EngineMissing, OutOfMemory
from pipeline.cli import doctor
from pipeline.cli.console import Dictionary, Out, console, errors, exit_codes
from pipeline.cli.progress import shown
from pipeline.errors import ExitCode
from pipeline.inputs import gather
from pipeline.settings import MEMORY, Limits


def look(
    file: Annotated[Path, typer.Argument(help="One report.", exists=True, dir_okay=False)],
    out: Out,
    dictionary: Dictionary = None,
) -> None:
    """Paint what was seen on each page: grid, cells, readings, decoded values, doubts."""
    from pipeline import overlay, supervise  # all that reads and paints: `doctor` needs none of it
    from pipeline.run import read_report

    with exit_codes():
        source = gather([file]).sources[0]
        limits = Limits()
        supervise.bound_process(MEMORY)
        try:
            read = read_report(source.path, limits, load(dictionary))
            for picture in overlay.paint(source.path, read, out, source.document_id or "page"):
                console.print(shown(str(picture)))
            if read.fault:
                raise read.fault
        except (DocumentError, MemoryError) as raised:
            error = OutOfMemory(str(raised)) if isinstance(raised, MemoryError) else raised
            errors.print(f"{error.reason}: {shown(str(error))}", style="red")
            raise typer.Exit(_code_of(error)) from raised


def _code_of(error: DocumentError) -> ExitCode:
    return ExitCode.ENVIRONMENT if isinstance(error, EngineMissing) else ExitCode.FAILED


def examine(
    out: Annotated[Path, typer.Option("--out", help="Folder that a run would write to.")] = Path("data/out"),
    dictionary: Dictionary = None,
) -> None:
    """Check programs, their data, versions and write access, and say what to do about what is missing."""
    found = doctor.checks(out, dictionary)
    for check in found:
        console.print(f"{'bien ' if check.well else 'FALTA'} {check.name}: {shown(check.found)}")
        if not check.well:
            console.print(f"      → {shown(check.remedy)}", style="red")
    if not all(check.well for check in found):
        raise typer.Exit(ExitCode.ENVIRONMENT)

"""The verbs that look: at one report as it was seen, and at this machine: `look`, `doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dictionaries.load import load
from dictionaries.records import Dictionary as Lexicon
from ocr.errors import DocumentError, EngineMissing
from pipeline.apart import apart, seconds_for
from pipeline.cli import doctor
from pipeline.cli.console import Dictionary, Out, console, errors, exit_codes
from pipeline.cli.progress import shown
from pipeline.errors import ExitCode
from pipeline.inputs import gather
from pipeline.settings import Limits
from pipeline.sources import Source


def look(
    file: Annotated[Path, typer.Argument(help="One report.", exists=True, dir_okay=False)],
    out: Out,
    dictionary: Dictionary = None,
) -> None:
    """Paint what was seen on each page: grid, cells, readings, decoded values, doubts."""
    with exit_codes():
        source = gather([file]).sources[0]
        try:
            pictures, fault = apart(seconds_for(source.path), _painted, source, out, load(dictionary))
            for picture in pictures:
                console.print(shown(str(picture)))
            if fault:
                raise fault
        except DocumentError as error:
            errors.print(f"{error.reason}: {shown(str(error))}", style="red")
            raise typer.Exit(_code_of(error)) from error


def _painted(source: Source, out: Path, dictionary: Lexicon) -> tuple[list[Path], DocumentError | None]:
    """The pictures of a report, one for each page, and why it is not the whole report. Raises DocumentError."""
    from pipeline import overlay  # all that reads and paints: `doctor` needs none of it
    from pipeline.run import read_report

    read = read_report(source.path, Limits(), dictionary)
    return list(overlay.paint(source.path, read, out, source.document_id or "page")), read.fault


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

"""The command line."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from dictionaries.load import load
from ocr.errors import DocumentError, EngineMissing
from parsers.calibration import RISK
from pipeline import doctor, job, overlay
from pipeline.errors import EXIT_CODES, EnvironmentMissing, ExitCode
from pipeline.inputs import Inputs, gather
from pipeline.progress import progress, shown
from pipeline.run import read_report
from pipeline.settings import PROCESSORS, SECONDS, Limits, Settings

EXAMPLES = """
Turn archives of scanned «Anexo 2: Informe de gestión» reports into data that an auditor can sign.

\b
Examples:
  veedor run archive/ --out data/out            every report of a folder
  veedor run a.pdf b.txt --out out --workers 1  two files, one at a time
  veedor look a.pdf --out pictures              what was seen, painted on pages
  veedor run archive/ --out out --risk 0.005    fewer values to review, more of them wrong
  veedor doctor                                 what this machine lacks

\b
Exit codes:
    0  all clean
    1  done, something needs review
    2  usage
    3  something failed
    5  environment
  130  interrupted
"""
SHOWN_PATHS = 20

app = typer.Typer(help=EXAMPLES, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
console = Console(highlight=False, soft_wrap=True)  # a path is never broken over lines
errors = Console(stderr=True, highlight=False, soft_wrap=True)

Out = Annotated[Path, typer.Option("--out", help="Folder to write to.", file_okay=False)]
Dictionary = Annotated[
    Path | None, typer.Option("--dictionary", help="Folder of tables that add to, or replace rows of, the dictionary.")
]


def _between_0_and_1(risk: float) -> float:
    if not 0 < risk < 1:
        raise typer.BadParameter(f"{risk} no es un riesgo: debe estar entre 0 y 1, como 0.0005.")
    return risk


def main() -> None:
    """The `veedor` program."""
    app(prog_name="veedor")


@contextmanager
def _exit_codes() -> Iterator[None]:
    """Ends the program with the code of the error that the table knows, its message on the error channel."""
    kinds = tuple(kind for kind, _ in EXIT_CODES)
    try:
        yield
    except kinds as error:
        errors.print(shown(str(error)) or "Interrumpido.", style="red")
        raise typer.Exit(next(code for kind, code in EXIT_CODES if isinstance(error, kind))) from error


def _version(wanted: bool) -> None:
    if wanted:
        console.print(f"veedor {importlib.metadata.version('veedor')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    del version  # its callback has done all


@app.command()
def run(
    inputs: Annotated[list[Path], typer.Argument(help="Files or folders: .pdf .png .jpg .tif .txt", metavar="INPUT")],
    out: Out,
    workers: Annotated[int, typer.Option(help="Processes; by default one for each processor.", min=1)] = PROCESSORS,
    dictionary: Dictionary = None,
    timeout: Annotated[float, typer.Option(help="Seconds that one document may take.", min=1)] = SECONDS,
    risk: Annotated[
        float,
        typer.Option(
            help="Share of wrong values tolerated among those that nobody is asked to review, between 0 and 1.",
            callback=_between_0_and_1,
        ),
    ] = RISK,
) -> None:
    """Read reports and write the dataset."""
    with _exit_codes():
        settings = Settings(out, workers, dictionary, timeout, risk=risk)
        found = gather(inputs)
        _require_engine(found)
        _say_skipped(found)
        with progress(console, len(found.sources)) as on_done:
            summary = job.carry_out(found, settings, on_done)
        _close(summary, out)
    raise typer.Exit(summary.exit_code)


def _require_engine(found: Inputs) -> None:
    """Texts need no program; anything else needs them all, and is told so before the first page."""
    if all(source.path.suffix.lower() == ".txt" for source in found.sources):
        return
    if missing := [f"{c.name}: {c.remedy}" for c in doctor.engine_checks() if not c.well]:
        raise EnvironmentMissing("\n".join(missing))


def _say_skipped(found: Inputs) -> None:
    for path in found.skipped[:SHOWN_PATHS]:
        console.print(f"Se omite {shown(str(path))}: no es PDF, imagen ni texto", style="dim")
    if len(found.skipped) > SHOWN_PATHS:
        console.print(f"… y {len(found.skipped) - SHOWN_PATHS} archivos más", style="dim")


def _close(summary: job.Summary, out: Path) -> None:
    table = Table(show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    for label, number in (
        ("Informes leídos", summary.reports),
        ("Filas", summary.rows),
        ("Marcas", summary.marks),
        ("Valores por revisar", summary.review),
        ("Hallazgos", summary.findings),
        ("Fallidos", len(summary.failures)),
    ):
        table.add_row(label, str(number))
    console.print(table)
    for failure in summary.failures[:SHOWN_PATHS]:
        console.print(f"{shown(failure.source)}: {failure.reason}: {shown(failure.message)}", style="red")
    if len(summary.failures) > SHOWN_PATHS:
        console.print(f"… y {len(summary.failures) - SHOWN_PATHS} más: documents.csv, columna error", style="red")
    console.print(f"Datos en {shown(str(out))}: documents.csv y las demás tablas; datapackage.json las describe")


@app.command()
def look(
    file: Annotated[Path, typer.Argument(help="One report.", exists=True, dir_okay=False)],
    out: Out,
    dictionary: Dictionary = None,
) -> None:
    """Paint what was seen on each page: grid, cells, readings, decoded values, doubts."""
    with _exit_codes():
        source = gather([file]).sources[0]
        limits = Limits()
        try:
            read = read_report(source.path, limits, load(dictionary))
            for picture in overlay.paint(source.path, read, out, source.document_id or "page"):
                console.print(shown(str(picture)))
            if read.fault:
                raise read.fault
        except DocumentError as error:
            errors.print(f"{error.reason}: {shown(str(error))}", style="red")
            raise typer.Exit(_code_of(error)) from error


def _code_of(error: DocumentError) -> ExitCode:
    return ExitCode.ENVIRONMENT if isinstance(error, EngineMissing) else ExitCode.FAILED


@app.command(name="doctor")
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

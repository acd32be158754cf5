"""The verb that reads an archive: `run`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from parsers.calibration import RISK
from pipeline import doctor, job
from pipeline.console import SHOWN_PATHS, Dictionary, Out, console, exit_codes
from pipeline.errors import EnvironmentMissing
from pipeline.inputs import Inputs, gather
from pipeline.progress import progress, shown
from pipeline.settings import PROCESSORS, SECONDS, Settings


def _between_0_and_1(risk: float) -> float:
    if not 0 < risk < 1:
        raise typer.BadParameter(f"{risk} no es un riesgo: debe estar entre 0 y 1, como 0.0005.")
    return risk


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
    with exit_codes():
        settings = Settings(out, workers, dictionary, timeout, risk=risk)
        found = gather(inputs)
        _require_engine(found)
        _say_skipped(found)
        with progress(console) as told:
            summary = job.carry_out(found, settings, told.done, on_plan=told.plan)
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
        ("Fallidos", summary.failed),
    ):
        table.add_row(label, str(number))
    console.print(table)
    for failure in summary.failures[:SHOWN_PATHS]:
        console.print(f"{shown(failure.source)}: {failure.reason}: {shown(failure.message)}", style="red")
    if summary.failed > SHOWN_PATHS:
        console.print(f"… y {summary.failed - SHOWN_PATHS} más: documents.csv, columna error", style="red")
    console.print(f"Datos en {shown(str(out))}: documents.csv y las demás tablas; datapackage.json las describe")

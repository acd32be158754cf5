"""The verb that tells what an archive says together: `history`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from dictionaries.load import load
from parsers.calibration import RISK
from pipeline.cli.console import Dictionary, OwnRules, console, exit_codes
from pipeline.cli.progress import shown
from pipeline.errors import UsageError
from pipeline.history import rules
from pipeline.history.record import Terms
from pipeline.history.tables import WRITTEN, retell


def tell(
    out: Annotated[Path, typer.Argument(help="Folder of a run's tables.", exists=True, file_okay=False)],
    own: OwnRules = None,
    dictionary: Dictionary = None,
    risk: Annotated[float, typer.Option(help="As of the run: share of wrong values tolerated, 0 to 1.")] = RISK,
) -> None:
    """Tell the archive's history anew from its tables: consensus, rates, what reports change or leave out."""
    with exit_codes():
        if not 0 < risk < 1:
            raise UsageError(f"{risk} no es un riesgo: debe estar entre 0 y 1, como 0.0005.")
        summary = retell(out, Terms(load(dictionary), rules.load(own), risk))
        table = Table(show_header=False)
        table.add_column(style="bold")
        table.add_column(justify="right")
        for label, number in (
            ("Asistencias", summary.attendances),
            ("Resueltas por otro informe", summary.settled),
            ("Por revisar", summary.uncertain),
            ("Marcas sin sesión que se pueda fechar", summary.left_out),
            ("Preguntas por confirmar", summary.asked),
            *sorted(summary.findings.items()),
        ):
            table.add_row(label, str(number))
        console.print(table)
        written = ", ".join(f"{schema.name}.csv" for schema in WRITTEN)
        console.print(f"Datos en {shown(str(out))}: {written}")

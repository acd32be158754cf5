"""The verb that hands a dataset over to analysts: `export`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.console import console, exit_codes
from pipeline.cli.progress import shown
from pipeline.errors import UsageError
from pipeline.export import database, spreadsheet
from pipeline.export.package import Package, open_package


class Format(StrEnum):
    DUCKDB = "duckdb"
    SQLITE = "sqlite"
    CSV = "csv"


def hand_over(
    dataset: Annotated[Path, typer.Argument(help="Folder that `veedor run` wrote.", metavar="DATASET")],
    kind: Annotated[Format, typer.Option("--format", help="One database file, or a folder of CSV tables.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="File, or folder for csv, to write; by default beside DATASET, named after it."),
    ] = None,
    spreadsheet_safe: Annotated[
        bool,
        typer.Option("--spreadsheet-safe", help="With csv: disarm texts that a spreadsheet would take for formulas."),
    ] = False,
) -> None:
    """Hand a dataset over to analysts: a database with views that join its tables, or CSV safe for spreadsheets."""
    with exit_codes():
        if spreadsheet_safe and kind is not Format.CSV:
            raise UsageError(f"--spreadsheet-safe es para --format csv: una base {kind} no ejecuta fórmulas.")
        package = open_package(dataset)
        if kind is Format.CSV:
            _write_csv(package, out, safe=spreadsheet_safe)
        else:
            _write_database(package, kind, out)


def _write_csv(package: Package, out: Path | None, *, safe: bool) -> None:
    folder = out or _beside(package.folder, "-spreadsheet" if safe else "-csv")
    if folder.exists() and (not folder.is_dir() or folder.samefile(package.folder)):
        raise UsageError(f"{folder} es el conjunto de datos mismo, o no es una carpeta. Elija otra con --out.")
    spreadsheet.write_csv(package, folder, safe=safe)
    console.print(f"{len(package.tables)} tablas CSV en {shown(str(folder))}; datapackage.json las describe")


def _write_database(package: Package, kind: Format, out: Path | None) -> None:
    file = out or _beside(package.folder, f".{kind}")
    written = database.export(package, kind, file)
    console.print(
        f"{len(written.tables)} tablas y {len(written.views)} vistas ({', '.join(written.views)}) en {shown(str(file))}"
    )


def _beside(folder: Path, ending: str) -> Path:
    whole = folder.resolve()
    return whole.with_name(whole.name + ending)

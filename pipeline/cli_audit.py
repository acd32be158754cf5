"""The verbs of an auditor: `diff`."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from pipeline import diff as differences
from pipeline.console import console, exit_codes
from pipeline.diff import Change, Kind
from pipeline.errors import ExitCode
from pipeline.progress import shown

SHOWN_CHANGES = 20
KINDS = {
    Kind.DOCUMENT_REMOVED: "Documentos que ya no están",
    Kind.DOCUMENT_ADDED: "Documentos nuevos",
    Kind.ROW_REMOVED: "Filas que ya no están",
    Kind.ROW_ADDED: "Filas nuevas",
    Kind.VALUE: "Valores distintos",
    Kind.REVIEW: "Revisión distinta",
    Kind.CONFIDENCE: "Confianzas distintas",
    Kind.PLACE: "Lugares distintos",
    Kind.COLUMN: "Tablas o columnas que solo una tiene",
}
GRAVE = (Kind.DOCUMENT_REMOVED, Kind.DOCUMENT_ADDED, Kind.ROW_REMOVED, Kind.ROW_ADDED, Kind.VALUE, Kind.COLUMN)

Tables = Annotated[Path, typer.Argument(help="Folder of a run's tables.", exists=True, file_okay=False)]
Csv = Annotated[Path | None, typer.Option("--csv", help="File to write every row to.", dir_okay=False)]


def diff(out1: Tables, out2: Tables, csv_file: Csv = None) -> None:
    """Tell what changed between two runs, value by value, with both confidences; exit code 1 where something did."""
    with exit_codes():
        count: Counter[Kind] = Counter()
        with _written(csv_file, [field.name for field in fields(Change)]) as write:
            for change in differences.changes(out1, out2):
                count[change.kind] += 1
                write(asdict(change))
                if change.kind in GRAVE and sum(count[kind] for kind in GRAVE) <= SHOWN_CHANGES:
                    console.print(_line(change))
        _print_counts(count, csv_file)
    raise typer.Exit(ExitCode.REVIEW if count else ExitCode.CLEAN)


def _line(change: Change) -> str:
    place = " ".join(filter(None, (change.source or change.document_id, change.table, change.key, change.column)))
    if change.kind is not Kind.VALUE:
        return shown(f"{KINDS[change.kind]}: {place}")
    return shown(
        f"{place}: {_said(change.before, change.confidence_before)} → {_said(change.after, change.confidence_after)}"
    )


def _said(value: str | None, confidence: float | None) -> str:
    return f"«{'' if value is None else value}»" + ("" if confidence is None else f" ({confidence:.5f})")


def _print_counts(count: Counter[Kind], csv_file: Path | None) -> None:
    if not count:
        console.print("Nada cambió.")
        return
    table = Table(show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    for kind, label in KINDS.items():
        if count[kind]:
            table.add_row(label, str(count[kind]))
    console.print(table)
    if csv_file:
        console.print(f"Todos los cambios: {shown(str(csv_file))}")
    elif sum(count[kind] for kind in GRAVE) > SHOWN_CHANGES:
        console.print(f"Se muestran {SHOWN_CHANGES}; todos, con --csv ARCHIVO")


@contextmanager
def _written(path: Path | None, names: Iterable[str]) -> Iterator[Any]:
    """Yields what to call with each row; it writes a CSV as the tables are, or nothing where no file is wanted."""
    if path is None:
        yield lambda row: None  # noqa: ARG005
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(names), lineterminator="\r\n")
        writer.writeheader()
        yield writer.writerow

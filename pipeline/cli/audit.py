"""The verbs of an auditor: `sample`, `diff`, `evidence`, `verify`."""

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

from dictionaries.load import load
from pipeline.audit import diff as differences
from pipeline.audit import evidence as proofs
from pipeline.audit import keyed, keying, strata, verification
from pipeline.audit.choice import choose
from pipeline.audit.diff import Change, Kind
from pipeline.audit.keyed import Checked, Line, Outcome
from pipeline.cli.console import Dictionary, console, exit_codes
from pipeline.cli.progress import shown
from pipeline.errors import ExitCode, UsageError
from pipeline.papers import Papers

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

Sources = Annotated[
    Path | None, typer.Option("--sources", help="Folder of the papers, if they moved.", exists=True, file_okay=False)
]
SIZE = 300  # no error in 300 bounds the share of wrong values at 1 %


def sample(
    out: Tables,
    n: Annotated[int, typer.Option("--n", help="Values to draw.", min=1)] = SIZE,
    seed: Annotated[str | None, typer.Option(help="What draws them: choose it after the run.")] = None,
    to: Annotated[Path, typer.Option("--to", help="Folder to write the sheet to.", file_okay=False)] = Path("muestra"),
    check: Annotated[Path | None, typer.Option(help="Filled-in CSV to compare.", exists=True, dir_okay=False)] = None,
    *,
    sources: Sources = None,
    dictionary: Dictionary = None,
    csv_file: Csv = None,
) -> None:
    """Draw accepted values at random into a blind keying sheet; with --check, say how many may be wrong."""
    with exit_codes():
        if check is not None:
            raise typer.Exit(_report(out, keyed.check(out, check, load(dictionary)), csv_file))
        if seed is None:
            raise UsageError("Indique --seed: la semilla con la que se sortea la muestra.")
        drawn = strata.draw(out, n, seed)
        page = keying.write(out, drawn, Papers(out, sources), to)
        console.print(
            f"{len(drawn.items)} de {sum(drawn.accepted.values())} valores aceptados, muestra {drawn.identity}"
        )
        console.print(f"Hoja: {shown(str(page))}; para llenar a mano: {shown(str(page.with_name(keying.CSV)))}")
        _say_unsampled(out)


HEADINGS = ("Valor, entrada", "Aceptados", "Auditados", "Errores", "No legibles", "Sin respuesta", "Cota", "Respondido")
BOUNDS_SAID = (
    "Cota: con 95 % de confianza, la parte errada de los valores aceptados no es mayor, aunque todo lo no legible y lo "
    "que quedó sin respuesta esté errado. Respondido: la misma cota si eso no fuera peor que lo demás."
)


def _report(out: Path, checked: list[Checked], csv_file: Path | None) -> ExitCode:
    with _written(csv_file, ITEM_COLUMNS) as write:
        for one in checked:
            write(_item_row(one))
    wrong = [one for one in checked if one.outcome is Outcome.WRONG]
    for one in wrong[:SHOWN_CHANGES]:
        item = one.item
        where = " ".join(f"{name}={value}" for name, value in item.where.items())
        value = shown(f"leído «{item.value}», digitado «{one.answer}»")
        console.print(f"{item.number}. {shown(item.source)} {item.kind} {item.item} {where}: {value}")
    for line in (HEADINGS, *map(_bounds, keyed.lines(strata.counted(out), checked))):
        console.print(f"{line[0]:<30}" + "".join(f"{cell:>15}" for cell in line[1:]))
    console.print(BOUNDS_SAID)
    _say_unsampled(out)
    return ExitCode.CLEAN if all(one.outcome is Outcome.RIGHT for one in checked) else ExitCode.REVIEW


def _say_unsampled(out: Path) -> None:
    if texts := strata.unsampled(out):
        counts = ", ".join(f"{n} {what}" for what, n in texts.items())
        console.print(f"No se muestrean los textos largos ({counts}): de ellos la cota no dice nada.")


ITEM_COLUMNS = ("number", "kind", "input_kind", "document_id", "source", "place", "page", "value", "answer", "outcome")


def _item_row(one: Checked) -> dict[str, object]:
    item = one.item
    place = ";".join(f"{name}={value}" for name, value in item.where.items()) or item.item
    told = (item.number, item.kind, item.input_kind, item.document_id, item.source, place, item.page, item.value)
    return dict(zip(ITEM_COLUMNS, (*told, one.answer, one.outcome.value), strict=True))


def _bounds(line: Line) -> tuple[str, ...]:
    counts = (line.accepted, line.audited, line.errors, line.illegible, line.unanswered)
    bounds = (f"{100 * bound:.2f} %" for bound in (line.bound, line.bound_answered))
    return (", ".join(line.stratum or ("Todos",)), *map(str, counts), *bounds)


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


def evidence(
    out: Tables,
    where: Annotated[str, typer.Option(help="document_id=… and table=attendance and row=3; with --table, SQL.")],
    table: Annotated[str | None, typer.Option(help="Table that a condition in SQL is about.")] = None,
    to: Annotated[Path, typer.Option("--to", help="New or empty folder to write.", file_okay=False)] = Path(
        "evidencia"
    ),
    *,
    sources: Sources = None,
    dictionary: Dictionary = None,
    reread: Annotated[bool, typer.Option(help="Read the documents again, for all that was seen at each place.")] = True,
) -> None:
    """Write a folder that proves chosen values: crop, page with the box, readings, decoding, versions, digests."""
    with exit_codes():
        chosen = choose(out, where, table)
        papers, known = Papers(out, sources), load(dictionary) if reread else None
        seal = proofs.write(proofs.Request(out, chosen, papers, known), to)
        console.print(f"{len(chosen.rows)} valores en {shown(str(to))}; sello (SHA-256 de {proofs.SUMS}): {seal}")


def verify(
    folder: Annotated[Path, typer.Argument(help="Folder of `evidence`.", exists=True, file_okay=False)],
    sources: Sources = None,
) -> None:
    """Check a folder of evidence offline: its digests, its crops, and with --sources that the papers show the same."""
    with exit_codes():
        found = verification.verify(folder, sources)
        for fault in found.faults:
            console.print(shown(fault), style="red")
        console.print(f"{found.values} valores; sello {found.seal}")
        if found.unseen:
            console.print(f"{found.unseen} sin comparar con su papel: indique su carpeta con --sources")
        console.print("Verificado." if not found.faults else f"No se verifica: {len(found.faults)} faltas.")
    raise typer.Exit(ExitCode.FAILED if found.faults else ExitCode.CLEAN)

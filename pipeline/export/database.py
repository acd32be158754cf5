"""A dataset as one database file: its tables with keys and links, `reports`, and views that join them.

Rows go through in batches; the file is written aside and renamed when it is whole. The same dataset gives the same rows
in the same order. A SQLite file has the same bytes too; DuckDB puts a mark of its own into each file.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from pathlib import Path

import pyarrow as pa

from pipeline.errors import UsageError
from pipeline.export import ddl, views
from pipeline.export.engines import Database, DuckDb, Sqlite
from pipeline.export.package import Package, batches, row_count
from pipeline.schema import Column, TableSchema, Type

DATABASES: dict[str, Callable[[Path], Database]] = {"sqlite": Sqlite, "duckdb": DuckDb}
MAGIC = {"sqlite": (0, b"SQLite format 3\0"), "duckdb": (8, b"DUCK")}  # where a file says what it is
DICTIONARY = TableSchema(
    "data_dictionary",
    "Every column of every table: what it holds, in what unit, and whether it is part of the key",
    (
        Column("table", "Name of the table", required=True),
        Column("position", "Place of the column, from 1", Type.INTEGER, required=True),
        Column("column", "Name of the column", required=True),
        Column("type", "Type, as the data package names it", required=True),
        Column("unit", "Unit"),
        Column("description", "What it holds", required=True),
        Column("in_key", "Whether it is part of what makes a row unique", Type.BOOLEAN, required=True),
    ),
    key=("table", "position"),
)


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: names of the tables that hold the dataset, and of the views over them."""

    tables: tuple[str, ...]
    views: tuple[str, ...]


def export(package: Package, kind: str, file: Path) -> Exported:
    """Writes the dataset as a database file of `kind`, `sqlite` or `duckdb`.

    Raises UsageError where the dataset contradicts itself or `file` is something else, OSError where it cannot be
    written.
    """
    if file.exists() and not _is(file, kind):
        raise UsageError(f"{file} ya existe y no es una base {kind}: no se sobrescribe. Elija otro nombre con --out.")
    with _aside(file) as aside:
        return _fill(DATABASES[kind](aside), package)


def _is(file: Path, kind: str) -> bool:
    start, magic = MAGIC[kind]
    if not file.is_file():
        return False
    with file.open("rb") as head:
        return head.read(start + len(magic))[start:] == magic


@contextmanager
def _aside(file: Path) -> Iterator[Path]:
    """A place beside `file` to write to; what is there at the end takes its name."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".writing-") as folder:
        aside = Path(folder) / "base"
        yield aside
        with aside.open("rb") as written:
            os.fsync(written.fileno())
        aside.replace(file)


def _fill(base: Database, package: Package) -> Exported:
    tables = _tables(package)
    keyed = base.keyed({t.name: row_count(package, package.table(_origin(t))) for t in tables})
    for table in (*tables, DICTIONARY):
        _run(base, ddl.create(table, base.dialect, keyed | {DICTIONARY.name}))
        if table is DICTIONARY:
            base.fill(table, [_described(tables)])
        elif table.name == views.REPORTS:
            base.execute(views.fill_reports(table))
        else:
            base.fill(table, batches(package, table))
    made = list(views.views(package.tables))
    for view in made:
        _run(base, ddl.create_view(view, base.dialect))
    base.finish()
    return Exported(tuple(t.name for t in tables), tuple(v.name for v in made))


def _run(base: Database, statements: Iterable[str]) -> None:
    for statement in statements:
        base.execute(statement)


def _tables(package: Package) -> list[TableSchema]:
    """The dataset's tables and `reports`, each after those that it rests on."""
    documents = package.table("documents")
    tables = {t.name: views.linked(t) for t in package.tables} | {views.REPORTS: views.reports(documents)}
    tables = {n: replace(t, links=tuple(k for k in t.links if k.table in tables)) for n, t in tables.items()}
    order = TopologicalSorter({t.name: [k.table for k in t.links] for t in tables.values()})
    order.add(views.REPORTS, documents.name)
    return [tables[name] for name in order.static_order()]


def _origin(table: TableSchema) -> str:
    """The table of the dataset that has as many rows as `table`, or more."""
    return "documents" if table.name == views.REPORTS else table.name


def _described(tables: Sequence[TableSchema]) -> pa.RecordBatch:
    """Every column of `tables` as a row of the dictionary of columns."""
    rows = [
        (t.name, place, c.name, c.type.value, c.unit, c.description, c.name in t.key)
        for t in tables
        for place, c in enumerate(t.columns, 1)
    ]
    return pa.RecordBatch.from_arrays(
        [pa.array(values) for values in zip(*rows, strict=True)], names=[c.name for c in DICTIONARY.columns]
    )

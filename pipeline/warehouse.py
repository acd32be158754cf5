"""A run's tables as DuckDB sees them: read where they lie, with nothing else of the machine in reach.

Tables are views over their Parquet files, so that memory does not grow with the archive. Before a query is answered the
connection is closed to everything but those files: what a person types as a condition can read the tables, and no more.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from pipeline.errors import UsageError
from pipeline.tables.every import TABLES

HERE = "main"  # DuckDB's own schema: its tables need no prefix
ROWS_AT_ONCE = 10_000
MEMORY = "1GB"  # what exceeds it goes to the temporary folder; two runs of 10,000 documents stay within it
CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "memory_limit": MEMORY,
    "python_enable_replacements": False,  # a name in a query is a table, never a variable of ours
}

Cells = dict[str, Any]


@contextmanager
def opened(*, tables: Sequence[str] = (), **folders: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the tables of one or more runs, each `schema=folder`; `main` for one that needs no prefix.

    `tables`: the only ones to be seen; all of them by default. Raises UsageError where a folder holds no dataset.
    """
    with tempfile.TemporaryDirectory(prefix="veedor-") as scratch, duckdb.connect(config=CLOSED) as connection:
        connection.execute(f"SET temp_directory = {quoted(scratch)}")
        connection.execute("SET enable_progress_bar = false")  # it would draw over what a verb says
        allowed = [path for schema, out in folders.items() for path in _views(connection, schema, out, tables)]
        connection.execute(f"SET allowed_paths = [{', '.join(map(quoted, allowed))}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection


def table_files(out: Path, table: str) -> list[Path]:
    """The Parquet files of a table: one, or the parts in a folder of its name; none where the run has no such table."""
    whole = out / f"{table}.parquet"
    return [whole] if whole.is_file() else sorted((out / table).rglob("*.parquet"))


def rows(connection: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, Any] | None = None) -> Iterator[Cells]:
    """The answer's rows, fetched as they are wanted. `values`: those of the query's named parameters."""
    answer = connection.execute(query, dict(values) if values else None)
    names = [column[0] for column in answer.description or ()]
    while some := answer.fetchmany(ROWS_AT_ONCE):
        yield from (dict(zip(names, row, strict=True)) for row in some)


def column_names(connection: duckdb.DuckDBPyConnection, table: str, *, schema: str = HERE) -> list[str]:
    """The columns that a table really has, as written by whatever version; none where there is no such table."""
    query = (
        "SELECT column_name FROM information_schema.columns WHERE table_schema = $schema AND table_name = $table "
        "ORDER BY ordinal_position"
    )
    return [row["column_name"] for row in rows(connection, query, {"schema": schema, "table": table})]


def quoted(text: object) -> str:
    """A text as SQL writes it."""
    return "'" + str(text).replace("'", "''") + "'"


def named(name: str) -> str:
    """A name of a table or a column as SQL writes it: `column` and `order` are words of the language."""
    return '"' + name.replace('"', '""') + '"'


def _views(connection: duckdb.DuckDBPyConnection, schema: str, out: Path, tables: Sequence[str]) -> Iterator[Path]:
    if not table_files(out, "documents"):
        raise UsageError(f"No hay tablas de veedor en {out}: falta documents.parquet. Revise la carpeta.")
    if schema != HERE:
        connection.execute(f"CREATE SCHEMA {named(schema)}")
    for table in tables or [t.name for t in TABLES]:
        if files := [file.absolute() for file in table_files(out, table)]:
            listed = ", ".join(map(quoted, files))
            source = f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
            connection.execute(f"CREATE VIEW {named(schema)}.{named(table)} AS SELECT * FROM {source}")
            yield from files

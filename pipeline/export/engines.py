"""The two database files that a dataset is exported to, behind one face: SQLite and DuckDB."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from pipeline.errors import UsageError
from pipeline.export import ddl
from pipeline.export.ddl import Dialect
from pipeline.schema import TableSchema, Type

SQLITE_CACHE_KIB = 65_536
DUCKDB_MEMORY = "1GB"  # beyond that it works from files beside the one it writes
# DuckDB holds the index of a key in memory, measured as 55 bytes a row: of tables with more rows no key is declared
DUCKDB_KEYED_ROWS = 5_000_000
BROKEN = "El conjunto de datos se contradice y no se puede exportar; vuelva a crearlo con veedor run"


class Database(Protocol):
    """A database file being written."""

    dialect: Dialect

    def keyed(self, rows: Mapping[str, int]) -> set[str]:
        """Of the tables, given with their number of rows, those whose keys are to be declared."""

    def execute(self, statement: str) -> None:
        """Raises OSError where the file cannot be written, UsageError where the rows break a key, a link or a type."""

    def fill(self, table: TableSchema, batches: Iterable[pa.RecordBatch]) -> None:
        """Adds all rows of a table; raises as `execute` does."""

    def finish(self) -> None:
        """Checks the links and closes the file; raises as `execute` does."""


class Sqlite:
    dialect = ddl.SQLITE

    def __init__(self, file: Path) -> None:
        self._base = sqlite3.connect(file, isolation_level=None)
        for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{SQLITE_CACHE_KIB}"):
            self.execute(f"PRAGMA {setting}")  # nobody else sees the file before it is whole
        self.execute("BEGIN")

    def keyed(self, rows: Mapping[str, int]) -> set[str]:
        return set(rows)

    def execute(self, statement: str) -> None:
        try:
            self._base.execute(statement)
        except sqlite3.Error as error:
            raise _meant(error) from error

    def fill(self, table: TableSchema, batches: Iterable[pa.RecordBatch]) -> None:
        holes = ", ".join("?" * len(table.columns))
        rows = (row for batch in batches for row in _sqlite_rows(table, batch))
        try:
            self._base.executemany(f"INSERT INTO {ddl.quoted(table.name)} VALUES ({holes})", rows)
        except sqlite3.Error as error:
            raise _meant(error) from error

    def finish(self) -> None:
        self.execute("COMMIT")
        broken = self._base.execute("PRAGMA foreign_key_check").fetchone()
        self._base.close()
        if broken:
            raise UsageError(f"{BROKEN}: una fila de {broken[0]} no tiene la suya en {broken[2]}.")


def _sqlite_rows(table: TableSchema, batch: pa.RecordBatch) -> Iterator[tuple[object, ...]]:
    """The rows as SQLite holds them: dates as ISO 8601, booleans as 0 and 1."""
    held = {Type.DATE: pa.string(), Type.BOOLEAN: pa.int8()}
    columns = (
        values.cast(held[column.type]) if column.type in held else values
        for column, values in zip(table.columns, batch.columns, strict=True)
    )
    return zip(*(values.to_pylist() for values in columns), strict=True)


class DuckDb:
    dialect = ddl.DUCKDB

    def __init__(self, file: Path) -> None:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": DUCKDB_MEMORY,
            "threads": 1,  # with more, rows may lie in another order each time
            "temp_directory": str(file.with_suffix(".spill")),
            "autoinstall_known_extensions": False,  # it would fetch them
            "autoload_known_extensions": False,
        }
        self._base = duckdb.connect(file, config=settings)

    def keyed(self, rows: Mapping[str, int]) -> set[str]:
        return {table for table, number in rows.items() if number <= DUCKDB_KEYED_ROWS}

    def execute(self, statement: str) -> None:
        try:
            self._base.execute(statement)
        except duckdb.Error as error:
            raise _meant(error) from error

    def fill(self, table: TableSchema, batches: Iterable[pa.RecordBatch]) -> None:
        waiting = iter(batches)
        if first := next(waiting, None):
            self._base.register("incoming", pa.RecordBatchReader.from_batches(first.schema, chain([first], waiting)))
            self.execute(f"INSERT INTO {ddl.quoted(table.name)} SELECT * FROM incoming")
            self._base.unregister("incoming")

    def finish(self) -> None:
        self.execute("CHECKPOINT")
        self._base.close()


def _meant(error: Exception) -> Exception:
    """A database's error as one that the program ends with."""
    if isinstance(error, sqlite3.IntegrityError | duckdb.ConstraintException):
        return UsageError(f"{BROKEN}: {error}.")
    if isinstance(error, sqlite3.OperationalError | duckdb.IOException | duckdb.OutOfMemoryException):
        return OSError(str(error))
    return error

"""Values chosen by a condition: rows of one table, with nothing that the condition could reach beyond the dataset.

Two ways to say it: `document_id=… and table=attendance and row=3`, names and values without quotes; or a condition in
SQL over the columns of one table, which may ask the other tables too (`document_id IN (SELECT …)`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipeline import warehouse
from pipeline.errors import UsageError
from pipeline.schema import TableSchema
from pipeline.tables.every import REPORT_TABLES
from pipeline.warehouse import Cells, named

MOST = 500  # values: a folder that a person looks through; a whole table is better exported
_PART = re.compile(r"\s*(\w+)\s*=\s*(.+?)\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rows of one table in the order of its key, each with all its columns, and their documents by document_id."""

    schema: TableSchema
    rows: tuple[Cells, ...]
    documents: dict[str, Cells]


def choose(out: Path, where: str, table: str | None = None) -> Chosen:
    """What `where` chooses of the dataset in `out`. `table`: None where the condition itself names it.

    Raises UsageError where the condition cannot be understood, chooses nothing, or more than MOST.
    """
    condition, values = (where, {}) if table else _plain(where)
    schema = _schema(table or values.pop("table", ""))
    with warehouse.opened(main=out) as connection:
        if not table:
            condition = _compared(connection, schema, values)
        rows = _rows(connection, schema, condition, values)
        ids = sorted({row["document_id"] for row in rows})
        query = "SELECT * FROM documents WHERE document_id = $id ORDER BY source LIMIT 1"
        documents = {one: next(warehouse.rows(connection, query, {"id": one})) for one in ids}
    return Chosen(schema, tuple(rows), documents)


def looks(out: Path, schema: TableSchema, row: Cells) -> list[Cells]:
    """What table `looks` holds of a row: every look at its value, as it was taken."""
    keys = [name for name in ("matrix", "row", "column", "function") if name in schema.key]
    same = "".join(f" AND {named(name)} = ${name}" for name in keys)
    query = f'SELECT * FROM looks WHERE document_id = $document AND "table" = $table{same} ORDER BY look_number'
    values = {name: row[name] for name in keys} | {"document": row["document_id"], "table": schema.name}
    with warehouse.opened(main=out, tables=("documents", "looks")) as connection:
        return list(warehouse.rows(connection, query, values)) if warehouse.table_files(out, "looks") else []


def _plain(where: str) -> tuple[str, dict[str, str]]:
    """The names and values of a condition without SQL."""
    parts = [_PART.fullmatch(part) for part in re.split(r"\s+and\s+", where.strip(), flags=re.IGNORECASE)]
    found = {part[1]: part[2].strip("'\"") for part in parts if part}
    if None in parts or "table" not in found:
        raise UsageError("No se entiende --where. Escriba document_id=… and table=attendance and row=3, o indique "
                         "--table y una condición en SQL.")  # fmt: skip
    return "", found


def _schema(table: str) -> TableSchema:
    """Of a table whose rows stand on a paper."""
    found = next((schema for schema in REPORT_TABLES if schema.name == table), None)
    if found is None:
        raise UsageError(f"No hay tabla de informes «{table}». Hay: {', '.join(s.name for s in REPORT_TABLES)}.")
    return found


def _compared(connection: duckdb.DuckDBPyConnection, schema: TableSchema, values: dict[str, str]) -> str:
    """The condition that a row's columns, as texts, have these values; the values themselves stay parameters."""
    if unknown := set(values) - set(warehouse.column_names(connection, schema.name)):
        raise UsageError(f"La tabla {schema.name} no tiene columna {', '.join(sorted(unknown))}.")
    return " AND ".join(f"{named(name)}::VARCHAR = ${name}" for name in values) or "true"


def _rows(
    connection: duckdb.DuckDBPyConnection, schema: TableSchema, condition: str, values: dict[str, str]
) -> list[Cells]:
    order = ", ".join(map(named, schema.key))
    query = f"SELECT * FROM {schema.name} WHERE (\n{condition}\n) AND document_id IS NOT NULL ORDER BY {order}"
    try:
        statements = connection.extract_statements(query)
        if len(statements) != 1 or statements[0].type is not duckdb.StatementType.SELECT:
            raise UsageError("--where es una sola condición, no varias instrucciones.")
        rows = list(warehouse.rows(connection, f"{query} LIMIT {MOST + 1}", values))
    except duckdb.Error as error:
        raise UsageError(f"No se entiende --where: {str(error).splitlines()[0]}") from error
    if not rows:
        raise UsageError("Nada cumple --where.")
    if len(rows) > MOST:
        raise UsageError(f"Más de {MOST} valores cumplen --where: acótelo.")
    return rows

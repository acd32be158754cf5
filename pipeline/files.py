"""The dataset's files: each table as Parquet and CSV, and the data package that describes them.

The same rows give the same bytes: fixed column order, fixed writer options, no time and no machine in any of them.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.dataset import Row, Rows, Value
from pipeline.schema import Column, TableSchema, Type

ARROW_TYPES = {
    Type.STRING: pa.string(),
    Type.INTEGER: pa.int32(),
    Type.NUMBER: pa.float64(),
    Type.BOOLEAN: pa.bool_(),
    Type.DATE: pa.date32(),
}


def prepare(folder: Path) -> None:
    """Makes sure that `folder` can be written, before hours of reading; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def write(folder: Path, schemas: Sequence[TableSchema], rows: Rows) -> None:
    """Writes every table of `schemas`, empty ones too, and `datapackage.json`; raises OSError.

    All is written aside first: a full disk leaves the dataset of an earlier run as it was.
    """
    prepare(folder)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as name:
        aside = Path(name)
        for schema in schemas:
            values = columns(schema, rows.get(schema.name, []))
            write_parquet(aside / f"{schema.name}.parquet", schema, values)
            write_csv(aside / f"{schema.name}.csv", schema, values)
        text = json.dumps(datapackage(schemas), ensure_ascii=False, indent=2)
        (aside / "datapackage.json").write_text(text + "\n", encoding="utf-8")
        for file in sorted(aside.iterdir()):
            file.replace(folder / file.name)


def columns(schema: TableSchema, rows: Sequence[Row]) -> list[list[Value]]:
    """The rows' values column by column; an empty text is null, for CSV cannot tell the two apart.

    Raises ValueError where a row's columns are not exactly the schema's.
    """
    names = [c.name for c in schema.columns]
    for row in rows:
        if row.keys() != set(names):
            raise ValueError(f"{schema.name}: columns differ: {sorted(row.keys() ^ set(names))}")
    return [[None if row[name] == "" else row[name] for row in rows] for name in names]


def write_parquet(path: Path, schema: TableSchema, values: Sequence[Sequence[Value]]) -> None:
    fields = [pa.field(c.name, ARROW_TYPES[c.type], nullable=not c.required) for c in schema.columns]
    arrays = [pa.array(column, type=field.type) for column, field in zip(values, fields, strict=True)]
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    pq.write_table(table, path, compression="zstd", version="2.6")


def write_csv(path: Path, schema: TableSchema, values: Sequence[Sequence[Value]]) -> None:
    """RFC 4180 in UTF-8: comma, CRLF, quotes where needed; null is an empty field."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([c.name for c in schema.columns])
        writer.writerows([_csv_text(value) for value in row] for row in zip(*values, strict=True))


def _csv_text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def datapackage(schemas: Iterable[TableSchema]) -> dict[str, Any]:
    """The Frictionless Data Package of the CSV tables: types, keys, foreign keys, units, descriptions."""
    return {
        "profile": "tabular-data-package",
        "name": "veedor",
        "title": "Informes de gestión de instancias de coordinación («Anexo 2»)",
        "resources": [_resource(schema) for schema in schemas],
    }


def _resource(schema: TableSchema) -> dict[str, Any]:
    links = [
        {"fields": list(k.columns), "reference": {"resource": k.table, "fields": list(k.targets)}} for k in schema.links
    ]
    return {
        "name": schema.name,
        "description": schema.description,
        "profile": "tabular-data-resource",
        "path": f"{schema.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {
            "fields": [_field(column) for column in schema.columns],
            "missingValues": [""],
            "primaryKey": list(schema.key),
            **({"foreignKeys": links} if links else {}),
        },
    }


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if column.required:
        constraints["required"] = True
    if column.values:
        constraints["enum"] = list(column.values)
    return {
        "name": column.name,
        "type": column.type.value,
        "description": column.description,
        **({"unit": column.unit} if column.unit else {}),
        **({"constraints": constraints} if constraints else {}),
    }

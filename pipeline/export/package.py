"""A dataset on disk, as its own data package describes it: the tables it holds, and their rows in batches.

Its own description, and not this program's: a dataset of an earlier version is read with the tables that it has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import UsageError
from pipeline.schema import Column, Link, TableSchema, Type

BATCH_ROWS = 16_384  # rows held at a time: the widest table's then take some 10 MB


@dataclass(frozen=True, slots=True)
class Package:
    """A dataset: the folder that holds it, and its tables in the order of the data package."""

    folder: Path
    tables: tuple[TableSchema, ...]

    def table(self, name: str) -> TableSchema:
        """The table of that name; raises KeyError."""
        return {table.name: table for table in self.tables}[name]


def open_package(folder: Path) -> Package:
    """The dataset in `folder`; raises UsageError where there is none, or one that another program wrote."""
    path = folder / "datapackage.json"
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
        package = Package(folder, tuple(_table(resource) for resource in described["resources"]))
        package.table("documents")
    except FileNotFoundError as error:
        raise UsageError(f"No hay datos en {folder}: falta datapackage.json. Créelos con veedor run.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} no describe datos de veedor; vuelva a crearlos con veedor run.") from error
    return package


def _table(resource: dict[str, Any]) -> TableSchema:
    schema = resource["schema"]
    links = tuple(
        Link(tuple(k["fields"]), k["reference"]["resource"], tuple(k["reference"]["fields"]))
        for k in schema.get("foreignKeys", ())
    )
    columns = tuple(_column(field) for field in schema["fields"])
    return TableSchema(resource["name"], resource["description"], columns, tuple(schema["primaryKey"]), links)


def _column(field: dict[str, Any]) -> Column:
    constraints = field.get("constraints", {})
    return Column(
        field["name"],
        field["description"],
        Type(field["type"]),
        field.get("unit"),
        tuple(constraints.get("enum", ())),
        constraints.get("required", False),
    )


def row_count(package: Package, table: TableSchema) -> int:
    """How many rows the table has; raises UsageError as `batches` does."""
    with _parquet(package, table) as file:
        return int(file.metadata.num_rows)


def batches(package: Package, table: TableSchema) -> Iterator[pa.RecordBatch]:
    """The table's rows in the order written, a batch at a time; raises UsageError where they are gone."""
    with _parquet(package, table) as file:
        yield from file.iter_batches(BATCH_ROWS, columns=[c.name for c in table.columns])


def _parquet(package: Package, table: TableSchema) -> pq.ParquetFile:
    path = package.folder / f"{table.name}.parquet"
    try:
        file = pq.ParquetFile(path)
    except (FileNotFoundError, pa.ArrowInvalid) as error:
        raise UsageError(f"Falta {path}, o está dañado; vuelva a crear los datos con veedor run.") from error
    if missing := {c.name for c in table.columns} - set(file.schema_arrow.names):
        raise UsageError(f"{path.name} no es la que describe datapackage.json: le falta {', '.join(sorted(missing))}.")
    return file

"""The dataset's files: each table as Parquet and CSV, and the data package that describes them.

The same rows give the same bytes: fixed column order, fixed writer options, row groups of one size, no time and no
machine in any of them. Tables are written as their rows come, so that memory does not grow with them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import publish
from pipeline.results import columns_of
from pipeline.rows import Row, Rows, Value
from pipeline.schema import Column, TableSchema, Type
from pipeline.tables.every import TABLES

ARROW_TYPES = {
    Type.STRING: pa.string(),
    Type.INTEGER: pa.int32(),
    Type.NUMBER: pa.float64(),
    Type.BOOLEAN: pa.bool_(),
    Type.DATE: pa.date32(),
}
GROUP_ROWS = 32_768  # of a Parquet row group: some MiB compressed, and what a writer holds back of one table
STEP_ROWS = 2_048  # of those held back as Python's objects; divides both
PART_ROWS = 4_096  # the same of a partition: a dozen years of every table are open at once
BY_YEAR = "by_year"
NO_YEAR = "__HIVE_DEFAULT_PARTITION__"  # what readers of partitions take for null

TableColumns = Mapping[str, Sequence[Value]]


class Dataset:
    """The tables of `schemas`, open for writing in `folder`. `close` ends every file.

    `by_year`: whether Parquet is written once more, in folders by the year that a report is of.
    """

    def __init__(self, folder: Path, schemas: Sequence[TableSchema], *, by_year: bool = False) -> None:
        self.folder, self._by_year, self._open = folder, by_year, True
        self._schemas = {schema.name: schema for schema in schemas}
        self._tables = {schema.name: _Table(schema, folder) for schema in schemas}
        self._years: dict[tuple[str, Value], _Parquet] = {}

    def add(self, name: str, columns: TableColumns, year: Value = None) -> None:
        """Rows of a table, column by column; an empty text is null, for CSV cannot tell the two apart.

        `year`: the report's. Raises ValueError where the columns are not exactly the schema's.
        """
        schema = self._schemas[name]
        if columns.keys() != {c.name for c in schema.columns}:
            raise ValueError(f"{name}: columns differ: {sorted(columns.keys() ^ {c.name for c in schema.columns})}")
        values = [[None if v == "" else v for v in columns[c.name]] for c in schema.columns]
        self._tables[name].add(values)
        if self._by_year:
            self._part(schema, year).add(values)

    def add_rows(self, name: str, rows: Sequence[Row], year: Value = None) -> None:
        """The same, row by row."""
        if rows:
            self.add(name, columns_of(rows), year)

    def _part(self, schema: TableSchema, year: Value) -> _Parquet:
        key = (schema.name, year)
        if key not in self._years:
            part = self.folder / BY_YEAR / schema.name / f"report_year={NO_YEAR if year is None else year}"
            part.mkdir(parents=True)
            self._years[key] = _Parquet(schema, part / f"{schema.name}.parquet", PART_ROWS)
        return self._years[key]

    def close(self) -> None:
        """Ends the files and describes them; nothing the second time."""
        if not self._open:
            return
        self._open = False
        for table in self._tables.values():
            table.close()
        for part in self._years.values():
            part.close()
        text = json.dumps(datapackage(self._schemas.values()), ensure_ascii=False, indent=2)
        (self.folder / "datapackage.json").write_text(text + "\n", encoding="utf-8")


class _Parquet:
    """A Parquet file that grows by row groups of `group` rows, however its rows come."""

    def __init__(self, schema: TableSchema, path: Path, group: int = GROUP_ROWS) -> None:
        self._group, self._step = group, min(group, STEP_ROWS)
        self._fields = [pa.field(c.name, ARROW_TYPES[c.type], nullable=not c.required) for c in schema.columns]
        self._schema = pa.schema(self._fields)
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd", version="2.6")
        self._waiting: list[list[Value]] = [[] for _ in self._fields]
        self._packed: list[pa.Table] = []  # what waits longer: as Python's objects it takes ten times as much

    def add(self, values: Sequence[Sequence[Value]]) -> None:
        for waiting, column in zip(self._waiting, values, strict=True):
            waiting.extend(column)
        while len(self._waiting[0]) >= self._step:
            self._pack([column[: self._step] for column in self._waiting])
            self._waiting = [column[self._step :] for column in self._waiting]

    def _pack(self, values: Sequence[Sequence[Value]]) -> None:
        arrays = [pa.array(column, type=field.type) for column, field in zip(values, self._fields, strict=True)]
        self._packed.append(pa.Table.from_arrays(arrays, schema=self._schema))
        if len(self._packed) * self._step == self._group:
            self._write()

    def _write(self) -> None:
        self._writer.write_table(pa.concat_tables(self._packed).combine_chunks(), row_group_size=self._group)
        self._packed = []

    def close(self) -> None:
        if self._waiting[0]:
            self._pack(self._waiting)
        if self._packed:
            self._write()
        self._writer.close()


class _Table:
    """A table's two files. CSV is RFC 4180 in UTF-8: comma, CRLF, quotes where needed; null is an empty field."""

    def __init__(self, schema: TableSchema, folder: Path) -> None:
        self._parquet = _Parquet(schema, folder / f"{schema.name}.parquet")
        self._booleans = [column.type is Type.BOOLEAN for column in schema.columns]
        self._file = (folder / f"{schema.name}.csv").open("w", encoding="utf-8", newline="")
        self._csv = csv.writer(self._file, lineterminator="\r\n")
        self._csv.writerow([c.name for c in schema.columns])

    def add(self, values: Sequence[Sequence[Value]]) -> None:
        self._parquet.add(values)
        texts = [_words(column) if b else column for column, b in zip(values, self._booleans, strict=True)]
        self._csv.writerows(zip(*texts, strict=True))

    def close(self) -> None:
        self._parquet.close()
        self._file.close()


def _words(column: Sequence[Value]) -> list[Value]:
    return [None if value is None else "true" if value else "false" for value in column]


@contextmanager
def written(folder: Path, schemas: Sequence[TableSchema] = TABLES, *, by_year: bool = False) -> Iterator[Dataset]:
    """A dataset to be filled; it takes the place of the one in `folder` when all is written. Raises OSError.

    All is written aside first: a full disk leaves the dataset of an earlier run as it was.
    """
    with publish.published(folder) as aside:
        dataset = Dataset(aside, schemas, by_year=by_year)
        yield dataset
        dataset.close()


def write(folder: Path, schemas: Sequence[TableSchema], rows: Rows) -> None:
    """Writes every table of `schemas`, empty ones too, and `datapackage.json`; raises OSError, ValueError."""
    with written(folder, schemas) as dataset:
        for schema in schemas:
            dataset.add_rows(schema.name, rows.get(schema.name, []))


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

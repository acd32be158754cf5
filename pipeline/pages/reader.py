"""A dataset read back: a table row by row, or some documents at a time with their rows of all tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads

from pipeline.errors import UsageError
from pipeline.rows import Row, Rows

BATCH_ROWS = 8192
DOCUMENTS_AT_ONCE = 100  # their rows are in memory together: some 1,000 a report


class Reader:
    """The tables in `folder`. Raises UsageError where no run wrote there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        if not self.has("documents"):
            raise UsageError(f"{folder}: no hay datos de veedor (falta documents.parquet).")

    def has(self, table: str) -> bool:
        return self._path(table).is_file()

    def rows(self, table: str, columns: Sequence[str] | None = None) -> Iterator[Row]:
        """The table's rows in their order; none where the dataset has no such table."""
        for batch in self.batches(table, columns):
            yield from batch.to_pylist()

    def documents(self, columns: Sequence[str]) -> Iterator[Row]:
        """Rows of `documents`; those whose siblings settle whose they are, with that body and year."""
        told = ("document_id", "instancia_id", "instancia", "year", "state")
        series = (row for row in self.rows("series", told) if row.pop("state") == "settled")
        settled = {row["document_id"]: row for row in series}
        yield from (row | settled.get(row["document_id"], {}) for row in self.rows("documents", columns))

    def batches(self, table: str, columns: Sequence[str] | None = None, only: Any = None) -> Iterator[pa.RecordBatch]:
        """The rows that the expression `only` admits, some thousands at a time; of `columns` those that there are."""
        if not self.has(table):
            return
        source = pads.dataset(self._path(table), format="parquet")
        kept = None if columns is None else [c for c in columns if c in source.schema.names]
        yield from source.to_batches(columns=kept, filter=only, batch_size=BATCH_ROWS)

    def by_document(self, tables: Collection[str], wanted: Sequence[str]) -> Iterator[tuple[str, Rows]]:
        """Each document of `wanted`, in that order, with its rows of `tables`."""
        for first in range(0, len(wanted), DOCUMENTS_AT_ONCE):
            ids = list(wanted[first : first + DOCUMENTS_AT_ONCE])
            only = pc.field("document_id").isin(ids)
            rows: dict[str, Rows] = {document_id: {table: [] for table in tables} for document_id in ids}
            for table in tables:
                for batch in self.batches(table, only=only):
                    for row in batch.to_pylist():
                        rows[row["document_id"]][table].append(row)
            yield from rows.items()

    def _path(self, table: str) -> Path:
        return self._folder / f"{table}.parquet"

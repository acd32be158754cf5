"""What became of damaged files in a dataset, against what the sound ones say: nothing wrong may be sure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.rows import Row

READ = {  # table → columns that hold what was read; their rows stand in a damaged file as in a sound one
    "sessions": ("date", "quarter"),
    "attendees": ("sector_id", "entity_id", "role", "total_printed"),
    "attendance": ("mark",),
    "functions": ("scope", "text", "addressed_printed"),
    "function_sessions": ("mark",),
    "norms": ("kind", "number", "date"),
    "publications": ("published",),
    "signatories": ("name", "signs_as"),
}
SCANNED = ("scans_", "giant_")  # texts of scans are spelled as the engine spells them: only closed vocabularies count
SPELLED = frozenset({"text", "name"})


class Dataset:
    """A run's tables, each row with its document's source."""

    def __init__(self, out: Path) -> None:
        self.documents = {str(d["source"]): d for d in pq.read_table(out / "documents.parquet").to_pylist()}
        self._tables = {name: pq.read_table(out / f"{name}.parquet").to_pylist() for name in READ}

    def rows(self, source: str, table: str) -> list[Row]:
        document = self.documents[source]["document_id"]
        return [row for row in self._tables[table] if row["document_id"] == document]

    def silent(self, source: str, sound: str) -> Iterator[str]:
        """Each value of `source` that is sure and not what `sound` says, and each table with rows lost unsaid."""
        if self.documents[source]["status"] == "failed":
            return
        for table, columns in READ.items():
            found, truth = self.rows(source, table), self.rows(sound, table)
            if len(found) < len(truth):
                yield f"{table}: {len(found)} rows of {len(truth)}"
                continue
            for row, true in zip(found, truth, strict=False):
                for column in columns:
                    spelled = column in SPELLED and source.startswith(SCANNED)
                    if not row["needs_review"] and not spelled and row[column] != true[column]:
                        yield f"{table}: {column} {row[column]!r} instead of {true[column]!r}"

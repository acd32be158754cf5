"""The history told anew from the tables of a dataset, which takes the place of what stood there.

The tables are read once, in their order, and each document's rows kept aside on disk by document, for the history asks
for them body by body. `findings`, `history` and `attendance_rates` are then written aside and moved into place as one.
"""

from __future__ import annotations

import json
import os
import pickle
import shutil
import sqlite3
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pyarrow.parquet as pq

from pipeline import files, ledger, publish
from pipeline.errors import UsageError
from pipeline.history.record import Terms, told
from pipeline.rows import Row, Value
from pipeline.tables.every import TABLES
from pipeline.tables.remarks import FINDINGS
from pipeline.tables.series import SERIES_TABLES
from pipeline.warehouse import table_files

READ = ("documents", "sessions", "attendees", "attendance", "functions", "function_sessions", "signatories", "sections",
        "residuals", "findings")  # fmt: skip
WRITTEN = (FINDINGS, *SERIES_TABLES)
TOLD = ("HISTORY_CONFLICT", "MISSING_REPORT")
BATCH_ROWS = 8192


@dataclass(frozen=True, slots=True)
class Summary:
    """What the history holds. `uncertain`: attendances for review; `settled`: settled by another report; `left_out`:
    marks in columns whose session nothing settles; `asked`: findings that wait for a reading."""

    attendances: int
    settled: int
    uncertain: int
    left_out: int
    asked: int
    findings: Counter[str]


class _Shelf:
    """Documents' rows on disk, in a file that ends with the connection."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("")
        self._base.execute("CREATE TABLE kept (document TEXT, name TEXT, rows BLOB)")

    def fill(self, out: Path) -> None:
        for name in READ:
            rows = groupby(_rows(out, name), key=lambda row: row["document_id"])
            kept = ((document, name, zlib.compress(pickle.dumps(list(some)), 1)) for document, some in rows)
            self._base.executemany("INSERT INTO kept VALUES (?, ?, ?)", kept)
        self._base.execute("CREATE INDEX of_document ON kept (document, name)")

    def rows(self, document: Row, name: str) -> list[Row]:
        query = "SELECT rows FROM kept WHERE document = ? AND name = ? ORDER BY rowid"
        found = self._base.execute(query, (document["document_id"], name))
        return [row for (data,) in found for row in pickle.loads(zlib.decompress(data))]

    def __enter__(self) -> _Shelf:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()


def retell(out: Path, terms: Terms) -> Summary:
    """Writes the history of the dataset in `out` anew. Raises UsageError where there is none, OSError."""
    if not table_files(out, "documents"):
        raise UsageError(f"{out}: no hay datos de veedor (falta documents.parquet).")
    with publish.published(out) as aside, _Shelf() as shelf:
        shelf.fill(out)
        dataset = files.Dataset(aside, WRITTEN, by_year=(out / files.BY_YEAR).exists())
        summary = _written(out, dataset, shelf, terms)
        dataset.close()
        described = json.dumps(files.datapackage(TABLES), ensure_ascii=False, indent=2)
        (aside / "datapackage.json").write_text(described + "\n", encoding="utf-8")
        _keep_years(out, aside)
        _note(out, aside)
    return summary


def _written(out: Path, dataset: files.Dataset, shelf: _Shelf, terms: Terms) -> Summary:
    found: dict[Value, list[Row]] = defaultdict(list)
    said: Counter[str] = Counter()
    for part in told(_rows(out, "documents"), shelf.rows, terms):
        for finding in part.pop("findings", ()):
            found[finding["document_id"]].append(finding)
        for name, rows in part.items():
            for year, some in groupby(rows, key=lambda row: row["year"]):
                dataset.add_rows(name, list(some), year)
        said["attendances"] += len(part.get("history", ()))
        said["settled"] += sum(row["settled_by"] is not None for row in part.get("history", ()))
        said["uncertain"] += sum(bool(row["needs_review"]) for row in part.get("history", ()))
        said["asked"] += len(part.get("questions", ()))
        said["left_out"] += sum(_left_out(row) for row in part.get("attendance_rates", ()))
    codes = Counter(str(finding["code"]) for some in found.values() for finding in some)
    _write_findings(out, dataset, shelf, (found, _codes(terms)))
    return Summary(said["attendances"], said["settled"], said["uncertain"], said["left_out"], said["asked"], codes)


def _left_out(rate: Row) -> int:
    return int(str(rate["left_out"])) if rate["level"] == "body" else 0


def _codes(terms: Terms) -> set[str]:
    """What the history finds, and nothing else does."""
    return {*TOLD, *(rule.id for rule in terms.rules.every)}


def _write_findings(
    out: Path, dataset: files.Dataset, shelf: _Shelf, told: tuple[dict[Value, list[Row]], set[str]]
) -> None:
    """Each document's findings, those of its own first, numbered anew."""
    found, codes = told
    names: dict[Value, set[Value]] = defaultdict(set)
    years: dict[Value, Value] = {}
    for document in _rows(out, "documents"):
        names[document["document_id"]].add(document["source"])
        years.setdefault(document["document_id"], document["year"])
    for document_id, year in years.items():
        own = [
            row
            for row in shelf.rows({"document_id": document_id}, "findings")
            if row["code"] not in codes and (row["code"] != "DUPLICATE_REPORT" or row["item"] in names[document_id])
        ]
        rows = [dict.fromkeys(c.name for c in FINDINGS.columns) | row for row in (*own, *found.get(document_id, ()))]
        for i, row in enumerate(rows, start=1):
            row["finding"] = i
        dataset.add_rows("findings", rows, year)


def _rows(out: Path, name: str) -> Iterator[Row]:
    for path in table_files(out, name):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(BATCH_ROWS):
                yield from batch.to_pylist()


def _keep_years(out: Path, aside: Path) -> None:
    """The partitions of the tables that stay as they are, beside those written anew."""
    written = {schema.name for schema in WRITTEN}
    for part in (out / files.BY_YEAR).iterdir() if (out / files.BY_YEAR).exists() else ():
        if part.name not in written:
            shutil.copytree(part, aside / files.BY_YEAR / part.name, copy_function=os.link)


def _note(out: Path, aside: Path) -> None:
    """Brings `run.json` up to date; the next run writes its own dataset again where this is another."""
    record = ledger.load(out)
    if "dataset" not in record:
        return
    dataset = record["dataset"]
    digests = dataset["files"] | ledger.digests(aside)
    if digests != dataset["files"]:
        dataset |= {"signature": None, "files": digests}
        dataset["tables"] |= {s.name: pq.read_metadata(aside / f"{s.name}.parquet").num_rows for s in WRITTEN}
        dataset["totals"]["findings"] = dataset["tables"]["findings"]
    ledger.write(aside / ledger.RUN, record)

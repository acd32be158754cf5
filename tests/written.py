"""Datasets written from hand-made reports and changed by hand, for what reads a run's folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dictionaries.load import load
from parsers.records import Report
from pipeline import dataset, files
from pipeline.dimensions import dictionary_rows
from pipeline.rows import Row
from pipeline.sources import Source
from pipeline.tables.every import REPORT_TABLES, TABLES

dictionary = cache(load)


def write(out: Path, *reports: tuple[Source, Report]) -> Path:
    """The tables of these reports, as a run writes them."""
    documents = [dataset.report_rows(source, report) for source, report in reports]
    rows = {t.name: [row for some in documents for row in some.get(t.name, ())] for t in REPORT_TABLES}
    dataset.number_findings(rows)
    files.write(out, TABLES, rows | dictionary_rows(dictionary()))
    return out


def change(out: Path, table: str, edit: Callable[[list[Row]], Iterable[Row]]) -> None:
    """Rewrites a table of a run as `edit` leaves its rows."""
    path = out / f"{table}.parquet"
    read = pq.read_table(path)
    pq.write_table(pa.Table.from_pylist(list(edit(read.to_pylist())), schema=read.schema), path)

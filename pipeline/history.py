"""What only a series of reports shows: one record of attendance out of many printings, and what contradicts it.

Every quarter's report prints the year so far again, so that the same attendance stands in up to four scans. One year of
a body is told at a time: its sessions joined (`history_sessions`), its seats (`history_seats`), what the printings of
each attendance say together (`history_consensus`, `history_rows`), what a later report changes (`history_changes`),
rates (`history_rates`); then the body's series (`history_series`). As within a report, a finding rests on values read
beyond doubt: doubtful ones wait.

    for part in told(documents, rows_of):      # {"findings": [...], "history": [...], "attendance_rates": [...]}
        ...

An archive does not fit into memory: `documents`, rows of that table, are seen once, and only KEPT columns stay; the
rest comes from `rows_of(document, table)`, at the cost of loading the document, for all of one before the next; rows of
one body and year at most are kept. A part's rows go into their tables in the order given; findings are still without
their numbers, in the order in which those of one document are numbered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from parsers.calibration import RISK, shipped
from pipeline.dataset import Row, Rows
from pipeline.history_changes import conflicts
from pipeline.history_facts import KEPT, Printed, RowsOf, is_placed, printed
from pipeline.history_rates import Rates
from pipeline.history_rows import history_rows
from pipeline.history_seats import seats
from pipeline.history_series import Filed, duplicates, filed, missing
from pipeline.history_sessions import joined


def told(documents: Iterable[Row], rows_of: RowsOf, *, risk: float = RISK) -> Iterator[Rows]:
    """What all reports together tell. `risk`: as of the run, of an accepted value that is wrong, 0..1."""
    least, rates = shipped().threshold(risk), Rates()
    for _, body in groupby(_series(documents), key=lambda d: d["instancia_id"]):
        series: list[Filed] = []
        for _, year in groupby(body, key=lambda d: d["year"]):
            reports = sorted((printed(document, rows_of) for document in year), key=_order)
            series += map(filed, reports)
            yield _of_year(reports, rates, least)
        yield {"findings": [*missing(series), *duplicates(series)]}
    yield {"attendance_rates": rates.over_all()}


def _series(documents: Iterable[Row]) -> list[Row]:
    """Each report whose body and period are beyond doubt, once, by body and year."""
    known = {d["document_id"]: {name: d[name] for name in KEPT} for d in documents if is_placed(d)}
    return sorted(known.values(), key=lambda d: (str(d["instancia_id"]), str(d["year"]), str(d["document_id"])))


def _order(report: Printed) -> tuple[int, int, str]:
    return (*report.rank, str(report.document["document_id"]))


def _of_year(reports: list[Printed], rates: Rates, least: float) -> Rows:
    year, taken = joined(reports), seats(reports)
    history = list(history_rows(year, taken, least))
    return {
        "findings": list(conflicts(year, taken)),
        "history": history,
        "attendance_rates": rates.add(history, year, taken),
    }

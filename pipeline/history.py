"""What only a series of reports shows: attendance that a later report tells otherwise, reports missing, periods twice.

Every quarter's report prints the year so far again, so that the same attendance stands in up to four scans. As within a
report, a finding rests on values read beyond doubt: doubtful ones wait.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby, pairwise
from typing import NamedTuple, cast

from parsers.findings import SEVERITIES, SHORT_OF_SURE
from pipeline import tables
from pipeline.dataset import Row, Rows, Value, ground

QUARTERS = 4
RowsOf = Callable[[Row, str], list[Row]]
KEPT = ("document_id", "source", "instancia_id", "instancia", "year", "quarter")  # of the row of `documents`
PLACE = tuple(column.name for column in tables.PLACE)
FIRM = 0.94  # probability of a value that is for review for no other reason
_DOUBTS_OF_THE_PERIOD = ("instancia", "year", "period")  # a document's review reasons that begin so


class Seat(NamedTuple):
    """Whose attendance at what: the same in every report of a body and year. `role` tells two seats of one entity."""

    instancia_id: Value
    year: Value
    session: Value
    entity_id: Value
    role: Value


def told(documents: Iterable[Row], rows_of: RowsOf) -> Iterator[Rows]:
    """What all reports together tell: parts of the tables that come of it, to be joined in the order given.

    Findings are rows of the `findings` table, still without their numbers, in the order in which those of one document
    are numbered. An archive does not fit into memory: `documents`, the rows of that table, are seen once, and only
    the columns kept that are needed (`KEPT`); `rows_of(document, table)` gives a document's rows of a table, at the
    cost of loading the document: ask for all of one before the next, and keep the rows of one body and year at most.
    """
    reports = _series(documents)
    for _, some in groupby(reports, key=lambda d: (d["instancia_id"], d["year"])):
        yield {"findings": list(_conflicts(list(some), rows_of))}
    yield {"findings": [*_missing(reports), *_duplicates(reports)]}


def _series(documents: Iterable[Row]) -> list[Row]:
    """Each report whose body and quarter are beyond doubt, once, by body and in the order of their quarters."""
    known = {d["document_id"]: {name: d[name] for name in KEPT} for d in documents if _is_placed(d)}
    return sorted(known.values(), key=lambda d: (str(d["instancia_id"]), _index(d), str(d["document_id"])))


def _is_placed(document: Row) -> bool:
    reasons = str(document["review_reason"] or "").split(";")
    placed = document["status"] != "failed" and None not in (
        document["instancia_id"],
        document["year"],
        document["quarter"],
    )
    doubted = any(reason.startswith(_DOUBTS_OF_THE_PERIOD) for reason in reasons)
    return placed and (not doubted or (cast(float | None, document["confidence"]) or 0.0) >= FIRM)


def _index(document: Row) -> int:
    """Quarters since the year 0."""
    return QUARTERS * cast(int, document["year"]) + cast(int, document["quarter"]) - 1


def _period(index: int) -> str:
    return f"{index // QUARTERS}-T{index % QUARTERS + 1}"


def _finding(code: str, document: Row, message: str, place: Row | None = None, **where: Value) -> Row:
    row: Row = dict.fromkeys(column.name for column in tables.FINDINGS.columns)
    row |= {"document_id": document["document_id"], "code": code, "severity": SEVERITIES[code], "message": message}
    row |= ground(code)
    return row | where | {"needs_review": False} | {name: place[name] for name in PLACE if place}


# ---------------------------------------------------------------- attendance told otherwise


def _conflicts(reports: Sequence[Row], rows_of: RowsOf) -> Iterator[Row]:
    """Marks that an earlier report of the same body and year prints otherwise, each on the later report."""
    told: dict[Seat, list[tuple[Row, Row]]] = defaultdict(list)
    for document in reports:
        for cell in _clear_cells({name: rows_of(document, name) for name in ("attendees", "sessions", "attendance")}):
            told[_seat(document, cell)].append((document, cell))
    order = {d["document_id"]: i for i, d in enumerate(reports)}
    found = [(order[late["document_id"]], late, cell, early) for late, cell, early in _contradicted(told.values())]
    for _, late, cell, early in sorted(found, key=lambda f: (f[0], f[2]["row"], f[2]["column"])):
        yield _finding("HISTORY_CONFLICT", late, _conflict_message(cell, early), cell,
                       table="attendance", row=cell["row"], column=cell["column"])  # fmt: skip


def _clear_cells(rows: Rows) -> list[Row]:
    """A document's SI and NO whose mark, entity and session date are all beyond doubt."""
    seats = [r for r in rows["attendees"] if r["entity_id"] is not None and not r["needs_review"]]
    sessions = [r for r in rows["sessions"] if r["matrix"] == "attendance" and r["date"] and _is_dated(r)]
    clear_rows, clear_columns = {r["row"] for r in seats}, {r["column"] for r in sessions}
    return _told_once([
        cell
        for cell in rows["attendance"]
        if cell["row"] in clear_rows
        and cell["column"] in clear_columns
        and cell["mark"] in ("SI", "NO")
        and not cell["needs_review"]
    ])  # fmt: skip


def _is_dated(session: Row) -> bool:
    likely = (cast(float | None, session["confidence"]) or 0.0) >= FIRM
    return not session["needs_review"] or (session["review_reason"] in SHORT_OF_SURE and likely)


def _told_once(cells: Sequence[Row]) -> list[Row]:
    """Without the cells of an entity that has two rows with one role: nothing tells which is which elsewhere."""
    seats = Counter((c["session_date"], c["entity_id"], c["role"]) for c in cells)
    return [c for c in cells if seats[c["session_date"], c["entity_id"], c["role"]] == 1]


def _seat(document: Row, cell: Row) -> Seat:
    return Seat(document["instancia_id"], document["year"], cell["session_date"], cell["entity_id"], cell["role"])


def _contradicted(told: Iterable[Sequence[tuple[Row, Row]]]) -> Iterator[tuple[Row, Row, Row]]:
    """(later report, its cell, the last earlier report that says otherwise) of each seat."""
    for printings in told:
        for late, cell in printings:
            others = [d for d, c in printings if _index(d) < _index(late) and c["mark"] != cell["mark"]]
            if others:
                yield late, cell, max(others, key=lambda d: (_index(d), str(d["document_id"])))


def _conflict_message(cell: Row, early: Row) -> str:
    other = "NO" if cell["mark"] == "SI" else "SI"
    day = cast(date, cell["session_date"])
    return (
        f"«{cell['entity']}», sesión del {day:%d/%m/%Y}: este informe dice {cell['mark']} y el del periodo "
        f"{_period(_index(early))} («{early['source']}») decía {other}."
    )


# ---------------------------------------------------------------- the series


def _missing(reports: Sequence[Row]) -> Iterator[Row]:
    """Quarters between two reports of a body that no report covers, on the report after the gap."""
    for before, after in pairwise(reports):
        if before["instancia_id"] != after["instancia_id"]:
            continue
        for index in range(_index(before) + 1, _index(after)):
            message = f"No está el informe del periodo {_period(index)} de «{after['instancia']}»."
            yield _finding("MISSING_REPORT", after, message, table="documents", item=_period(index))


def _duplicates(reports: Sequence[Row]) -> Iterator[Row]:
    """Reports of a body and quarter that an earlier file reports already."""
    for before, after in pairwise(reports):
        if before["instancia_id"] == after["instancia_id"] and _index(before) == _index(after):
            message = f"«{before['source']}» informa el mismo periodo {_period(_index(after))} de la misma instancia."
            yield _finding("DUPLICATE_REPORT", after, message, table="documents", item=str(before["source"]))

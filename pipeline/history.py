"""What only a series of reports shows: attendance that a later report tells otherwise, reports missing, periods twice.

Every quarter's report prints the year so far again, so that the same attendance stands in up to four scans. As within a
report, a finding rests on values read beyond doubt: doubtful ones wait.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple, cast

from parsers.findings import SEVERITIES, SHORT_OF_SURE
from pipeline import tables
from pipeline.dataset import Row, Rows, Value

QUARTERS = 4
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


def findings(rows: Rows) -> list[Row]:
    """The findings of all reports together, as rows of the `findings` table, still without their numbers."""
    reports = _series(rows["documents"])
    return [*_conflicts(reports, rows), *_missing(reports), *_duplicates(reports)]


def _series(documents: Iterable[Row]) -> list[Row]:
    """Each report whose body and quarter are beyond doubt, once, by body and in the order of their quarters."""
    known = {d["document_id"]: d for d in documents if _is_placed(d)}
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
    return row | where | {"needs_review": False} | {name: place[name] for name in PLACE if place}


# ---------------------------------------------------------------- attendance told otherwise


def _conflicts(reports: Sequence[Row], rows: Rows) -> Iterator[Row]:
    """Marks that an earlier report of the same body and year prints otherwise, each on the later report."""
    documents = {d["document_id"]: d for d in reports}
    told: dict[Seat, list[tuple[Row, Row]]] = defaultdict(list)
    for document_id, cells in _clear_cells(rows).items():
        if document := documents.get(document_id):
            for cell in cells:
                told[_seat(document, cell)].append((document, cell))
    order = {d["document_id"]: i for i, d in enumerate(reports)}
    found = [(order[late["document_id"]], late, cell, early) for late, cell, early in _contradicted(told.values())]
    for _, late, cell, early in sorted(found, key=lambda f: (f[0], f[2]["row"], f[2]["column"])):
        yield _finding("HISTORY_CONFLICT", late, _conflict_message(cell, early), cell,
                       table="attendance", row=cell["row"], column=cell["column"])  # fmt: skip


def _clear_cells(rows: Rows) -> dict[Value, list[Row]]:
    """Each document's SI and NO whose mark, entity and session date are all beyond doubt."""
    seats = [r for r in rows["attendees"] if r["entity_id"] is not None and not r["needs_review"]]
    sessions = [r for r in rows["sessions"] if r["matrix"] == "attendance" and r["date"] and _is_dated(r)]
    clear_rows = {(r["document_id"], r["row"]) for r in seats}
    clear_columns = {(r["document_id"], r["column"]) for r in sessions}
    cells: dict[Value, list[Row]] = defaultdict(list)
    for cell in rows["attendance"]:
        document_id = cell["document_id"]
        clear = (document_id, cell["row"]) in clear_rows and (document_id, cell["column"]) in clear_columns
        if clear and cell["mark"] in ("SI", "NO") and not cell["needs_review"]:
            cells[document_id].append(cell)
    return {document_id: _told_once(some) for document_id, some in cells.items()}


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

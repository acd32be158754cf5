"""Rows of `history`: every seat at every session of a body's year, with what its printings say together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.history.chain import Said
from pipeline.history.consensus import MARKS, Reading, consensus
from pipeline.history.facts import PLACE, integer, number
from pipeline.history.seats import Seat
from pipeline.history.sessions import Session, Year
from pipeline.rows import CONFIDENCE_DECIMALS, Row


def history_rows(year: Year, seats: Sequence[Seat], least: float) -> Iterator[Row]:
    """By session, then by seat. `least`: the probability from which no person need look."""
    for n, session in enumerate(year.sessions, start=1):
        for m, seat in enumerate(seats, start=1):
            if row := _row(year, session, seat, least):
                yield {**_of_body(year), "session": n, "session_date": session.day, "quarter": session.quarter,
                       "seat": m, **_of_seat(seat), **row}  # fmt: skip


def _of_body(year: Year) -> Row:
    document = year.reports[-1].document
    return {name: document[name] for name in ("instancia_id", "instancia", "year")}


def _of_seat(seat: Seat) -> Row:
    line = seat.last
    return {"sector_id": line["sector_id"], "sector": line["sector"], "entity_id": line["entity_id"],
            "entity": seat.name, "role": seat.role}  # fmt: skip


def _row(year: Year, session: Session, seat: Seat, least: float) -> Row | None:
    """What the printings say together, and the last that says it; None where no report prints that cell."""
    cells = []
    for i in sorted(session.columns.keys() & seat.lines.keys()):
        place = (integer(seat.lines[i]["row"]), integer(session.columns[i]["column"]))
        if cell := year.reports[i].at.get(place):
            cells.append((i, cell))
    if not cells:
        return None
    found = consensus([_reading((session, seat), i, year.reports[i].placed, cell) for i, cell in cells], least)
    doubts = [found.doubt, None if seat.sure else "entity_uncertain", "seats_alike" if seat.alike else None]
    reason = ";".join(filter(None, doubts)) or None
    shown = next((c for _, c in reversed(cells) if c["mark"] == found.mark), cells[-1][1])
    return {
        "mark": found.mark,
        "attended": {"SI": True, "NO": False}.get(found.mark or ""),
        "printings": len(cells),
        "agreement": _rounded(found.agreement),
        "documents": ";".join(str(c["document_id"]) for _, c in cells),
        "settled_by": ";".join(found.settled_by) or None,
        "confidence": _rounded(found.confidence),
        "needs_review": reason is not None,
        "review_reason": reason,
        **{name: shown[name] for name in ("document_id", "row", "column", *PLACE)},
    }


def _reading(of: tuple[Session, Seat], report: int, placed: float, cell: Row) -> Reading:
    """A cell whose report, column or row its siblings placed may be readable, and is no clear reading of that seat."""
    session, seat = of
    certain = placed == 1 and report in session.dates and report in seat.sure
    said = Said(cell["mark"], number(cell["confidence"]), placed * session.sure(report) * seat.likely(report))
    mark = None if cell["mark"] is None else str(cell["mark"])
    readable = not cell["needs_review"]
    return Reading(mark, said.sure(len(MARKS)), readable, certain and readable, str(cell["document_id"]))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, CONFIDENCE_DECIMALS)

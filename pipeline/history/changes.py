"""What a later report of a body and year prints otherwise than an earlier one: HISTORY_CONFLICT, with both places.

Everything compared is beyond doubt in both reports: marks, whose row it is, roles, dates. A row is missing for sure
only where no row of that report is in doubt. A mark is reported in every later report that contradicts an earlier one;
a row, a role or a date where it changes, in a report that has a session of the one before: two that share none are not
one account told twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.history.facts import (
    Printed,
    day,
    elsewhere,
    finding,
    has_role,
    integer,
    is_clear,
    is_named,
    page_of,
    runs,
)
from pipeline.history.seats import Seat
from pipeline.history.sessions import Session, Year, is_sure
from pipeline.rows import Row

CODE = "HISTORY_CONFLICT"
# of a row that comes or goes: a norm may say so
WARNING: Row = {"severity": "warning", "rule": "C20", "rule_source": "I"}


def conflicts(year: Year, seats: Sequence[Seat]) -> Iterator[Row]:
    """All of them, report by report: marks by row and column, then roles, rows and dates."""
    marks = sorted(_marks(year, seats), key=lambda f: (f[0], f[1]["row"], f[1]["column"]))
    yield from (found for _, found in marks)
    order = {id(report): i for i, report in enumerate(year.reports)}
    for early, late in runs(year.reports):
        pair = (order[id(early)], order[id(late)])
        if any(session.columns.keys() >= set(pair) for session in year.sessions):
            yield from _roles(year, seats, pair)
            yield from _rows(year, seats, pair)
            yield from _dates(year, pair)


# ---------------------------------------------------------------- marks


def _marks(year: Year, seats: Sequence[Seat]) -> Iterator[tuple[int, Row]]:
    """(place of the later report in the year, finding)"""
    for session in year.sessions:
        for seat in seats:
            told = [(i, cell) for i in sorted(session.dates) if (cell := _clear(year, session, seat, i))]
            for n, (i, cell) in enumerate(told):
                earlier = [
                    (j, other)
                    for j, other in told[:n]
                    if year.reports[j].rank < year.reports[i].rank
                    and other["mark"] != cell["mark"]
                    and session.dates[j] == session.dates[i]
                ]
                if earlier:
                    yield i, _mark(year, seat, session, (i, cell), earlier[-1])


def _clear(year: Year, session: Session, seat: Seat, report: int) -> Row | None:
    """The seat's SI or NO at the session in that report, if all of it is beyond doubt."""
    if seat.alike or report not in seat.sure or report not in seat.lines:
        return None
    place = (integer(seat.lines[report]["row"]), integer(session.columns[report]["column"]))
    cell = year.reports[report].at.get(place)
    return cell if cell is not None and is_clear(cell) and cell["mark"] != "-" else None


def _mark(year: Year, seat: Seat, session: Session, late: tuple[int, Row], early: tuple[int, Row]) -> Row:
    (i, cell), (j, other) = late, early
    after, before = year.reports[i], year.reports[j]
    message = f"«{seat.name}», sesión del {day(session.dates[i])}: este informe, {after.name}{page_of(cell)}, dice "
    message += f"{cell['mark']}; el de {before.name}{page_of(other)} decía {other['mark']}."
    return finding(CODE, after.document, message, cell, table="attendance", row=cell["row"], column=cell["column"],
                   **elsewhere(before.document, other))  # fmt: skip


# ---------------------------------------------------------------- roles, rows, dates


def _roles(year: Year, seats: Sequence[Seat], pair: tuple[int, int]) -> Iterator[Row]:
    i, j = pair
    before, after = year.reports[i], year.reports[j]
    for seat in seats:
        if seat.alike or not {i, j} <= seat.sure:
            continue
        old, new = seat.lines[i], seat.lines[j]
        if has_role(old) and has_role(new) and old["role"] != new["role"]:
            message = f"«{seat.name}»: en este informe, {after.name}{page_of(new)}, su rol es {new['role']}; en el de "
            message += f"{before.name}{page_of(old)} era {old['role']}."
            yield finding(CODE, after.document, message, new, table="attendees", row=new["row"], item="role",
                          **elsewhere(before.document, old))  # fmt: skip


def _rows(year: Year, seats: Sequence[Seat], pair: tuple[int, int]) -> Iterator[Row]:
    """Seats that only one of two reports has; that a row is not there is sure where every row is.

    An unknown entity that one of them alone has may be the other's known one, misread: then nothing is sure.
    """
    i, j = pair
    before, after = year.reports[i], year.reports[j]
    one_sided = [s for s in seats if (i in s.lines) != (j in s.lines)]
    if not (_is_whole(before) and _is_whole(after)) or any(s.last["entity_id"] is None for s in one_sided):
        return
    for seat in one_sided:
        if seat.alike:
            continue
        if i in seat.sure and j not in seat.lines:
            old = seat.lines[i]
            message = f"«{seat.name}» no está en este informe, {after.name}; en el de {before.name}{page_of(old)} "
            message += f"ocupa la fila {old['row']}."
            yield finding(CODE, after.document, message, None, table="attendees", item=seat.name,
                          **WARNING, **elsewhere(before.document, old))  # fmt: skip
        if j in seat.sure and i not in seat.lines:
            new = seat.lines[j]
            message = f"«{seat.name}» ocupa la fila {new['row']} de este informe, {after.name}{page_of(new)}; en el de "
            message += f"{before.name} no está."
            yield finding(CODE, after.document, message, new, table="attendees", row=new["row"], item="row",
                          **WARNING, **elsewhere(before.document, None))  # fmt: skip


def _is_whole(report: Printed) -> bool:
    """Whether the report shows for sure all that sit in the body: whose each row is, is beyond doubt."""
    return bool(report.lines) and all(map(is_named, report.lines))


def _dates(year: Year, pair: tuple[int, int]) -> Iterator[Row]:
    """Sessions that the later report dates otherwise, or no longer has."""
    i, j = pair
    before, after = year.reports[i], year.reports[j]
    for session in year.sessions:
        old = session.columns.get(i)
        if old is None or not is_sure(old):
            continue
        if (new := session.columns.get(j)) and is_sure(new) and session.dates[j] != session.dates[i]:
            message = f"Columna {new['column']}: este informe, {after.name}{page_of(new)}, fecha la sesión el "
            message += f"{day(session.dates[j])}; el de {before.name}{page_of(old)}, el {day(session.dates[i])}."
            yield finding(CODE, after.document, message, new, table="sessions", column=new["column"], item="date",
                          **elsewhere(before.document, old))  # fmt: skip
        if new is None and _all_dated(before) and _all_dated(after):
            message = f"La sesión del {day(session.dates[i])} no está en este informe, {after.name}; el de "
            message += f"{before.name}{page_of(old)} la tiene en la columna {old['column']}."
            yield finding(CODE, after.document, message, None, table="sessions", item=day(session.dates[i]),
                          **elsewhere(before.document, old))  # fmt: skip


def _all_dated(report: Printed) -> bool:
    """Whether nobody need look at any of the report's columns, so that what it does not have can be told."""
    return bool(report.held) and not any(column["needs_review"] for column in report.columns)

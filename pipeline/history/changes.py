"""What a later report of a body and year prints otherwise than an earlier one: HISTORY_CONFLICT, with both places.

Marks, whose row it is, roles, dates: what is beyond doubt in both reports is a change for certain. Of the rest it is
told how likely the two papers differ, by all printings of the year (`pipeline.history.chain`): a doubtful value which
contradicts one report is most likely a misreading; that others confirm it makes it a change. A row is missing for sure
only where no row of that report is in doubt. A mark is reported in every later report that contradicts an earlier one;
a row, a role or a date where it changes, in a report that has a session of the one before: two that share none are not
one account told twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import pairwise
from typing import cast

from parsers.findings import FIRM
from pipeline.history.chain import Difference, Said, difference
from pipeline.history.consensus import MARKS
from pipeline.history.facts import (
    Printed,
    day,
    elsewhere,
    finding,
    has_role,
    integer,
    is_clear,
    number,
    once,
    page_of,
)
from pipeline.history.seats import Seat
from pipeline.history.sessions import Session, Year, is_sure
from pipeline.rows import CONFIDENCE_DECIMALS, Row, Value

CODE = "HISTORY_CONFLICT"
# of a row that comes or goes: a norm may say so
WARNING: Row = {"severity": "warning", "rule": "C20", "rule_source": "I"}
WHOLE = 0.9  # that a row of a report which failed was read: of 97 in drawn scans 88 were
ROLES = ("P", "S", "I", "IP", "O")
TOLD_MARKS = ("SI", "NO")
Pair = tuple[int, int]  # places of two reports in the year, the earlier first
UNREAD = "?"  # stands for every day that no report was read to print


@dataclass(frozen=True)
class Change:
    """A change as a row of `findings`, and how likely it is, 0..1: 1 where nothing that it rests on is in doubt.

    `unread`: the report's own value could not be read at all, so that only others say what it prints.
    """

    row: Row
    probability: float = 1.0
    unread: bool = False

    @property
    def finding(self) -> Row:
        """The row; with its confidence, which the message says too, where a value that it rests on is in doubt."""
        if self.probability == 1:
            return self.row
        sure = f"{self.probability:.2f}".replace(".", ",")
        message = (
            f"{self.row['message']} Algún valor está por revisar; con los demás informes del año es seguro al {sure}."
        )
        return self.row | {"message": message, "confidence": round(self.probability, CONFIDENCE_DECIMALS)}

    @property
    def is_told(self) -> bool:
        """Whether it is a finding, as likely as others are that rest on values in doubt."""
        return self.probability >= FIRM and not self.unread


def conflicts(year: Year, seats: Sequence[Seat]) -> Iterator[Change]:
    """All of them, however likely, report by report: marks by row and column, then roles, rows and dates."""
    placed = {report.document["document_id"]: report.placed for report in year.reports}
    for change in _conflicts(year, seats):
        both = placed[change.row["document_id"]] * placed[change.row["other_document_id"]]
        yield replace(change, probability=change.probability * both)


def _conflicts(year: Year, seats: Sequence[Seat]) -> Iterator[Change]:
    """As if each report were beyond doubt where it is placed."""
    marks = sorted(_marks(year, seats), key=lambda f: (f[0], f[1].row["row"], f[1].row["column"]))
    yield from (found for _, found in marks)
    kept = once(year.reports)
    for seat in seats:
        told = [i for i in kept if i in seat.lines and seat.lines[i]["role"] in ROLES]
        sure = [i for i in told if i in seat.sure and has_role(seat.lines[i])]
        yield from _stepwise(partial(_role, year, seat), _together(year, told), _together(year, sure))
    whole = {i: _whole(year, seats, i) for i in kept if year.reports[i].lines}
    for seat in seats:
        sure = [i for i in whole if i in seat.sure or (i not in seat.lines and whole[i] == 1)]
        yield from _stepwise(
            partial(_row, year, (seats, seat), whole), _together(year, [*whole]), _together(year, sure)
        )
    for pair in _together(year, kept):
        yield from _gone(year, pair)
    for session in year.sessions:
        told = [i for i in kept if i in session.columns and session.columns[i]["date"] is not None]
        sure = [i for i in told if is_sure(session.columns[i])]
        yield from _stepwise(partial(_date, year, session), pairwise(told), pairwise(sure))


def _stepwise(
    changes: Callable[[Pair], Iterable[Change]], neighbours: Iterable[Pair], sure: Iterable[Pair]
) -> Iterator[Change]:
    """What changes from each report to the next; and between two that are `sure`, where those between them leave open
    from which to which."""
    found = {pair: list(changes(pair)) for pair in neighbours}
    yield from (change for some in found.values() for change in some)
    told = [pair for pair, some in found.items() if any(change.is_told for change in some)]
    for pair in sure:
        if pair not in found and not any(pair[0] <= early and late <= pair[1] for early, late in told):
            yield from changes(pair)


def _together(year: Year, reports: Sequence[int]) -> Iterator[Pair]:
    """Each of those reports with the next, where they have a session in common."""
    shared = ({*pair} for pair in pairwise(reports))
    yield from (
        p for p, s in zip(pairwise(reports), shared, strict=True) if any(x.columns.keys() >= s for x in year.sessions)
    )


# ---------------------------------------------------------------- marks


def _marks(year: Year, seats: Sequence[Seat]) -> Iterator[tuple[int, Change]]:
    """(place of the later report in the year, change)"""
    for session in year.sessions:
        for seat in seats:
            cells = _cells(year, session, seat)
            if len({cell["mark"] for cell in cells.values()} & set(TOLD_MARKS)) > 1:
                yield from _of_cell(year, (session, seat), cells)


def _cells(year: Year, session: Session, seat: Seat) -> dict[int, Row]:
    """What each report has of the seat at the session, however likely it is there."""
    if seat.alike:
        return {}
    places = {i: (integer(seat.lines[i]["row"]), integer(session.columns[i]["column"]))
              for i in sorted(seat.lines.keys() & session.columns.keys())}  # fmt: skip
    return {i: cell for i, place in places.items() if (cell := year.reports[i].at.get(place)) is not None}


def _of_cell(year: Year, where: tuple[Session, Seat], cells: dict[int, Row]) -> Iterator[tuple[int, Change]]:
    session, seat = where
    clear = {i for i, cell in cells.items() if i in session.dates and i in seat.sure and is_clear(cell)}
    placed = {i: session.sure(i) * seat.likely(i) for i in cells}
    said = [Said(c["mark"], 1.0 if i in clear else number(c["confidence"]), placed[i]) for i, c in cells.items()]
    order = list(cells)
    for n, i in enumerate(order):
        unread = cells[i]["mark"] is None and bool(cells[i]["needs_review"])
        if not unread and cells[i]["mark"] not in TOLD_MARKS:
            continue
        earlier = [j for j in order[:n] if year.reports[j].rank < year.reports[i].rank]
        before = [j for j in earlier if cells[j]["mark"] in TOLD_MARKS]
        sure = [j for j in before if {i, j} <= clear and cells[j]["mark"] != cells[i]["mark"]]
        if sure:
            yield i, Change(_mark(year, where, (i, cells[i]), (sure[-1], cells[sure[-1]])))
        elif found := _likeliest(said, order, (before, i)):
            other, differing = found
            late, early = cells[i] | {"mark": differing.late}, cells[other] | {"mark": differing.early}
            yield i, Change(_mark(year, where, (i, late), (other, early)), differing.probability, unread)


def _likeliest(
    said: Sequence[Said], order: Sequence[int], pairs: tuple[Sequence[int], int]
) -> tuple[int, Difference] | None:
    """The earlier report which most likely prints another mark than the later one; None where that is no SI or NO."""
    before, late = pairs
    found = [(j, difference(said, order.index(j), order.index(late), MARKS)) for j in before]
    told = [pair for pair in found if pair[1].early in TOLD_MARKS and pair[1].late in TOLD_MARKS]
    return max(told, key=lambda pair: pair[1].probability, default=None)


def _mark(year: Year, where: tuple[Session, Seat], late: tuple[int, Row], early: tuple[int, Row]) -> Row:
    (i, cell), (j, other), (session, seat) = late, early, where
    after, before = year.reports[i], year.reports[j]
    message = f"«{seat.name}», sesión del {day(session.day_in(i))}: este informe, {after.name}{page_of(cell)}, dice "
    message += f"{cell['mark']}; el de {before.name}{page_of(other)}{_dated(session, (i, j))} decía {other['mark']}."
    return finding(CODE, after.document, message, cell, table="attendance", row=cell["row"], column=cell["column"],
                   **elsewhere(before.document, other))  # fmt: skip


def _dated(session: Session, pair: Pair) -> str:
    """The day that the other report prints, or was read to print, of a session that it dates otherwise."""
    days = [session.columns[i]["date"] or session.day_in(i) for i in pair]
    return f", que la fecha el {day(days[1])}," if days[0] != days[1] else ""


# ---------------------------------------------------------------- roles, rows, dates


def _role(year: Year, seat: Seat, pair: Pair) -> Iterator[Change]:
    before, after = (year.reports[i] for i in pair)
    old, new = (seat.lines[i] for i in pair)
    found = _role_change(seat, pair)
    if found.probability and not seat.alike:
        message = f"«{seat.name}»: en este informe, {after.name}{page_of(new)}, su rol es {found.late}; en el de "
        message += f"{before.name}{page_of(old)} era {found.early}."
        row = finding(CODE, after.document, message, new, table="attendees", row=new["row"], item="role",
                      **elsewhere(before.document, old))  # fmt: skip
        yield Change(row, found.probability)


def _role_change(seat: Seat, pair: Pair) -> Difference:
    """Between two reports that have the seat, by the roles that all of them give it."""
    roles = {i: seat.lines[i]["role"] for i in sorted(seat.lines)}
    sure = {i for i in roles if i in seat.sure and has_role(seat.lines[i])}
    said = {i: Said(role, 1.0 if i in sure else number(seat.lines[i]["role_confidence"]), seat.likely(i))
            for i, role in roles.items()}  # fmt: skip
    return _between(pair, said, sure, ROLES)


def _between(pair: Pair, said: dict[int, Said], sure: set[int], values: Sequence[Value]) -> Difference:
    """Between two of the reports that say a thing, in the order of their periods; for certain where both are `sure`."""
    if len({one.value for one in said.values()} - {None}) == 1:
        return Difference(None, None, 0.0)
    early, late = (said[i].value for i in pair)
    if {*pair} <= sure:
        return Difference(early, late, float(early != late))
    order = list(said)
    return difference(list(said.values()), order.index(pair[0]), order.index(pair[1]), values)


def _row(year: Year, of: tuple[Sequence[Seat], Seat], whole: Mapping[int, float], pair: Pair) -> Iterator[Change]:
    """A seat that only one of two reports has, by which of all reports have it. `of`: all seats, and that one; `whole`:
    as `_whole`, of each report.

    An unknown entity that one of them alone has may be the other's known one, misread: then nothing is sure.
    """
    (i, j), (seats, seat) = pair, of
    unknown = any(_is_one_sided(s, pair) and s.last["entity_id"] is None for s in seats)
    if seat.alike or unknown or not _is_one_sided(seat, pair):
        return
    said = {n: Said(n in seat.lines, seat.likely(n) if n in seat.lines else 1 / (2 - whole[n])) for n in whole}
    sure = {n for n in whole if n in seat.sure or (n not in seat.lines and whole[n] == 1)}
    found = _between(pair, said, sure, (True, False))
    if (found.early, found.late) != (i in seat.lines, j in seat.lines):
        return
    before, after = year.reports[i], year.reports[j]
    if found.early:
        old = seat.lines[i]
        message = f"«{seat.name}» no está en este informe, {after.name}; en el de {before.name}{page_of(old)} "
        message += f"ocupa la fila {old['row']}."
        row = finding(CODE, after.document, message, None, table="attendees", item=seat.name,
                      **WARNING, **elsewhere(before.document, old))  # fmt: skip
    else:
        new = seat.lines[j]
        message = f"«{seat.name}» ocupa la fila {new['row']} de este informe, {after.name}{page_of(new)}; en el de "
        message += f"{before.name} no está."
        row = finding(CODE, after.document, message, new, table="attendees", row=new["row"], item="row",
                      **WARNING, **elsewhere(before.document, None))  # fmt: skip
    yield Change(row, found.probability)


def _is_one_sided(seat: Seat, pair: Pair) -> bool:
    return (pair[0] in seat.lines) != (pair[1] in seat.lines)


def _whole(year: Year, seats: Sequence[Seat], report: int) -> float:
    """How likely a row that the paper has was read, and is known for whose it is; 0 where nothing settles one."""
    read = WHOLE if year.reports[report].is_partial else 1.0
    return read * math.prod(seat.likely(report) for seat in seats if report in seat.lines)


def _date(year: Year, session: Session, pair: Pair) -> Iterator[Change]:
    """A session that the later report dates otherwise."""
    (i, j), (before, after) = pair, [year.reports[n] for n in pair]
    old, new = session.columns[i], session.columns[j]
    found = _date_change(session, pair)
    if found.probability and {found.early, found.late}.isdisjoint({None, UNREAD}):
        message = f"Columna {new['column']}: este informe, {after.name}{page_of(new)}, fecha la sesión el "
        message += f"{day(found.late)}; el de {before.name}{page_of(old)}, el {day(found.early)}."
        row = finding(CODE, after.document, message, new, table="sessions", column=new["column"], item="date",
                      **elsewhere(before.document, old))  # fmt: skip
        yield Change(row, found.probability)


def _date_change(session: Session, pair: Pair) -> Difference:
    """Between two reports that have the session, by the days that all of them date it."""
    days = {i: session.columns[i]["date"] for i in sorted(session.columns)}
    sure = {i for i in days if is_sure(session.columns[i])}
    said = {i: Said(d, 1.0 if i in sure else session.sure_of_date(i)) for i, d in days.items()}
    return _between(pair, said, sure, [*sorted({cast(date, d) for d in days.values() if d}), UNREAD])


def _gone(year: Year, pair: Pair) -> Iterator[Change]:
    """Sessions that the later report no longer has, where no column of either is in doubt."""
    (i, j), (before, after) = pair, [year.reports[n] for n in pair]
    if not (_all_dated(before) and _all_dated(after)):
        return
    for session in year.sessions:
        old = session.columns.get(i)
        if old is not None and is_sure(old) and j not in session.columns:
            message = f"La sesión del {day(session.dates[i])} no está en este informe, {after.name}; el de "
            message += f"{before.name}{page_of(old)} la tiene en la columna {old['column']}."
            row = finding(CODE, after.document, message, None, table="sessions", item=day(session.dates[i]),
                          **elsewhere(before.document, old))  # fmt: skip
            yield Change(row)


def _all_dated(report: Printed) -> bool:
    """Whether nobody need look at any of the report's columns, so that what it does not have can be told."""
    return bool(report.held) and not any(column["needs_review"] for column in report.columns)

"""Which period of a body's year a document reports whose body or period is in doubt, or which failed.

Its own pages may say so, however badly read, and its siblings say the rest: a report of a quarter prints all sessions
up to it and none after it, one period has one report as a rule, and what its pages print of the year is what theirs
print. What is clear in it is clear; of which report it is, is as likely as its place.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import cast

from parsers.findings import FIRM
from pipeline.history.facts import QUARTERS, Printed, integer, is_dated, is_named
from pipeline.history.sessions import BY_CHANCE, is_sure
from pipeline.rows import Row, Value

SEATS = 0.8  # share of its seats that its siblings have too
SESSIONS = 0.5  # share of its sessions, up to the last of theirs, that they have: dates change, and are misread
FEW = 3  # dates, seats or marks that say nothing yet
SAME = 0.93  # share of marks that a report in doubt has as its siblings have them; of another year's: BY_CHANCE
ENOUGH = 20.0  # times that its marks are likelier those of this year than of another
READ = 0.99  # that a period is as read where nothing but the document's failure doubts it
DOUBTED = 0.8  # and where it is in doubt itself: a judgement
AGAIN = 0.05  # that a document is another report of a period which one has: of drawn series one in seven has two
NO_SESSION = 0.2  # that a quarter had no session of which nobody else tells
MISREAD = 0.02  # that a column was misread as one beyond the quarter reported, or none of a quarter up to it was read
SHARED = 0.98  # that a report is of the body and year whose seats and sessions it has, if it names that body
ANNUAL = 0.08  # that a document which says no period reports the year, beside a last quarter that nobody else reports

Period = tuple[Value, Value]  # kind and quarter
YEAR: Period = ("year", None)


def settled(report: Printed, siblings: Sequence[Printed], *, period_read: bool, body_read: bool) -> Printed | None:
    """The report in its place among its siblings; None where nothing settles it.

    `report`: with their body and year; `siblings`: those of the year, known so far; `period_read`, `body_read`: whether
    its own pages say its period, its body and year, beyond doubt.
    """
    found = _period(report, siblings, period_read) if period_read or _held(report) else None
    if found is None or (_contradicts(report, siblings) if body_read else not _shares(report, siblings)):
        return None
    (kind, quarter), likely = found
    likely = 1.0 if period_read and body_read else likely if body_read else likely * SHARED
    return replace(report, document=report.document | {"period_kind": kind, "quarter": quarter}, is_settled=True,
                   placed=likely)  # fmt: skip


# ---------------------------------------------------------------- which period


def _period(report: Printed, siblings: Sequence[Printed], read: bool) -> tuple[Period, float] | None:
    """The period which it reports, and how likely; None where none is likely enough."""
    own = (report.document["period_kind"] or "quarter", report.document["quarter"])
    quarters: list[Period] = [("quarter", q) for q in range(1, QUARTERS + 1)]
    periods = [*quarters, YEAR, *([own] if own[0] == "semester" else [])]
    told = (READ if read else DOUBTED) if own in periods else None
    weights = {p: _weight(report, siblings, p) * _own(p == own, told, len(periods)) for p in periods}
    best = max(weights, key=lambda p: weights[p])
    likely = weights[best] / sum(weights.values())
    return (best, likely) if likely >= FIRM else None


def _own(is_own: bool, likely: float | None, periods: int) -> float:
    """How likely a period is by what the document itself was read to say."""
    if likely is None:
        return 1 / periods
    return likely if is_own else (1 - likely) / (periods - 1)


def _weight(report: Printed, siblings: Sequence[Printed], period: Period) -> float:
    """How well the report's sessions fit that period, beside those that its siblings are sure of."""
    kind, quarter = period
    here = replace(report, document=report.document | {"period_kind": kind, "quarter": quarter})
    weight = AGAIN if here.rank in {sibling.rank for sibling in siblings} else 1.0
    weight *= ANNUAL if period == YEAR != (report.document["period_kind"], None) else 1.0
    held = [_quarters(column) for column in _held(report)]
    if not held:
        return weight
    known = {integer(c["quarter"]) for s in siblings for c in s.columns if is_sure(c) and c["quarter"]}
    told, last = set().union(*held), here.span[1]
    beyond = sum(len(some) for some in held if min(some) > last)  # label and date would both have to be misread
    amiss = beyond + sum(q <= last for q in known - told)
    return weight * MISREAD**amiss * (NO_SESSION if last not in told | known else 1.0)


def _held(report: Printed) -> list[Row]:
    """Its columns of sessions held, as most of the marks say, which stand in some quarter."""
    found = []
    for column in filter(_quarters, report.columns):
        marks = [c["mark"] for c in report.cells if c["column"] == column["column"] and c["mark"] is not None]
        if 2 * sum(m != "-" for m in marks) > len(marks) if marks else column["date"] is not None:
            found.append(column)
    return found


def _quarters(column: Row) -> set[int]:
    """Of a column, by its label and by its date, of which either may be misread."""
    day = cast(date | None, column["date"])
    return {integer(q) for q in (column["quarter"], day and (day.month - 1) // 3 + 1) if q}


# ---------------------------------------------------------------- whose it is


def _contradicts(report: Printed, siblings: Sequence[Printed]) -> bool:
    """Whether most of its seats are not theirs, or none of its sessions is which are dated beyond doubt."""
    seats = _seats(report, siblings)
    days = _days(replace(report, columns=tuple(filter(is_dated, report.columns))), siblings)
    return (len(seats) >= FEW and 2 * sum(seats) < len(seats)) or (len(days) > 1 and not any(days))


def _shares(report: Printed, siblings: Sequence[Printed]) -> bool:
    """Whether it has their seats, and their sessions by their dates or by who came."""
    seats, days = _seats(report, siblings), _days(report, siblings)
    dated = any(days) and sum(days) >= SESSIONS * len(days) and (len(seats) >= FEW or sum(days) >= FEW)
    return sum(seats) >= SEATS * len(seats) and (dated or _likelier(report, siblings) >= ENOUGH)


def _seats(report: Printed, siblings: Sequence[Printed]) -> list[bool]:
    """Of each of its rows that has an entity, whether they are sure of one."""
    seats = {line["entity_id"] for s in siblings for line in s.lines if is_named(line)}
    return [line["entity_id"] in seats for line in report.lines if line["entity_id"] is not None] if siblings else []


def _days(report: Printed, siblings: Sequence[Printed]) -> list[bool]:
    """Of each of its dates, up to the last of which they are sure, whether they are sure of it."""
    known = {cast(date, c["date"]) for s in siblings for c in s.columns if is_sure(c)}
    told = [cast(date, c["date"]) for c in report.columns if c["date"] is not None]
    return [day in known for day in told if known and day <= max(known)]


def _likelier(report: Printed, siblings: Sequence[Printed]) -> float:
    """How many times likelier its marks are those of their sessions than those of others."""
    same = Counter(ours == theirs for ours, theirs in _pairs(report, siblings))
    return math.exp(same[True] * math.log(SAME / BY_CHANCE) + same[False] * math.log((1 - SAME) / (1 - BY_CHANCE)))


def _pairs(report: Printed, siblings: Sequence[Printed]) -> Iterator[tuple[Value, Value]]:
    """Its marks with theirs: the same seats at the same sessions of quarters in which both have as many."""
    for quarter in range(1, QUARTERS + 1):
        held = _of(report, quarter)
        like = next((s for s in reversed(siblings) if len(_of(s, quarter)) == len(held)), None)
        for ours, theirs in zip(held, _of(like, quarter), strict=True) if like else ():
            seats, others = _marks(report, ours), _marks(cast(Printed, like), theirs)
            yield from ((seats[entity], others[entity]) for entity in seats.keys() & others.keys())


def _of(report: Printed, quarter: int) -> list[Row]:
    return [column for column in _held(report) if column["quarter"] == quarter]


def _marks(report: Printed, column: Row) -> Mapping[Value, Value]:
    """The column's marks by entity, read beyond doubt or not."""
    cells = {line["entity_id"]: report.at.get((integer(line["row"]), integer(column["column"])))
             for line in report.lines if line["entity_id"]}  # fmt: skip
    return {entity: cell["mark"] for entity, cell in cells.items() if cell and cell["mark"] is not None}

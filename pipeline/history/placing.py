"""Which series a document belongs to whose body or period is in doubt, or which failed: its siblings settle it.

It takes part in a body's year if the paper names that body, however badly read, if no report beyond doubt has its
period, and if what it prints of the year is what they print: their sessions, their seats. Nothing that it says is
beyond doubt for that; it confirms or contradicts as a doubtful reading does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import cast

from pipeline.history.facts import Printed, integer, is_named
from pipeline.history.sessions import is_sure
from pipeline.rows import Row

SEATS = 0.8  # share of its seats that its siblings have too
SESSIONS = 0.5  # share of its sessions, up to the last of theirs, that they have: dates change, and are misread
PLACED = "placed_by_siblings"  # why a value of such a report is in doubt that is in none by itself
COMPARABLE = 3  # seats, or sessions where there are fewer seats, that say whose report it is


def settled(document: Row, siblings: Sequence[Printed]) -> Row:
    """The document's row as its siblings settle it: their body and year, its own period."""
    theirs = siblings[0].document
    return document | {name: theirs[name] for name in ("instancia_id", "instancia", "year")}


def doubted(report: Printed) -> Printed:
    """The report with all that it says in doubt, as likely as it is: its own pages do not say whose report it is."""

    def all_of(rows: Sequence[Row]) -> tuple[Row, ...]:
        return tuple(row | {"needs_review": True, "review_reason": row["review_reason"] or PLACED} for row in rows)

    return replace(report, columns=all_of(report.columns), lines=all_of(report.lines), cells=all_of(report.cells),
                   answers=all_of(report.answers))  # fmt: skip


def belongs(report: Printed, siblings: Sequence[Printed]) -> bool:
    """Whether a report that says to be of their body is one of that year. `siblings`: those beyond doubt."""
    taken = {sibling.rank for sibling in siblings}
    return report.rank not in taken and _is_of_its_period(report, siblings) and _shares(report, siblings)


def _is_of_its_period(report: Printed, siblings: Sequence[Printed]) -> bool:
    """Whether its sessions end in the quarter that it was read to report, as far as others know of a session then."""
    last = report.span[1]
    quarters = [_quarters(column) for column in report.held]
    held = any(c["quarter"] == last and is_sure(c) for s in siblings for c in s.columns)
    early = all(min(some, default=last) <= last for some in quarters)
    return bool(quarters) and early and (not held or any(last in some for some in quarters))


def _quarters(column: Row) -> set[int]:
    """Of a column, by its label and by its date, of which either may be misread."""
    day = cast(date | None, column["date"])
    return {integer(q) for q in (column["quarter"], day and (day.month - 1) // 3 + 1) if q}


def _shares(report: Printed, siblings: Sequence[Printed]) -> bool:
    """Whether it has their sessions, up to the last of which they are sure, and their seats."""
    days = {cast(date, c["date"]) for s in siblings for c in s.columns if is_sure(c)}
    seats = {line["entity_id"] for s in siblings for line in s.lines if is_named(line)}
    told = [cast(date, c["date"]) for c in report.columns if c["date"] is not None]
    ours = [day in days for day in told if day <= max(days, default=day)]
    rows = [line["entity_id"] in seats for line in report.lines if line["entity_id"] is not None]
    enough = (any(ours) and len(rows) >= COMPARABLE) or sum(ours) >= COMPARABLE
    return enough and sum(ours) >= SESSIONS * len(ours) and sum(rows) >= SEATS * len(rows)

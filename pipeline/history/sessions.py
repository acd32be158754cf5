"""The sessions of a body's year: the columns of all its reports joined.

A column whose date is beyond doubt is the session of that date; a date that is but likely needs another report that
reads it so. One that is undated, or dated doubtfully, is the session that its siblings settle: that of the date as
read, if another report prints it for sure, or else the one that stands in its place, where all reports hold as many
sessions in that quarter and the marks do not say otherwise. A date that a later report prints otherwise is told in the
same way. Columns that nothing settles are left out, and counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import cast

from pipeline.history.facts import QUARTERS, Printed, integer, is_clear, is_dated, is_named, number, settled
from pipeline.rows import Row

ALIKE = 0.8  # share of clear marks that two printings of one session have in common, even if one in five changed
PLACED = 0.99  # that a column in the place of a session, among as many of its quarter, is that session's: a judgement
SAME_DAY = 1 / 30  # that the date of another session falls on the same day of a month
BY_CHANCE = 0.75  # that a seat has the same mark at two sessions: three in four attendances are SI, or more
COMPARABLE = 3  # marks that say anything about it


@dataclass(eq=False)
class Session:
    """A session. By report, as its place in the year's list: `columns`, all printings; `dates`, those beyond doubt;
    `placed`, of the others, how likely the column is that session's, 0..1."""

    columns: dict[int, Row] = field(default_factory=dict)
    dates: dict[int, date] = field(default_factory=dict)
    placed: dict[int, float] = field(default_factory=dict)

    @property
    def day(self) -> date:
        """As last printed for sure."""
        return self.dates[max(self.dates)]

    @property
    def quarter(self) -> int | None:
        """As labelled by the last report that dates it for sure."""
        return cast(int | None, self.columns[max(self.dates)]["quarter"])

    def day_in(self, report: int) -> date:
        """As that report prints it; of a column that its siblings placed there, as they print it."""
        read = self.columns[report]["date"]
        return self.dates.get(report) or (cast(date, read) if read in self.dates.values() else self.day)

    def sure(self, report: int) -> float:
        """How likely that report's column is this session's."""
        return 1.0 if report in self.dates else self.placed.get(report, 0.0)

    def sure_of_date(self, report: int) -> float:
        """How likely that report prints the session's date as it was read."""
        column, placed = self.columns[report], self.placed.get(report, 1.0)
        settled_by_date = report not in self.dates and column["date"] in self.dates.values()
        return placed if settled_by_date else number(column["confidence"])

    def add(self, report: int, column: Row, placed: float = 0.0) -> None:
        self.columns[report] = column
        self.placed[report] = placed
        if is_dated(column) and (not self.dates or column["date"] in self.dates.values()):
            self.dates[report] = cast(date, column["date"])


@dataclass(frozen=True)
class Year:
    """The reports of a body and year in the order of their periods, its sessions by date, and the columns left out."""

    reports: Sequence[Printed]
    sessions: Sequence[Session]
    left_out: Sequence[tuple[int, Row]]


def is_sure(column: Row) -> bool:
    """Whether a column has a date that nobody need look at."""
    return column["date"] is not None and not column["needs_review"]


def joined(reports: Sequence[Printed]) -> Year:
    year = _Joining(reports)
    year.join_dated()
    year.join_redated()
    left = [pair for pair in year.doubtful() if not year.join_by_date(*pair)]
    year.weigh_dates()
    year.join_redated()  # beside what was in doubt till then
    left = [pair for pair in left if not year.join_by_place(*pair)]
    return Year(reports, sorted(year.sessions, key=lambda s: (s.day, min(s.columns))), left)


class _Joining:
    def __init__(self, reports: Sequence[Printed]) -> None:
        self._reports = reports
        self.sessions: list[Session] = []
        self._by_date: list[tuple[Session, int]] = []

    def join_dated(self) -> None:
        """One session for each date beyond doubt; two columns of one report with one date are two sessions."""
        found: dict[tuple[date, int], Session] = {}
        for i, report in enumerate(self._reports):
            seen: dict[date, int] = defaultdict(int)
            for column in filter(is_dated, report.held):
                day = cast(date, column["date"])
                session = found.setdefault((day, seen[day]), Session())
                seen[day] += 1
                session.add(i, column)
        self.sessions = [s for s in found.values() if len(s.columns) > 1 or any(map(is_sure, s.columns.values()))]

    def join_redated(self) -> None:
        """Sessions that one report dates otherwise than the one before: all of the quarter is sure, and as many."""
        for quarter in range(1, QUARTERS + 1):
            sure = [i for i, report in enumerate(self._reports)
                    if quarter <= report.span[1] and self._sure_quarter(i, quarter) is not None]  # fmt: skip
            for j, i in pairwise(sure):
                early, late = self._sure_quarter(j, quarter) or [], self._sure_quarter(i, quarter) or []
                if len(early) != len(late):
                    continue
                gone, new = [s for s in early if i not in s.columns], [s for s in late if j not in s.columns]
                if len(gone) != len(new):  # one of them stands in another quarter of the other report
                    continue
                for before, after in zip(gone, new, strict=True):
                    if not before.columns.keys() & after.columns.keys() and self._agree(before, i, after.columns[i]):
                        before.columns |= after.columns
                        before.dates |= after.dates
                        self.sessions.remove(after)

    def _sure_quarter(self, report: int, quarter: int) -> list[Session] | None:
        """The report's sessions of the quarter, None where any of its dates is in doubt and no other report's."""
        joined = [s.columns[report]["column"] for s in self.sessions if report in s.columns]
        held = [c for c in self._reports[report].held if c["quarter"] in (quarter, None)]
        if not all(is_sure(c) or c["column"] in joined for c in held):
            return None
        found = [s for s in self.sessions if report in s.columns and s.columns[report]["quarter"] == quarter]
        return sorted(found, key=lambda s: integer(s.columns[report]["column"]))

    def doubtful(self) -> Iterator[tuple[int, Row]]:
        for i, report in enumerate(self._reports):
            taken = {s.columns[i]["column"] for s in self.sessions if i in s.columns}
            yield from ((i, column) for column in report.held if column["column"] not in taken)

    def join_by_date(self, report: int, column: Row) -> bool:
        """Joins the column with the session of its date as read, if that is another report's for sure."""
        free = [s for s in self.sessions if report not in s.columns and column["date"] in s.dates.values()]
        if len(free) == 1 and self._agree(free[0], report, column):
            free[0].add(report, column)
            self._by_date.append((free[0], report))
            return True
        return False

    def weigh_dates(self) -> None:
        """How likely the columns joined by their dates are where they should be: what garbles one garbles all."""
        agreeing = Counter(report for _, report in self._by_date)
        for session, report in self._by_date:
            column = session.columns[report]
            likely = settled(
                number(column["confidence"]), agreeing[report] + (self._in_its_place(report, column) is session)
            )
            session.placed[report] = self._by_marks(likely, session, report, column)

    def _in_its_place(self, report: int, column: Row) -> Session | None:
        """The session in the column's place among those of its quarter, if there are as many."""
        quarter = column["quarter"]
        held = [c["column"] for c in self._reports[report].held if c["quarter"] == quarter]
        known = sorted((s for s in self.sessions if s.quarter == quarter), key=lambda s: s.day)
        return known[held.index(column["column"])] if quarter is not None and len(known) == len(held) else None

    def join_by_place(self, report: int, column: Row) -> bool:
        """Joins the column with the session in its place among those of the quarter, if there are as many."""
        quarter = column["quarter"]
        held = [c for c in self._reports[report].held if c["quarter"] == quarter]
        known = sorted((s for s in self.sessions if s.quarter == quarter), key=lambda s: s.day)
        if quarter is None or len(known) != len(held):
            return False
        pairs = list(zip(known, held, strict=True))
        apart = any(s.columns.get(report, c)["column"] != c["column"] for s, c in pairs)
        session = next(s for s, c in pairs if c["column"] == column["column"])
        if apart or report in session.columns or not self._agree(session, report, column):
            return False
        day = cast(date | None, column["date"])
        alike = (
            SAME_DAY if day and any(day.day == d.day and day.year == d.year for d in session.dates.values()) else 1.0
        )
        likely = PLACED / (PLACED + (1 - PLACED) * alike)
        session.add(report, column, self._by_marks(likely, session, report, column))
        return True

    def _by_marks(self, likely: float, session: Session, report: int, column: Row) -> float:
        """How likely the column is that session's, given also the marks that are the same in both: one that is not may
        be the very change, and is weighed by itself."""
        others = Session({i: c for i, c in session.columns.items() if i != report})
        same, _ = self._alike(others, report, column)
        return likely / (likely + (1 - likely) * BY_CHANCE**same)

    def _agree(self, session: Session, report: int, column: Row) -> bool:
        """Whether what is clear in the column says the same as in other printings of the session, or nothing is."""
        same, total = self._alike(session, report, column)
        return total < COMPARABLE or same >= ALIKE * total

    def _alike(self, session: Session, report: int, column: Row) -> tuple[int, int]:
        """Of the column's clear marks that another printing of the session has too, how many say the same, and all."""
        ours = _marks(self._reports[report], column)
        theirs: dict[object, object] = {}
        for i, other in session.columns.items():
            theirs |= _marks(self._reports[i], other)
        both = ours.keys() & theirs.keys()
        return sum(ours[key] == theirs[key] for key in both), len(both)


def _marks(report: Printed, column: Row) -> Mapping[object, object]:
    """The clear marks of a column by entity, of entities that have one row."""
    found: dict[object, object] = {}
    twice = set()
    for line in report.lines:
        cell = report.at.get((integer(line["row"]), integer(column["column"])))
        if line["entity_id"] is None or not is_named(line):
            continue
        if line["entity_id"] in found:
            twice.add(line["entity_id"])
        if cell is not None and is_clear(cell):
            found[line["entity_id"]] = cell["mark"]
    return {key: mark for key, mark in found.items() if key not in twice}

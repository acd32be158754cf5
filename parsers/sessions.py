"""Column headers → sessions: on which day each was held, if any, in which quarter, and how sure that is.

A date is printed again on every page of a matrix, and in every matrix of the report; each printing is a witness
(`parsers.spelled_days`). The matrices are not forced to agree: where they are clearly read and differ, the report
contradicts itself.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ocr.records import Reading
from parsers.dates import parse_date
from parsers.quarters import ColumnQuarter, decode
from parsers.records import AttendanceMatrix, Certainty, ColumnReading, FunctionMatrix, MatrixKind, Session
from parsers.spelled_days import NONE, UNKNOWN_CONFIDENCE, Day, log_likelihoods, near_days

SURE_YEAR = 0.6  # share of the witnesses from which a year needs no review; a planted wrong year is one column in eight

YEAR_ALONE = 0.5  # sureness of a year whose day cannot be read

HELD = 0.6  # share of the columns with a session
THIS_YEAR = 0.96  # share of the days printed that lie in the report's year
AGREE = 0.97  # share of the columns that a matrix dates as the others do
OTHER_YEAR = 0.6  # of the columns that it dates otherwise: the same day of another year; the rest is any day


@dataclass(frozen=True, slots=True)
class ColumnDate:
    """What a column's header says: `days`, the probability of each day that it may print, or of none.

    `heard`: whether anything was read that may be a day, or the sign of none.
    """

    days: Mapping[Day, float]
    reading: Reading
    heard: bool

    @property
    def best(self) -> Day:
        return max(self.days, key=lambda d: (self.days[d], str(d)))

    @property
    def day(self) -> date | None:
        return self.best if self.heard and isinstance(self.best, date) else None

    @property
    def probability(self) -> float:
        return self.days[self.best] if self.heard else 0.0

    @property
    def held(self) -> float:
        """P(a session was held), 0..1; one half where nothing was heard."""
        return 1 - self.days.get(NONE, 0.0) if self.heard else 0.5


@dataclass(frozen=True, slots=True)
class YearRead:
    """The report's year as its sessions are dated, and the share (0..1) of the witnesses for it."""

    year: int
    share: float


# ---------------------------------------------------------------- days


def column_dates(matrices: Sequence[Sequence[ColumnReading]], year: int | None) -> tuple[tuple[ColumnDate, ...], ...]:
    """Each column's day in each matrix; those with as many columns bear one another out.

    `year`: of the report where known.
    """
    return tuple(
        tuple(
            _column_date(column.date, [m[i].date for m in matrices if m is not own and len(m) == len(own)], year)
            for i, column in enumerate(own)
        )
        for own in matrices
    )


def _column_date(own: Reading, others: Sequence[Reading], year: int | None) -> ColumnDate:
    candidates = [own.candidates, *(o.candidates for o in others)]
    years = {year} if year else set()
    days = set().union(*(near_days(c, years) for c in candidates))
    if year is None:  # then the other days of the years that are read
        years = {d.year for d in days if isinstance(d, date)}
        days = days.union(*(near_days(c, years) for c in candidates))
    said = [_shifted(log_likelihoods(c, days)) for c in candidates]
    truth = {t: _prior(t, year) * math.prod(_passed_on(t, s) for s in said[1:]) for t in days}
    weights = {d: said[0][d] * sum(p * _printed(d, t) for t, p in truth.items()) for d in days}
    total = sum(weights.values())
    heard = any(c.text.strip() or c.source != "tesseract" for c in own.candidates) and (
        len(days) > 1 or min(log_likelihoods(own.candidates, [NONE]).values()) > _DEAF
    )
    return ColumnDate({d: w / total for d, w in weights.items()}, own, heard)


_DEAF = -6.0  # ln-likelihood of "no session" below which a cell that names no day says nothing at all


def _shifted(logs: Mapping[Day, float]) -> dict[Day, float]:
    top = max(logs.values())
    return {d: math.exp(log - top) for d, log in logs.items()}


def _prior(day: Day, year: int | None) -> float:
    if not isinstance(day, date):
        return 1 - HELD
    inside = 1.0 if year is None else THIS_YEAR if day.year == year else (1 - THIS_YEAR) / 2
    return HELD * inside / 365


def _printed(day: Day, truth: Day) -> float:
    """P(a matrix prints `day` | the session's true day)."""
    if day == truth:
        return AGREE
    if not isinstance(day, date) or not isinstance(truth, date):
        return (1 - AGREE) * (1 - OTHER_YEAR) / 365
    same_day = (day.month, day.day) == (truth.month, truth.day)
    return (1 - AGREE) * (OTHER_YEAR / 2 if same_day else (1 - OTHER_YEAR) / 365)


def _passed_on(truth: Day, said: Mapping[Day, float]) -> float:
    return sum(likelihood * _printed(d, truth) for d, likelihood in said.items())


def report_year(attendance: Sequence[ColumnReading], functions: Sequence[Sequence[ColumnReading]]) -> YearRead | None:
    """The year in which most sessions are dated; None if none is dated.

    Every printing of a date is a witness; the attendance matrix counts twice, as the one that the report is about.
    """
    years: dict[int, float] = defaultdict(float)
    for columns, weight in ((attendance, 2.0), *((c, 1.0) for c in functions)):
        for candidate in (x for c in columns for x in c.date.candidates if x.source != "marks"):
            confidence = UNKNOWN_CONFIDENCE if candidate.confidence is None else candidate.confidence
            for year, sureness in _years_in(candidate.text):
                years[year] += weight * sureness * confidence
    if not years:
        return None
    best = max(years, key=lambda y: (years[y], y))
    return YearRead(best, years[best] / sum(years.values()))


def _years_in(text: str) -> list[tuple[int, float]]:
    """The year that a date cell names and how surely: of its date or, where that cannot be read, alone."""
    found = parse_date(text)
    if found is not None:
        return [(found[0].year, found[1])]
    return [(int(year), YEAR_ALONE) for year in re.findall(r"20[0-4]\d$", "".join(text.split()))]


# ---------------------------------------------------------------- sessions


def attendance_sessions(matrix: AttendanceMatrix, dates: Sequence[ColumnDate]) -> tuple[Session, ...]:
    """The attendance matrix's sessions."""
    quarters = decode(matrix.columns, [d.days for d in dates])
    return tuple(
        _session(MatrixKind.ATTENDANCE, i, quarter, said, matrix.warnings)
        for i, (quarter, said) in enumerate(zip(quarters, dates, strict=True))
    )


def function_sessions(
    matrix: FunctionMatrix, dates: Sequence[ColumnDate], attendance: Sequence[Session]
) -> tuple[Session, ...]:
    """A function matrix's sessions; its columns carry no quarter, so they take those of the attendance matrix."""
    quarters = [s.quarter for s in attendance] if len(attendance) == len(dates) else [None] * len(dates)
    return tuple(
        _session(matrix.kind, i, ColumnQuarter(quarters[i], 1.0), said, matrix.warnings) for i, said in enumerate(dates)
    )


def _session(
    matrix: MatrixKind, index: int, quarter: ColumnQuarter, said: ColumnDate, warnings: Sequence[str]
) -> Session:
    raw = " ".join(said.reading.text.split())
    own_quarter = matrix is MatrixKind.ATTENDANCE
    reason = _doubt(said, quarter if own_quarter else None) or next(iter(warnings), None)
    confidence = said.probability * (quarter.confidence if own_quarter else 1.0)
    certainty = Certainty(confidence, reason, said.reading.places)
    return Session(matrix, index + 1, quarter.quarter, said.day, raw, certainty)


def _doubt(said: ColumnDate, quarter: ColumnQuarter | None) -> str | None:
    """What no probability tells (`parsers.calibration` judges those)."""
    if not said.heard:
        return "date_unreadable"
    return "quarter_unknown" if quarter and quarter.quarter is None else None

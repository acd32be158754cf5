"""Column headers → sessions: on which day each was held, if any, and how sure that is.

A date is printed again on every page of a matrix, and in every matrix of the report; each printing is a witness. The
matrices are not forced to agree: where they are clearly read and differ, the report contradicts itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ocr.records import Candidate, Reading
from parsers.dates import empty_mark_sureness, parse_date
from parsers.records import AttendanceMatrix, Certainty, ColumnReading, FunctionMatrix, MatrixKind, Session

UNKNOWN_CONFIDENCE = 0.9  # of a candidate whose engine gave none: flattened texts, mostly right where they parse
SURE = 0.8  # share of the witnesses' weight, and sureness of the best of them, from which a date needs no review
CLEAR = 0.9  # sureness from which a date that another matrix contradicts is believed to be printed so
SURE_YEAR = 0.6  # share of the witnesses from which a year needs no review; a planted wrong year is one column in eight
NO_SESSION = frozenset(("-", "N/A", ""))
NONE = "none"


@dataclass(frozen=True, slots=True)
class ColumnDate:
    """What a column's header says. `held`: P(a session was held), 0..1; `best`: the sureness of its best witness."""

    day: date | None
    held: float
    share: float
    best: float
    reading: Reading


@dataclass(frozen=True, slots=True)
class YearRead:
    """The report's year as its sessions are dated, and the share (0..1) of the witnesses for it."""

    year: int
    share: float


def column_dates(columns: Sequence[ColumnReading], year: int | None) -> tuple[ColumnDate, ...]:
    """Each column's day. `year`: of the report where known, for dates printed without one."""
    return tuple(_column_date(c.date, year) for c in columns)


def _column_date(reading: Reading, year: int | None) -> ColumnDate:
    weights: dict[date | str, float] = defaultdict(float)
    sureness: dict[date | str, float] = {}
    for candidate in reading.candidates:
        said = _said(candidate, year)
        if said is None:
            continue
        weights[said[0]] += said[1]
        sureness[said[0]] = max(sureness.get(said[0], 0.0), said[1])
    if not weights:
        return ColumnDate(None, 0.5, 0.0, 0.0, reading)
    total = sum(weights.values())
    best, weight = max(weights.items(), key=lambda item: (item[1], str(item[0])))
    held = 1 - weights.get(NONE, 0.0) / total
    return ColumnDate(best if isinstance(best, date) else None, held, weight / total, sureness[best], reading)


def _said(candidate: Candidate, year: int | None) -> tuple[date | str, float] | None:
    """What one candidate says, and how surely: a day, or that there was none."""
    confidence = UNKNOWN_CONFIDENCE if candidate.confidence is None else candidate.confidence
    found = parse_date(candidate.text, year=year)
    if found is not None:
        return found[0], found[1] * confidence
    if candidate.source == "marks" and candidate.text not in NO_SESSION:
        return None  # a mark reader's other labels are not what a date cell may hold
    empty = empty_mark_sureness(candidate.text)
    return (NONE, empty * confidence) if empty * confidence > 0 else None


def report_year(attendance: Sequence[ColumnReading], functions: Sequence[Sequence[ColumnReading]]) -> YearRead | None:
    """The year in which most sessions are dated; None if none is dated.

    Every printing of a date is a witness; the attendance matrix counts twice, as the one that the report is about.
    """
    years: dict[int, float] = defaultdict(float)
    for columns, weight in ((attendance, 2.0), *((c, 1.0) for c in functions)):
        for candidate in (x for c in columns for x in c.date.candidates):
            said = _said(candidate, None)
            if said and isinstance(said[0], date):
                years[said[0].year] += weight * said[1]
    if not years:
        return None
    best = max(years, key=lambda y: (years[y], y))
    return YearRead(best, years[best] / sum(years.values()))


def attendance_sessions(
    matrix: AttendanceMatrix, dates: Sequence[ColumnDate], others: Sequence[Sequence[ColumnDate]]
) -> tuple[Session, ...]:
    """The attendance matrix's sessions. `others`: what the function matrices say of the same columns."""
    return tuple(
        _session(MatrixKind.ATTENDANCE, i, column.quarter, dates[i], _siblings(i, dates, others), matrix.warnings)
        for i, column in enumerate(matrix.columns)
    )


def function_sessions(
    matrix: FunctionMatrix,
    dates: Sequence[ColumnDate],
    others: Sequence[Sequence[ColumnDate]],
    attendance: Sequence[Session],
) -> tuple[Session, ...]:
    """A function matrix's sessions; its columns carry no quarter, so they take those of the attendance matrix."""
    quarters = [s.quarter for s in attendance] if len(attendance) == len(dates) else [None] * len(dates)
    return tuple(
        _session(matrix.kind, i, quarters[i], dates[i], _siblings(i, dates, others), matrix.warnings)
        for i in range(len(dates))
    )


def _siblings(
    column: int, own: Sequence[ColumnDate], others: Sequence[Sequence[ColumnDate]]
) -> tuple[ColumnDate, ...]:
    return tuple(dates[column] for dates in others if len(dates) == len(own))


def _session(
    matrix: MatrixKind,
    index: int,
    quarter: int | None,
    said: ColumnDate,
    siblings: Sequence[ColumnDate],
    warnings: Sequence[str],
) -> Session:
    raw = " ".join(said.reading.text.split())
    agreed = sum(s.day == said.day for s in siblings)
    confidence = 1 - (1 - said.share * said.best) * 0.3**agreed
    reason = _doubt(said, agreed, len(siblings)) or next(iter(warnings), None)
    if quarter is None and matrix is MatrixKind.ATTENDANCE:
        reason = reason or "quarter_unknown"
    certainty = Certainty(confidence, reason, said.reading.places)
    return Session(matrix, index + 1, quarter, said.day, raw, certainty)


def _doubt(said: ColumnDate, agreed: int, siblings: int) -> str | None:
    if said.best == 0:
        return "date_unreadable"
    if said.share < SURE and not agreed:
        return "date_uncertain"
    if siblings and not agreed and said.best < CLEAR:
        return "date_disagrees"
    return "date_uncertain" if said.best < SURE and not agreed else None

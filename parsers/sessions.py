"""Column headers → sessions: on which day each was held, if any, in which quarter, and how sure that is.

Which day a header prints is weighed in `parsers.column_dates`, which quarter in `parsers.quarters`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from parsers.column_dates import ColumnDate
from parsers.dates import parse_date
from parsers.quarters import ColumnQuarter, decode
from parsers.records import AttendanceMatrix, Certainty, ColumnReading, FunctionMatrix, MatrixKind, Session
from parsers.spelled_days import UNKNOWN_CONFIDENCE

SURE_YEAR = 0.6  # share of the witnesses from which a year needs no review; a planted wrong year is one column in eight
YEAR_ALONE = 0.5  # sureness of a year whose day cannot be read


@dataclass(frozen=True, slots=True)
class YearRead:
    """The report's year as its sessions are dated, and the share (0..1) of the witnesses for it."""

    year: int
    share: float


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
    if not any(years.values()):  # none is dated, or none of the dates is worth anything
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


def attendance_sessions(
    matrix: AttendanceMatrix, dates: Sequence[ColumnDate], year: int | None = None
) -> tuple[Session, ...]:
    """The attendance matrix's sessions. `year`: of the report where known; then a day outside of it is odd."""
    quarters = decode(matrix.columns, [d.days for d in dates], year)
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
    return Session(
        matrix=matrix,
        column=index + 1,
        quarter=quarter.quarter,
        date=said.day,
        date_raw=raw,
        certainty=Certainty(confidence, reason, said.reading.places),
        held=said.held,
        odd=quarter.outside if own_quarter else said.differs,
    )


def _doubt(said: ColumnDate, quarter: ColumnQuarter | None) -> str | None:
    """What no probability tells (`parsers.calibration` judges those)."""
    if not said.heard:
        return "date_unreadable"
    return "quarter_unknown" if quarter and quarter.quarter is None else None

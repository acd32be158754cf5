"""What each column's header prints, weighed over all matrices of a report: which day, or that there was no session.

A session's date is printed again on every page of a matrix, and in every matrix of the report. Each matrix prints the
true day t in its own way, mostly t itself, sometimes another year of it, seldom another day; what was read of a matrix
depends on what it prints alone. With s_m(d) the likelihood of all that was read of matrix m if it prints d:

    P(t | read)             ~  P(t) · ∏_m Σ_d P(d | t) s_m(d)
    P(m prints d | read)    ~  s_m(d) · Σ_t P(t) P(d | t) · ∏_{n≠m} Σ_e P(e | t) s_n(e)
    P(m and n differ | read) ~ Σ_t P(t) · [A_m(t) A_n(t) - Σ_d P(d | t)² s_m(d) s_n(d)] · ∏_{other} Σ_e P(e | t) s(e)

with A_m(t) = Σ_d P(d | t) s_m(d) over days alone. The matrices are not forced to agree: two clear readings that differ
are a report that contradicts itself, and leave hardly a doubt that they do, though which digits they print may be one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ocr.records import Candidate, Reading
from parsers.records import ColumnReading
from parsers.spelled_days import NEAREST, NONE, Day, is_telling, log_likelihoods, near_days

HELD = 0.6  # share of the columns with a session
THIS_YEAR = 0.96  # share of the days printed that lie in the report's year
AGREE = 0.97  # share of the columns that a matrix dates as the others do
OTHER_YEAR = 0.5  # of the columns that it dates otherwise: the same day of another year, not brought up to date
MISPRINT = 0.4  # of them: a day of the same year with one other digit, of some twenty; the rest is any day
MISPRINTS = 20
OTHERS = 3  # days of the years beside the report's that a text is held against

Chances = Mapping[Day, float]


@dataclass(frozen=True, slots=True)
class ColumnDate:
    """What a column's header says: `days`, the probability of each day that it may print, or of none.

    `heard`: whether anything was read that may be a day, or the sign of none. `differs`: probability that it prints
    another day than the same column of the report's first matrix; 0 in that one, and where columns cannot be compared.
    """

    days: Chances
    reading: Reading
    heard: bool
    differs: float = 0.0

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


def column_dates(matrices: Sequence[Sequence[ColumnReading]], year: int | None) -> tuple[tuple[ColumnDate, ...], ...]:
    """Each column's day in each matrix; those with as many columns bear one another out.

    `year`: of the report where known.
    """
    return tuple(
        tuple(_column_date(matrices, own, column, year) for column in range(len(columns)))
        for own, columns in enumerate(matrices)
    )


def _column_date(matrices: Sequence[Sequence[ColumnReading]], own: int, column: int, year: int | None) -> ColumnDate:
    alike = [i for i, m in enumerate(matrices) if i != own and len(m) == len(matrices[own])]
    readings = [matrices[i][column].date for i in (own, *alike)]
    days = _days(readings, year)
    said = [_shifted(log_likelihoods(r.candidates, days)) for r in readings]
    passed = [{t: _passed_on(t, s) for t in days} for s in said]
    truth = {t: _prior(t, year) * math.prod(p[t] for p in passed[1:]) for t in days}
    weights = {d: said[0][d] * sum(p * _printed(d, t) for t, p in truth.items()) for d in days}
    total = sum(weights.values())
    differs = 0.0
    if own and alike[:1] == [0]:
        differs = _differing(said[0], said[1], {t: truth[t] / passed[1][t] for t in days}) / total
    return ColumnDate({d: w / total for d, w in weights.items()}, readings[0], _is_heard(readings[0], days), differs)


def _is_heard(own: Reading, days: set[Day]) -> bool:
    return any(c.source == "marks" or (_is_said(c) and is_telling(c, days)) for c in own.candidates)


def _is_said(candidate: Candidate) -> bool:
    """Whether the engine read something, or the paper itself holds nothing there."""
    return bool(candidate.text.strip()) or candidate.source != "tesseract"


def _days(readings: Sequence[Reading], year: int | None) -> set[Day]:
    """The days that the matrices may print: those that their texts come near, the same ones of each year read, and the
    nearest of the years beside these, since a year that was not brought up to date need not be plainly read."""
    years = {year} if year else set()
    days = _near(readings, years)
    read = {d.year for d in days if isinstance(d, date)}
    if year is None:  # then the other days of the years that are read
        days |= _near(readings, read)
    days |= {d.replace(year=y) for d in days if isinstance(d, date) and (d.month, d.day) != (2, 29) for y in read}
    beside = {y + n for y in years or read for n in (-1, 1)} - read
    return days | _near(readings, beside, OTHERS)


def _near(readings: Sequence[Reading], years: set[int], most: int = NEAREST) -> set[Day]:
    return set[Day]().union(*(near_days(r.candidates, years, most) for r in readings))


def _shifted(logs: Chances) -> dict[Day, float]:
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
    share = (1 - OTHER_YEAR - MISPRINT) / 365
    if isinstance(day, date) and isinstance(truth, date):
        if (day.month, day.day) == (truth.month, truth.day):
            share = OTHER_YEAR / 2
        elif day.year == truth.year and sum(a != b for a, b in zip(f"{day}", f"{truth}", strict=True)) == 1:
            share = MISPRINT / MISPRINTS
    return (1 - AGREE) * share


def _passed_on(truth: Day, said: Chances) -> float:
    return sum(likelihood * _printed(d, truth) for d, likelihood in said.items())


def _differing(own: Chances, other: Chances, rest: Chances) -> float:
    """What speaks for two matrices that print two days; `rest`: what all else says for each true day."""
    days = [d for d in own if isinstance(d, date)]
    found = 0.0
    for t, weight in rest.items():
        printed = [(_printed(d, t) * own[d], _printed(d, t) * other[d]) for d in days]
        one, two = (sum(x[i] for x in printed) for i in (0, 1))
        found += weight * (one * two - sum(a * b for a, b in printed))
    return found

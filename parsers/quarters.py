"""The quarter of each session column, from the headings over the columns and the days under them, together.

A numeral of three strokes is easily misread; that headings follow one another in order, that columns under one heading
share it, and that a session's day mostly lies in its quarter, is not. A chain over the columns weighs all of it
(forward-backward: exact for this model).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from parsers.records import ColumnReading
from parsers.spelled_days import Day

QUARTERS = (1, 2, 3, 4)
FIRST = (0.84, 0.04, 0.1, 0.02)  # where the form's columns begin: most show the whole year, some their half
LAST = (0.02, 0.1, 0.02, 0.86)  # and where they end
ONE_HEADING = (0.99, 0.007, 0.002, 0.001)  # quarters on from a column to the next under the same heading
NEXT_HEADING = (0.04, 0.9, 0.05, 0.01)  # the same under another heading; the first: a rule that cuts a heading in two
NAMED_HEADING = (0.005, 0.93, 0.055, 0.01)  # the same where both print a numeral, as the parts of one do not
NO_HEADING = (0.25, 0.68, 0.06, 0.01)  # where nothing tells whether they share one
BACKWARDS = 1e-4
SURE_NUMERAL = 0.998  # of numerals clearly read on drawn scans, all of 578 were right
GARBLED_NUMERAL = 0.8  # of its sureness, of one that was not: 19 of 28 were
WITHIN, AFTER = 0.87, 0.1  # share of sessions held in their quarter, and in the next; the others anywhere else
DISORDERED = (
    0.05  # share of columns of one quarter whose days do not follow one another; of a day that strayed half do not
)


@dataclass(frozen=True, slots=True)
class ColumnQuarter:
    """`quarter`: 1-4, None where nothing tells; `confidence`: its probability, 0..1. `outside`: the probability that
    the column's day is none of the column's quarter, whichever both are."""

    quarter: int | None
    confidence: float
    outside: float = 0.0


def decode(
    columns: Sequence[ColumnReading], days: Sequence[Mapping[Day, float]], year: int | None = None
) -> tuple[ColumnQuarter, ...]:
    """Each column's quarter. `days`: for each column the probabilities of what its date cell says; `year`: the
    report's, where known, in which its quarters lie."""
    if not columns:
        return ()
    within = [WITHIN * (DISORDERED if strays else 1.0) for strays in _strays(days)]
    said = [[_days(chances, q, w) for q in QUARTERS] for chances, w in zip(days, within, strict=True)]
    emissions = [[_numerals(columns, i, q) * said[i][q - 1] for q in QUARTERS] for i in range(len(columns))]
    forward = [_normal([a * b for a, b in zip(FIRST, emissions[0], strict=True)])]
    for i in range(1, len(columns)):
        moves = _moves(columns[i - 1], columns[i])
        before = [sum(forward[-1][p] * moves[p][q] for p in range(4)) for q in range(4)]
        forward.append(_normal([a * b for a, b in zip(before, emissions[i], strict=True)]))
    backward = [list(LAST)]
    for i in range(len(columns) - 1, 0, -1):
        moves = _moves(columns[i - 1], columns[i])
        after = [sum(moves[p][q] * emissions[i][q] * backward[0][q] for q in range(4)) for p in range(4)]
        backward.insert(0, _normal(after))
    return tuple(
        _best(
            _normal([a * b for a, b in zip(forward[i], backward[i], strict=True)]), (days[i], within[i]), said[i], year
        )
        for i in range(len(columns))
    )


def _best(
    posterior: Sequence[float], chances: tuple[Mapping[Day, float], float], said: Sequence[float], year: int | None
) -> ColumnQuarter:
    """`chances`: of each day, and that it is in its quarter; `said`: what the days say for each quarter, a part of
    which is said by days outside of it."""
    days, within = chances
    index = max(range(4), key=lambda q: posterior[q])
    apart: list[dict[Day, float]] = [
        {d: p for d, p in days.items() if isinstance(d, date) and not _lies_in(d, q, year)} for q in QUARTERS
    ]
    of_each = zip(apart, QUARTERS, said, strict=True)
    shares = (_days(some, q, within) / whole if whole else 0.0 for some, q, whole in of_each)
    outside = sum(p * share for p, share in zip(posterior, shares, strict=True))
    return ColumnQuarter(QUARTERS[index] if posterior[index] > 0.5 else None, posterior[index], outside)


def _lies_in(day: date, quarter: int, year: int | None) -> bool:
    return (day.month - 1) // 3 + 1 == quarter and year in (None, day.year)


def _moves(left: ColumnReading, right: ColumnReading) -> list[list[float]]:
    """P(quarter of the right column | of the left one)."""
    if left.heading is None or right.heading is None:
        shares = NO_HEADING
    elif _share_heading(left, right):
        shares = ONE_HEADING
    else:
        shares = NAMED_HEADING if left.quarters and right.quarters else NEXT_HEADING
    return [_normal([shares[q - p] if q >= p else BACKWARDS for q in range(4)]) for p in range(4)]


def _share_heading(left: ColumnReading, right: ColumnReading) -> bool:
    """Whether two columns stand under one heading; one cell cannot have been read as two numbers."""
    return left.heading is not None and left.heading == right.heading and left.quarters == right.quarters


def _numerals(columns: Sequence[ColumnReading], index: int, quarter: int) -> float:
    """P(what was read of a heading | its quarter); of a heading over several columns it counts under the first."""
    column = columns[index]
    if index and _share_heading(columns[index - 1], column):
        return 1.0
    surest = {number: max(s for n, s in column.quarters if n == number) for number, _ in column.quarters}
    product = 1.0
    for number, sureness in surest.items():  # what one heading was misread as it is misread as again
        sure = max(0.25, sureness * (SURE_NUMERAL if sureness == 1 else GARBLED_NUMERAL))
        product *= sure if number == quarter else (1 - sure) / 3
    return product


def _days(said: Mapping[Day, float], quarter: int, within: float) -> float:
    """P(the day read | quarter), up to a factor that is the same for all quarters."""
    total = 0.0
    for day, p in said.items():
        if not isinstance(day, date):
            total += p * (within + AFTER) / 2  # no session is as likely in any
        else:
            on = ((day.month - 1) // 3 + 1 - quarter) % 4
            total += p * (within if on == 0 else AFTER if on == 1 else (1 - WITHIN - AFTER) / 2)
    return total


def _strays(days: Sequence[Mapping[Day, float]]) -> list[bool]:
    """Of each column, whether its likeliest day is later than the next column's, or earlier than that before."""
    likeliest = [max(chances, key=lambda d: chances[d]) if chances else None for chances in days]
    dated = [(i, d) for i, d in enumerate(likeliest) if isinstance(d, date)]
    strays = {i for left, right in pairwise(dated) if left[1] > right[1] for i in (left[0], right[0])}
    return [i in strays for i in range(len(days))]


def _normal(weights: Sequence[float]) -> list[float]:
    total = sum(weights)
    return [w / total for w in weights] if total else [1 / len(weights)] * len(weights)

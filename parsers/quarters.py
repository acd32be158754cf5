"""The quarter of each session column, from the headings over the columns and the days under them, together.

A numeral of three strokes is easily misread; that headings follow one another in order, that columns under one heading
share it, and that a session's day mostly lies in its quarter, is not. A chain over the columns weighs all of it
(forward-backward: exact for this model).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from parsers.records import ColumnReading
from parsers.spelled_days import Day

QUARTERS = (1, 2, 3, 4)
FIRST = (0.84, 0.04, 0.1, 0.02)  # where the form's columns begin: most show the whole year, some their half
LAST = (0.02, 0.1, 0.02, 0.86)  # and where they end
ONE_HEADING = (0.97, 0.02, 0.005, 0.005)  # quarters on from a column to the next under the same heading
NEXT_HEADING = (0.04, 0.9, 0.05, 0.01)  # the same under another heading; the first: a rule that cuts a heading in two
NO_HEADING = (0.25, 0.68, 0.06, 0.01)  # where nothing tells whether they share one
BACKWARDS = 1e-4
SURE_NUMERAL = 0.94  # of its sureness: however clearly a numeral reads, a stroke may be lost
WITHIN, AFTER = 0.87, 0.1  # share of sessions held in their quarter, and in the next; the others anywhere else


@dataclass(frozen=True, slots=True)
class ColumnQuarter:
    """`quarter`: 1-4, None where nothing tells; `confidence`: its probability, 0..1."""

    quarter: int | None
    confidence: float


def decode(columns: Sequence[ColumnReading], days: Sequence[Mapping[Day, float]]) -> tuple[ColumnQuarter, ...]:
    """Each column's quarter. `days`: for each column the probabilities of what its date cell says."""
    if not columns:
        return ()
    emissions = [[_numerals(columns, i, q) * _days(said, q) for q in QUARTERS] for i, said in enumerate(days)]
    forward = _normal([a * b for a, b in zip(FIRST, emissions[0], strict=True)])
    steps = [forward]
    for i in range(1, len(columns)):
        moves = _moves(columns[i - 1], columns[i])
        forward = _normal([sum(forward[p] * moves[p][q] for p in range(4)) * emissions[i][q] for q in range(4)])
        steps.append(forward)
    backward = list(LAST)
    found = [_best(steps[-1], backward)]
    for i in range(len(columns) - 1, 0, -1):
        moves = _moves(columns[i - 1], columns[i])
        backward = _normal([sum(moves[p][q] * emissions[i][q] * backward[q] for q in range(4)) for p in range(4)])
        found.append(_best(steps[i - 1], backward))
    return tuple(reversed(found))


def _best(forward: Sequence[float], backward: Sequence[float]) -> ColumnQuarter:
    posterior = _normal([a * b for a, b in zip(forward, backward, strict=True)])
    index = max(range(4), key=lambda q: posterior[q])
    return ColumnQuarter(QUARTERS[index] if posterior[index] > 0.5 else None, posterior[index])


def _moves(left: ColumnReading, right: ColumnReading) -> list[list[float]]:
    """P(quarter of the right column | of the left one)."""
    if left.heading is None or right.heading is None:
        shares = NO_HEADING
    else:
        shares = ONE_HEADING if left.heading == right.heading else NEXT_HEADING
    return [_normal([shares[q - p] if q >= p else BACKWARDS for q in range(4)]) for p in range(4)]


def _numerals(columns: Sequence[ColumnReading], index: int, quarter: int) -> float:
    """P(what was read of a heading | its quarter); of a heading over several columns it counts under the first."""
    column = columns[index]
    if index and column.heading is not None and column.heading == columns[index - 1].heading:
        return 1.0
    product = 1.0
    for number, sureness in column.quarters:
        sure = max(0.25, SURE_NUMERAL * sureness)
        product *= sure if number == quarter else (1 - sure) / 3
    return product


def _days(said: Mapping[Day, float], quarter: int) -> float:
    """P(the day read | quarter), up to a factor that is the same for all quarters."""
    total = 0.0
    for day, p in said.items():
        if not isinstance(day, date):
            total += p * (WITHIN + AFTER) / 2  # no session is as likely in any
        else:
            on = ((day.month - 1) // 3 + 1 - quarter) % 4
            total += p * (WITHIN if on == 0 else AFTER if on == 1 else (1 - WITHIN - AFTER) / 2)
    return total


def _normal(weights: Sequence[float]) -> list[float]:
    total = sum(weights)
    return [w / total for w in weights] if total else [1 / len(weights)] * len(weights)

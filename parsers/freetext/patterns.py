"""Which columns a flattened matrix has, and which of them had a session: every pattern the form allows, weighed.

The form gives each quarter its sessions' columns, or one empty column where it had none. So days tell most of the
pattern; the headers' lines of dates and dashes, of every matrix of the report, tell the rest; what stands under the
columns decides last (`parsers.freetext.matrices`). A pattern's cost is what its headers say against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, groupby

from ocr.records import Reading, TextLine
from parsers.dates import parse_date
from parsers.freetext.columns import printed_patterns
from parsers.freetext.slots import UNSEEN_DASH
from parsers.quarters import QUARTERS

# Nats.
LATE, FAR = 2.5, 4.5  # a day in the quarter after its column's, as one in twelve is; a day in any other
PART_OF_YEAR = 8.0  # a form that does not show all four quarters
MISSED = 8.0  # a session whose date no header shows
STRANGE_DASH = 3.0  # an empty column's mark that a header line shows and is none
HEADERS = 2.0  # witnesses that all headers of a report are worth: what is lost in one is lost in most
TRIED, TRIED_MISSED = 10, 5  # patterns, the likeliest of those with a date for each session and of those without
MOST_UNDATED = 8  # columns of a matrix without dates


@dataclass(frozen=True, slots=True)
class Pattern:
    """`held`: by column, left to right; `quarters`: of each column, None where nothing tells; `cost`: nats."""

    held: tuple[bool, ...]
    quarters: tuple[int | None, ...]
    cost: float

    @property
    def sessions(self) -> int:
        return sum(self.held)


def likely_patterns(dates: Sequence[Reading], headers: Sequence[Sequence[TextLine]]) -> tuple[Pattern, ...]:
    """The likeliest patterns of a matrix with those dates, the likeliest first. `headers`: of all matrices."""
    if not dates:
        widths = range(len(QUARTERS), MOST_UNDATED + 1)
        return tuple(Pattern((True,) * n, (None,) * n, 0.0) for n in widths)
    days = [parsed[0].month if (parsed := parse_date(r.text, year=2000)) else None for r in dates]
    printed = printed_patterns(headers, len(dates))
    found: dict[tuple[bool, ...], Pattern] = {}
    for pattern in _possible(days, printed):
        known = found.get(pattern.held)
        if known is None or pattern.cost < known.cost:
            found[pattern.held] = pattern
    ranked = sorted(found.values(), key=lambda p: (p.cost, len(p.held), p.held))
    whole, missed = ([p for p in ranked if (p.sessions == len(dates)) is yes] for yes in (True, False))
    return (*whole[:TRIED], *missed[:TRIED_MISSED])


def _possible(months: Sequence[int | None], printed: Sequence[Sequence[bool]]) -> Iterator[Pattern]:
    for pattern in _placed(months):
        yield Pattern(pattern.held, pattern.quarters, pattern.cost + _unlike(pattern.held, printed))
    unseen = _unlike_best(printed)
    for i in range(len(months) + 1):
        for pattern in _placed([*months[:i], None, *months[i:]]):
            yield Pattern(pattern.held, pattern.quarters, pattern.cost + MISSED + unseen)


def _placed(months: Sequence[int | None]) -> Iterator[Pattern]:
    """All ways to lay sessions of those months out in quarters."""
    for first in QUARTERS:
        for last in range(first, len(QUARTERS) + 1):
            whole = (first, last) == (1, len(QUARTERS))
            for way in combinations_with_replacement(range(first, last + 1), len(months)):
                cost = sum(map(_misplaced, months, way)) + PART_OF_YEAR * (not whole)
                columns = [(q, yes) for q in range(first, last + 1) for yes in (True,) * way.count(q) or (False,)]
                yield Pattern(tuple(yes for _, yes in columns), tuple(q for q, _ in columns), cost)


def _misplaced(month: int | None, quarter: int) -> float:
    if month is None:
        return 0.0
    off = ((month + 2) // 3 - quarter) % len(QUARTERS)
    return (0.0, LATE, FAR, FAR)[off]


def _unlike(held: Sequence[bool], printed: Sequence[Sequence[bool]]) -> float:
    """The cost of what header lines print otherwise: dashes between the same dates."""
    wanted = _dashes(held)
    costs = [_differing(wanted, _dashes(line)) for line in printed]
    return HEADERS * sum(costs) / len(costs) if costs else 0.0


def _unlike_best(printed: Sequence[Sequence[bool]]) -> float:
    """What no pattern can be spared: no more dashes than the headers show."""
    return min((_unlike(line, printed) for line in printed), default=0.0)


def _differing(wanted: Sequence[int], shown: Sequence[int]) -> float:
    return sum(UNSEEN_DASH * max(0, w - s) + STRANGE_DASH * max(0, s - w) for w, s in zip(wanted, shown, strict=True))


def _dashes(held: Sequence[bool]) -> list[int]:
    """How many columns without a session stand before each one with, and after the last."""
    counts = [0]
    for yes, run in groupby(held):
        for _ in run:
            if yes:
                counts.append(0)
            else:
                counts[-1] += 1
    return counts

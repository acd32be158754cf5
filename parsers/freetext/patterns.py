"""Which columns a flattened matrix has, and which of them had a session: every pattern the form allows, weighed.

The form gives each quarter its sessions' columns, or one empty column where it had none. So days tell most of the
pattern; the headers' lines of dates and dashes, of every matrix of the report, tell the rest; what stands under the
columns decides last (`parsers.freetext.matrices`). A pattern's cost is what its headers say against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement, groupby

from ocr.records import Reading, TextLine
from parsers.dates import parse_date
from parsers.freetext.columns import headed_quarters, printed_patterns
from parsers.freetext.slots import UNSEEN_DASH
from parsers.quarters import QUARTERS

# Nats.
LATE, FAR = 2.5, 4.5  # a day in the quarter after its column's, as one in twelve is; a day in any other
PART_OF_YEAR = 8.0  # a form that does not show all four quarters
PART_HEADED = 3.0  # the same, if headings of quarters were read: as many as were lost tell against it
UNHEADED, OVERHEADED = 2.5, 6.0  # a quarter whose heading was not read; a heading that was, and is of no quarter
MISSED = 8.0  # a session whose date no header shows
STRANGE_DASH = 3.0  # an empty column's mark that a header line shows and is none
WIDTH = 3.0  # a quarter whose heading has the width of one column and is over several, or the reverse
HEADERS = 2.0  # witnesses that all headers of a report are worth: what is lost in one is lost in most
MOST_STRANGE = 4.0  # the same of dashes that several headers show
TRIED, TRIED_MISSED = 10, 5  # patterns, the likeliest of those with a date for each session and of those without
LEAST_HEADED = 2  # headings of quarters, fewer tell nothing
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
        return tuple(Pattern((True,) * n, (None,) * n, 0.0) for n in range(1, MOST_UNDATED + 1))
    days = [parsed[0].month if (parsed := parse_date(r.text, year=2000)) else None for r in dates]
    printed = printed_patterns(headers, len(dates))
    headed = headed_quarters(headers)
    found: dict[tuple[bool, ...], Pattern] = {}
    for pattern in (replace(p, cost=p.cost + _unlike_headed(p, headed)) for p in _possible(days, printed)):
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
            for way in combinations_with_replacement(range(first, last + 1), len(months)):
                cost = sum(map(_misplaced, months, way))
                columns = [(q, yes) for q in range(first, last + 1) for yes in (True,) * way.count(q) or (False,)]
                yield Pattern(tuple(yes for _, yes in columns), tuple(q for q, _ in columns), cost)


def _unlike_headed(pattern: Pattern, headed: Sequence[bool]) -> float:
    """The cost of a pattern of more or fewer quarters than headings were read, none if none were; of a year's part; and
    of columns that the headings' width tells otherwise: beside whole words, one cut short stands over one column."""
    widths = [len(list(run)) for _, run in groupby(pattern.quarters)]
    part, lost = len(widths) < len(QUARTERS), len(widths) - len(headed)
    if len(headed) < LEAST_HEADED:
        return PART_OF_YEAR * part
    cost = PART_HEADED * part + (UNHEADED * lost if lost > 0 else -OVERHEADED * lost)
    if lost == 0 and len(set(headed)) > 1:
        cost += WIDTH * sum((width > 1) != whole for width, whole in zip(widths, headed, strict=True))
    return cost


def _misplaced(month: int | None, quarter: int) -> float:
    if month is None:
        return 0.0
    off = ((month + 2) // 3 - quarter) % len(QUARTERS)
    return (0.0, LATE, FAR, FAR)[off]


def _unlike(held: Sequence[bool], printed: Sequence[Sequence[bool]]) -> float:
    """The cost of what header lines print otherwise: dashes between the same dates, lost or strange."""
    if not printed:
        return 0.0
    wanted = _dashes(held)
    pairs = [(w, s) for line in printed for w, s in zip(wanted, _dashes(line), strict=True)]
    lost = UNSEEN_DASH * sum(max(0, w - s) for w, s in pairs) / len(printed)
    strange = STRANGE_DASH * sum(max(0, s - w) for w, s in pairs) / len(printed)
    return HEADERS * lost + min(MOST_STRANGE, max(HEADERS, len(printed))) * strange


def _unlike_best(printed: Sequence[Sequence[bool]]) -> float:
    """What no pattern can be spared: no more dashes than the headers show."""
    return min((_unlike(line, printed) for line in printed), default=0.0)


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

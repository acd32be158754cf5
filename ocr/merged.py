"""Lines of a first column whose cells span several rows → the cell of each row, where no rule tells. Lengths: inches.

A form sets such texts in the middle of their cells or at the top, all alike:
what accounts for the lines better is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

from ocr.partition import Span

OUT = 0.03  # that a line may stand out of its cell, whose height is known by words alone
OFF = 0.04  # a third of a line: further off its place a text hardly stands, and a row is several times as high
PITCH = 0.2  # between the lines of one text; above it they are likelier two
BLANK, TEXT = 3.0, 0.5  # the cost of a cell that says nothing, and of any that says something

Off = Callable[[Sequence[Span], float, float], float]


def cells(lines: Sequence[Span], beside: Sequence[Span], bounds: Sequence[float]) -> list[int]:
    """For each row the number of its cell, from 0. `beside`: the lines of the columns beside, whose cells are one row
    high; `bounds`: the heights between rows, above the first and below the last."""
    tops = [min((s.y0 for s in beside if a < s.y < b), default=a) for a, b in pairwise(bounds)]
    ways = [
        _parted(lines, bounds, [partial(setting, top) for top in tops]) for setting in (_in_the_middle, _at_the_top)
    ]
    _, ends = min(ways, key=lambda way: way[0])
    return [sum(row >= end for end in ends) for row in range(len(tops))]


def _parted(lines: Sequence[Span], bounds: Sequence[float], offs: Sequence[Off]) -> tuple[float, tuple[int, ...]]:
    """The cheapest way to share the lines among cells of one row and more: its cost, and the row after each cell.
    `offs`: for each row, how far from its place a text stands in a cell that begins there."""
    count = len(bounds) - 1
    best: dict[tuple[int, int], tuple[float, tuple[int, ...]]] = {(0, 0): (0.0, ())}
    for row in range(count):
        for used in range(len(lines) + 1):
            if (row, used) not in best:
                continue
            cost, ends = best[row, used]
            for end in range(row + 1, count + 1):
                for last in range(used if row == 0 else used + 1, len(lines) + 1):
                    price = _price(lines[used:last], bounds[row], bounds[end], offs[row])
                    if price is not None and ((end, last) not in best or cost + price < best[end, last][0]):
                        best[end, last] = (cost + price, (*ends, end))
    return best.get((count, len(lines)), (math.inf, tuple(range(1, count + 1))))


def _price(lines: Sequence[Span], top: float, bottom: float, off: Off) -> float | None:
    """What it costs to take lines for the text of a cell; None where they do not fit in it."""
    if not lines:
        return BLANK
    if lines[0].y0 < top - OUT or lines[-1].y1 > bottom + OUT:
        return None
    loose = sum(max(0.0, b.y - a.y - PITCH) for a, b in pairwise(lines)) * 50
    return float((off(lines, top, bottom) / OFF) ** 2 + loose + TEXT)


def _in_the_middle(_first: float, lines: Sequence[Span], top: float, bottom: float) -> float:
    return (lines[0].y0 + lines[-1].y1) / 2 - (top + bottom) / 2


def _at_the_top(first: float, lines: Sequence[Span], _top: float, _bottom: float) -> float:
    """`first`: the top of what the other cells of the row say."""
    return lines[0].y0 - first

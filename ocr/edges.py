"""Candidate edges of a table → those that are edges: arcs of stamps, lines of dense text and the sheet's own side pass
for rules too, and what rules of the form part is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

import numpy as np

from ocr.rules import Rules

SAME = 0.045  # inches within which two pieces belong to one edge; the lowest rows of the form are 0.1 high
LEAST_COLUMN = 0.33  # share of a table's height below its heading along which an edge of a column shows; the aligned
# first letters of a column's lines reach 0.25, a rule that a black-and-white scan has eaten 0.38
LETTERS = 0.7  # share of the rows' middle thirds that holds ink along a column of letters; of broken rules half
BETWEEN = 0.25  # share of what is next to the rows' edges that does so there: letters reach 0.1, broken rules 0.36
LEAST_LETTERS = 4  # rows that such a column has: the dots of a broken rule may keep clear of the edges of one or two
NARROWEST = 0.2  # inches; the form's narrowest columns, role and total, are 0.3 wide
WIDE_FIRST = 0.3  # of the table's width: a column as wide holds functions, a cell a row, and not merged sectors, whose
# words may stand at the very height where the rows beside them are parted
LEAST_MATRIX = 4  # edges of columns: a function, one session, whether it was addressed
LEAST_NAMES = 5  # edges that a matrix of names has more than: two or three names, a role, a session, the total
WHOLE = 0.75  # quantile of the lengths of a table's row edges: that of a whole one, though arcs and text be among them
MOST_BROKEN = 0.4  # of the length of a whole edge: what is left of a broken one; an arc reaches 0.35
LEAST_CROSSED = 0.25  # of the edges of rows that reach a table's outer column, merged sectors and all
LEAST_WRITTEN = 0.1  # of a column's height that holds ink; digits alone, one a row, hold a quarter
LEAST_HEADED = 0.35  # share of a table's width right of its words that an edge within the heading parts


@dataclass(frozen=True, slots=True)
class Ruled:
    """The page's rules in both directions; `reach`: pixels by which a rule may stray from its edge."""

    across: Rules
    down: Rules
    reach: int

    def level(self, y: float, x0: float, x1: float) -> bool:
        return self.across.stand(y, x0, x1, self.reach)

    def plumb(self, x: float, y0: float, y1: float) -> bool:
        return self.down.stand(x, y0, y1, self.reach)


def without_margins(xs: list[float], ys: Sequence[float], ruled: Ruled) -> list[float]:
    """The column edges without outer ones that bound nothing but paper: the sheet's own, or a hole's."""
    while len(xs) > LEAST_MATRIX and _is_margin(xs[-2], xs[-1], ys, ruled):
        xs = xs[:-1]
    while len(xs) > LEAST_MATRIX and _is_margin(xs[0], xs[1], ys, ruled):
        xs = xs[1:]
    return xs


def _is_margin(left: float, right: float, ys: Sequence[float], ruled: Ruled) -> bool:
    """Whether hardly a row's edge runs between two column edges, and hardly anything is written there: of a bent page
    the rules near the spine are not seen, but what they part is."""
    crossed = sum(ruled.level(y, left, right) for y in ys) / len(ys)
    inset = ruled.across.unit * SAME
    inside = ruled.across.dark[round(ys[0]) : round(ys[-1]), round(left + inset) : max(0, round(right - inset))]
    return crossed < LEAST_CROSSED and float(inside.any(axis=1).mean() if inside.size else 0.0) < LEAST_WRITTEN


def heading_rows(ys: Sequence[float], xs: Sequence[float], ruled: Ruled) -> int:
    """How many rows the table's first cell spans: those of the heading, in which columns are merged.

    Where the first column is narrow the two beside it have headings as high: two of the three that have an edge end it,
    for a rule may be lost and a stamp pass for one.
    """
    for i in range(1, len(ys) - 1):
        first = pairwise(xs[: tall_columns(xs) + 1])
        ended = [ruled.across.stand_evenly(ys[i], a, b, ruled.reach) for a, b in first]  # headings are no rules
        if 2 * sum(ended) > len(ended):
            return i
    return 0


def parts_heading(y: float, xs: Sequence[float], ruled: Ruled) -> bool:
    """Whether an edge within the heading parts what stands over the columns of marks: the words of the tall headings
    beside them stand on one line too."""
    first = tall_columns(xs)
    right = list(pairwise(xs[first:]))
    stands = sum(b - a for a, b in right if ruled.across.stand_evenly(y, a, b, ruled.reach))
    return stands >= LEAST_HEADED * (xs[-1] - xs[first])


def tall_columns(xs: Sequence[float]) -> int:
    """How many columns surely have a heading as high as the whole heading: that of functions, or sector, entity and
    position."""
    return 3 if len(xs) > LEAST_NAMES and not is_wide_first(xs) else 1


def is_wide_first(xs: Sequence[float]) -> bool:
    """Whether the first column is as wide as one of functions."""
    return xs[1] - xs[0] >= WIDE_FIRST * (xs[-1] - xs[0])


def real_columns(xs: Sequence[float], body: Sequence[float], ruled: Ruled) -> list[float]:
    """The column edges that enough of the table's body respects, and of two too near each other the stronger one."""
    shares = {x: ruled.down.share(x, body[0], body[-1]) for x in xs}
    kept: list[float] = []
    for x in xs:
        if x not in (xs[0], xs[-1]) and (shares[x] < LEAST_COLUMN or _is_letters(x, body, ruled)):
            continue
        if kept and x - kept[-1] < ruled.down.unit * NARROWEST:
            if shares[x] <= shares[kept[-1]]:
                continue
            kept.pop()
        kept.append(x)
    return kept


def _is_letters(x: float, body: Sequence[float], ruled: Ruled) -> bool:
    """Whether what stands at a column edge are the letters of its cells, each an «I» below the other: they fill the
    middle of a row and keep clear of its edges."""
    if len(body) <= LEAST_LETTERS:
        return False
    sixths = [(top, (bottom - top) / 6) for top, bottom in pairwise(body)]
    middle = [ruled.down.ink(x, top + 2 * part, top + 4 * part) for top, part in sixths]
    edges = [ruled.down.ink(x, top + at * part, top + (at + 0.6) * part) for top, part in sixths for at in (0.5, 4.9)]
    return float(np.mean(middle)) >= LETTERS and float(np.mean(edges)) <= BETWEEN


def real_rows(ys: Sequence[float], xs: Sequence[float], ruled: Ruled) -> list[float]:
    """Of a matrix's edges from the end of its heading to its own those that stand right of its first column, about as
    far as most do; the outer two are kept.

    First cells are as high as those beside them or higher: a rule in them alone is a line of their text. One that
    stands along a part of the others' length is the arc of a stamp.
    """
    if len(xs) < LEAST_MATRIX or len(ys) < 3:
        return list(ys)
    shares = [carried(y, xs[1:], ruled) for y in ys]
    least = MOST_BROKEN * float(np.quantile(shares, WHOLE))
    inner = zip(ys[1:-1], shares[1:-1], strict=True)
    return [ys[0], *(y for y, share in inner if share > 0 and share >= least), ys[-1]]


def carried(y: float, xs: Sequence[float], ruled: Ruled) -> float:
    """The share of a row edge's length on which its rule stands."""
    return sum(b - a for a, b in pairwise(xs) if ruled.level(y, a, b)) / (xs[-1] - xs[0])


def is_open_row(top: float, bottom: float, xs: Sequence[float], ruled: Ruled) -> bool:
    """Whether a table's last row is one: closed by a rule, or parted by those that run on to where the page cut it."""
    closed = any(ruled.level(bottom, a, b) for a, b in pairwise(xs))
    return closed or sum(ruled.plumb(x, top, bottom) for x in xs) > 1


def side_tall_headings(level: Sequence[Sequence[bool]], plumb: Sequence[list[bool]]) -> None:
    """Has the inner sides of the headings that are as high as the whole heading, the first columns' and the last one's,
    stand in all of its rows if they stand in one. `level`: the edges within the heading; changes `plumb`, its rows."""
    last = len(plumb[0]) - 1 if plumb else 0
    for columns, inner in ((range(last), 1), (range(last - 1, 0, -1), 0)):
        for column in takewhile(lambda j: not any(edge[j] for edge in level), columns):
            stands = any(row[column + inner] for row in plumb)
            for row in plumb:
                row[column + inner] = stands

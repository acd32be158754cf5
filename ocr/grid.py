"""Upright page → its ruled tables as lattices: row and column edges, and which stretches of them carry a rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

import cv2
import numpy as np
import numpy.typing as npt

from ocr.remnants import level_remnants
from ocr.rules import Rules, Segment, level_rules

Grey = npt.NDArray[np.uint8]

GRID_DPI = 150.0  # rules are found on a page of at most this resolution: half-point rules still measure a pixel
MIN_LEVEL, MIN_PLUMB = 0.3, 0.2  # inches: shortest level and plumb piece of a rule
SAME = 0.045  # inches within which two pieces belong to one edge; the lowest rows of the form are 0.1 high
TOUCH = 0.06  # inches within which two rules belong to one table
OPEN_END = 0.09  # inches that crossing rules must run on past the last edge for an edge to be missing there
LEAST_COLUMN = 0.33  # share of a table's height below its heading along which an edge of a column shows; the aligned
# first letters of a column's lines reach 0.25, a rule that a black-and-white scan has eaten 0.38
NARROWEST = 0.2  # inches; the form's narrowest columns, role and total, are 0.3 wide
MOST_EDGES = 0.5  # of a row's plumb edges: with so many the row is not one merged cell, and the others broke off
WIDE_FIRST = 0.3  # of the table's width: a column as wide holds functions, a cell a row, and not merged sectors, whose
# words may stand at the very height where the rows beside them are parted
MOST_LEVEL = 0.25  # of a row edge's stretches right of the first column: no text below the heading passes for an edge
LEAST_MATRIX = 4  # edges of columns: a function, one session, whether it was addressed
LEAST_NAMES = 5  # edges that a matrix of names has more than: two or three names, a role, a session, the total
WHOLE = 0.75  # quantile of the lengths of a table's row edges: that of a whole one, though arcs and text be among them
MOST_BROKEN = 0.4  # of the length of a whole edge: what is left of a broken one; an arc reaches 0.35
LEAST_CROSSED = 0.25  # of the edges of rows that reach a table's outer column, merged sectors and all
LEAST_WRITTEN = 0.1  # of a column's height that holds ink; digits alone, one a row, hold a quarter
PAPER = 0.6  # of the picture's height; the form has no single row as high
LEAST_HEADED = 0.35  # share of a table's width right of its words that an edge within the heading parts
LEAST_ROW = 0.1  # share of a table's width that an edge of a row parts; one of the heading 0.25, less text


@dataclass(frozen=True, slots=True)
class Lattice:
    """One table. `ys`, `xs`: edges in page pixels, ascending.

    `level[i][j]`: a rule stands on edge ys[i] between xs[j] and xs[j+1]; `plumb[i][j]`: on edge xs[j] between ys[i]
    and ys[i+1]. `ruled`: by rules, and not by how its text is aligned; `certain`: its rows and columns beyond doubt.
    """

    ys: tuple[float, ...]
    xs: tuple[float, ...]
    level: tuple[tuple[bool, ...], ...]
    plumb: tuple[tuple[bool, ...], ...]
    ruled: bool = True
    certain: bool = True

    def scaled(self, scale: float) -> Lattice:
        """The lattice in a unit of which `scale` make one of its own."""
        return replace(self, ys=tuple(y * scale for y in self.ys), xs=tuple(x * scale for x in self.xs))


def lattices(grey: Grey, dpi: float) -> tuple[Lattice, ...]:
    """The ruled tables of an upright page, top to bottom."""
    scale = min(1.0, GRID_DPI / dpi)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    unit = dpi * scale
    darkness = np.asarray(255 - small, dtype=np.uint8)
    plumb = np.ascontiguousarray(darkness.T)
    across = level_rules(darkness, unit, MIN_LEVEL, _shrunk(level_remnants(grey, dpi), darkness))
    down = level_rules(plumb, unit, MIN_PLUMB, _shrunk(level_remnants(np.ascontiguousarray(grey.T), dpi), plumb))
    ruled = _Ruled(across, down, max(1, round(unit * SAME * 0.6)))
    found = [
        _scaled(lattice, 1 / scale)
        for level, plumb in _tables(across.segments, down.segments, unit * TOUCH)
        for lattice in _lattices(level, plumb, ruled)
    ]
    tables = [lattice for lattice in found if not _is_paper(lattice, grey.shape[0])]
    return tuple(sorted(tables, key=lambda lattice: lattice.ys[0]))


def _shrunk(mask: Grey, to: Grey) -> Grey:
    """A mask in the size of a smaller picture: a pixel that is 1 anywhere is 1."""
    if mask.shape == to.shape:
        return mask
    small = cv2.resize(255 * mask, to.shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(small > 0, dtype=np.uint8)


def _is_paper(lattice: Lattice, height: int) -> bool:
    """Whether the lattice is the edge of a sheet that was photographed: one row, most of the picture high."""
    return len(lattice.ys) == 2 and lattice.ys[1] - lattice.ys[0] > PAPER * height


@dataclass(frozen=True, slots=True)
class _Ruled:
    """The page's rules in both directions; `reach`: pixels by which a rule may stray from its edge."""

    across: Rules
    down: Rules
    reach: int

    def level(self, y: float, x0: float, x1: float) -> bool:
        return self.across.stand(y, x0, x1, self.reach)

    def plumb(self, x: float, y0: float, y1: float) -> bool:
        return self.down.stand(x, y0, y1, self.reach)


def _tables(
    level: Sequence[Segment], plumb: Sequence[Segment], reach: float
) -> list[tuple[list[Segment], list[Segment]]]:
    """Groups of rules that touch one another, each with at least two of either direction."""
    parent = list(range(len(level) + len(plumb)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, h in enumerate(level):
        for j, v in enumerate(plumb):
            if h.start - reach <= v.at <= h.end + reach and v.start - reach <= h.at <= v.end + reach:
                parent[root(i)] = root(len(level) + j)
    groups: dict[int, tuple[list[Segment], list[Segment]]] = {}
    for i, segment in enumerate([*level, *plumb]):
        groups.setdefault(root(i), ([], []))[i >= len(level)].append(segment)
    return [(h, v) for h, v in groups.values() if len(h) >= 2 and len(v) >= 2]


def _edges(segments: Sequence[Segment], same: float) -> list[float]:
    """Where the edges lie: pieces nearer than `same` are one edge, at their mean weighted by length."""
    edges: list[list[Segment]] = []
    for s in sorted(segments, key=lambda s: s.at):
        if edges and s.at - _mean(edges[-1]) <= same:
            edges[-1].append(s)
        else:
            edges.append([s])
    return [_mean(e) for e in edges]


def _mean(segments: Sequence[Segment]) -> float:
    return sum(s.at * s.length for s in segments) / sum(s.length for s in segments)


def _lattices(level: list[Segment], plumb: list[Segment], ruled: _Ruled) -> list[Lattice]:
    """The lattices of one group of rules: one, or several if white bands without any plumb rule part it."""
    unit = ruled.across.unit
    ys = _with_open_ends(_edges(level, unit * SAME), plumb, unit)
    xs = _with_open_ends(_edges(plumb, unit * SAME), level, unit)
    parts: list[list[float]] = [ys[:1]]
    for above, below in pairwise(ys):
        if any(ruled.plumb(x, above, below) for x in xs):
            parts[-1].append(below)
        else:
            parts.append([below])
    found = (_part(part, level, plumb, ruled) for part in parts if len(part) >= 2)
    return [lattice for lattice in found if lattice and len(lattice.xs) > 2]  # one column is a frame, not a table


def _part(ys: list[float], level: Sequence[Segment], plumb: Sequence[Segment], ruled: _Ruled) -> Lattice | None:
    """The lattice with these row edges. Its column edges are its own: those of a table above it, a little aside, would
    draw them off their rules."""
    unit = ruled.across.unit
    own = [s for s in plumb if s.start < ys[-1] and s.end > ys[0]]
    crossing = [s for s in level if ys[0] - unit * SAME <= s.at <= ys[-1] + unit * SAME]
    xs = _with_open_ends(_edges(own, unit * SAME), crossing, unit)
    return _lattice(ys, xs, ruled) if len(xs) >= 2 else None


def _lattice(ys: list[float], xs: list[float], ruled: _Ruled) -> Lattice:
    """The lattice of edges, without those that too little of the table respects, and mended where rules broke off."""
    xs = _without_margins(xs, ys, ruled)
    depth = _header_depth(ys, xs, ruled)
    xs = _real_columns(xs, ys[depth:] if depth < len(ys) - 1 else ys, ruled)
    ys = [y for y in ys if y in (ys[0], ys[-1]) or _carried(y, xs, ruled) >= LEAST_ROW]
    depth = _header_depth(ys, xs, ruled)
    heading = [y for y in ys[1:depth] if _heads(y, xs, ruled)]
    ys, depth = [*ys[:1], *heading, *ys[max(1, depth) :]], len(heading) + min(depth, 1)
    ys = [*ys[:depth], *_real_rows(ys[depth:], xs, ruled)]
    if len(ys) > 2 and not _is_open_row(ys[-2], ys[-1], xs, ruled):
        ys = ys[:-1]
    level = [[ruled.level(y, a, b) for a, b in pairwise(xs)] for y in ys]
    plumb = [[ruled.plumb(x, a, b) for x in xs] for a, b in pairwise(ys)]
    for edge in level[1:depth]:
        edge[: _tall(xs)] = [False] * _tall(xs)
    _side_tall_headings(level[1:depth], plumb[:depth])
    merges = not is_wide_first(xs)
    for i in range(depth, len(plumb)):
        plumb[i] = _mended(plumb[i], 0, MOST_EDGES)
        if merges and i > depth:
            level[i][0] = level[i][0] and ruled.across.stand_evenly(ys[i], xs[0], xs[1], ruled.reach)
            level[i] = _mended(level[i], 1, MOST_LEVEL)
        else:
            level[i] = _mended(level[i], 0, MOST_LEVEL)
    return Lattice(tuple(ys), tuple(xs), tuple(map(tuple, level)), tuple(map(tuple, plumb)))


def _is_open_row(top: float, bottom: float, xs: Sequence[float], ruled: _Ruled) -> bool:
    """Whether a table's last row is one: closed by a rule, or parted by those that run on to where the page cut it."""
    closed = any(ruled.level(bottom, a, b) for a, b in pairwise(xs))
    return closed or sum(ruled.plumb(x, top, bottom) for x in xs) > 1


def _side_tall_headings(level: Sequence[Sequence[bool]], plumb: Sequence[list[bool]]) -> None:
    """Has the inner sides of the headings that are as high as the whole heading, the first columns' and the last one's,
    stand in all of its rows if they stand in one. `level`: the edges within the heading; changes `plumb`, its rows."""
    last = len(plumb[0]) - 1 if plumb else 0
    for columns, inner in ((range(last), 1), (range(last - 1, 0, -1), 0)):
        for column in takewhile(lambda j: not any(edge[j] for edge in level), columns):
            stands = any(row[column + inner] for row in plumb)
            for row in plumb:
                row[column + inner] = stands


def _real_rows(ys: Sequence[float], xs: Sequence[float], ruled: _Ruled) -> list[float]:
    """Of a matrix's edges from the end of its heading to its own those that stand right of its first column, about as
    far as most do; the outer two are kept.

    First cells are as high as those beside them or higher: a rule in them alone is a line of their text. One that
    stands along a part of the others' length is the arc of a stamp.
    """
    if len(xs) < LEAST_MATRIX or len(ys) < 3:
        return list(ys)
    carried = [_carried(y, xs[1:], ruled) for y in ys]
    least = MOST_BROKEN * float(np.quantile(carried, WHOLE))
    inner = zip(ys[1:-1], carried[1:-1], strict=True)
    return [ys[0], *(y for y, share in inner if share > 0 and share >= least), ys[-1]]


def _mended(standing: list[bool], first: int, most: float) -> list[bool]:
    """All stretches from `first` on standing, if most do: below the heading only the first column merges cells."""
    rest = standing[first:]
    return [*standing[:first], *[True] * len(rest)] if rest and sum(rest) >= most * len(rest) else standing


def _header_depth(ys: Sequence[float], xs: Sequence[float], ruled: _Ruled) -> int:
    """How many rows the table's first cell spans: those of the heading, in which columns are merged.

    Where the first column is narrow the two beside it have headings as high: two of the three that have an edge end it,
    for a rule may be lost and a stamp pass for one.
    """
    for i in range(1, len(ys) - 1):
        first = pairwise(xs[: _tall(xs) + 1])
        ended = [ruled.across.stand_evenly(ys[i], a, b, ruled.reach) for a, b in first]  # headings are no rules
        if 2 * sum(ended) > len(ended):
            return i
    return 0


def _heads(y: float, xs: Sequence[float], ruled: _Ruled) -> bool:
    """Whether an edge within the heading parts what stands over the columns of marks: the words of the tall headings
    beside them stand on one line too."""
    first = _tall(xs)
    right = list(pairwise(xs[first:]))
    stands = sum(b - a for a, b in right if ruled.across.stand_evenly(y, a, b, ruled.reach))
    return stands >= LEAST_HEADED * (xs[-1] - xs[first])


def _tall(xs: Sequence[float]) -> int:
    """How many columns surely have a heading as high as the whole heading: that of functions, or sector, entity and
    position."""
    return 3 if len(xs) > LEAST_NAMES and not is_wide_first(xs) else 1


def is_wide_first(xs: Sequence[float]) -> bool:
    """Whether the first column is as wide as one of functions."""
    return xs[1] - xs[0] >= WIDE_FIRST * (xs[-1] - xs[0])


def _without_margins(xs: list[float], ys: Sequence[float], ruled: _Ruled) -> list[float]:
    """The column edges without outer ones that bound nothing but paper: the sheet's own, or a hole's."""
    while len(xs) > LEAST_MATRIX and _is_margin(xs[-2], xs[-1], ys, ruled):
        xs = xs[:-1]
    while len(xs) > LEAST_MATRIX and _is_margin(xs[0], xs[1], ys, ruled):
        xs = xs[1:]
    return xs


def _is_margin(left: float, right: float, ys: Sequence[float], ruled: _Ruled) -> bool:
    """Whether hardly a row's edge runs between two column edges, and hardly anything is written there: of a bent page
    the rules near the spine are not seen, but what they part is."""
    crossed = sum(ruled.level(y, left, right) for y in ys) / len(ys)
    inset = ruled.across.unit * SAME
    inside = ruled.across.dark[round(ys[0]) : round(ys[-1]), round(left + inset) : max(0, round(right - inset))]
    return crossed < LEAST_CROSSED and float(inside.any(axis=1).mean() if inside.size else 0.0) < LEAST_WRITTEN


def _real_columns(xs: Sequence[float], body: Sequence[float], ruled: _Ruled) -> list[float]:
    """The column edges that enough of the table's body respects, and of two too near each other the stronger one."""
    shares = {x: ruled.down.share(x, body[0], body[-1]) for x in xs}
    kept: list[float] = []
    for x in xs:
        if x not in (xs[0], xs[-1]) and shares[x] < LEAST_COLUMN:
            continue
        if kept and x - kept[-1] < ruled.down.unit * NARROWEST:
            if shares[x] <= shares[kept[-1]]:
                continue
            kept.pop()
        kept.append(x)
    return kept


def _carried(y: float, xs: Sequence[float], ruled: _Ruled) -> float:
    """The share of a row edge's length on which its rule stands."""
    return sum(b - a for a, b in pairwise(xs) if ruled.level(y, a, b)) / (xs[-1] - xs[0])


def _with_open_ends(edges: list[float], crossing: Sequence[Segment], unit: float) -> list[float]:
    """`edges` and, where the crossing rules run on past the last of them, the edge that is missing there.

    A table cut by the page end often has no closing rule; its last row is still a row.
    """
    if not edges:
        return edges
    beyond = unit * OPEN_END
    low = [s.start for s in crossing if s.start < edges[0] - beyond]
    high = [s.end for s in crossing if s.end > edges[-1] + beyond]
    enough = max(2, round(0.4 * len(_edges(crossing, unit * SAME))))
    first = [float(np.median(low))] if len(low) >= enough else []
    last = [float(np.median(high))] if len(high) >= enough else []
    return [*first, *edges, *last]


def _scaled(lattice: Lattice, scale: float) -> Lattice:
    ys, xs = (tuple((v + 0.5) * scale for v in edges) for edges in (lattice.ys, lattice.xs))
    return Lattice(ys, xs, lattice.level, lattice.plumb)

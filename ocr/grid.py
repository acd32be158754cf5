"""Upright page → its ruled tables as lattices: row and column edges, and which stretches of them carry a rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from ocr.edges import (
    SAME,
    Ruled,
    carried,
    heading_rows,
    is_open_row,
    is_wide_first,
    parts_heading,
    real_columns,
    real_rows,
    side_tall_headings,
    tall_columns,
    without_margins,
)
from ocr.remnants import level_remnants
from ocr.rules import Segment, level_rules

Grey = npt.NDArray[np.uint8]
Group = tuple[list[Segment], list[Segment]]  # level and plumb rules

GRID_DPI = 150.0  # rules are found on a page of at most this resolution: half-point rules still measure a pixel
MIN_LEVEL, MIN_PLUMB = 0.3, 0.2  # inches: shortest level and plumb piece of a rule
TOUCH = 0.06  # inches within which two rules belong to one table
OPEN_END = 0.09  # inches that crossing rules must run on past the last edge for an edge to be missing there
MOST_EDGES = 0.4  # of a row's plumb edges: with so many the row is not one merged cell, and the others broke off; a fax
# left 0.45, the white between two tables has 0.25
MOST_LEVEL = 0.25  # of a row edge's stretches right of the first column: no text below the heading passes for an edge
INNER = 3  # times `TOUCH`, from a table's outermost level rules to one within it
PAPER = 0.6  # of the picture's height; the form has no single row as high
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
    plumb = np.asarray(cv2.transpose(darkness), np.uint8)
    across = level_rules(darkness, unit, MIN_LEVEL, _shrunk(level_remnants(grey, dpi), darkness))
    down = level_rules(
        plumb, unit, MIN_PLUMB, _shrunk(level_remnants(np.asarray(cv2.transpose(grey), np.uint8), dpi), plumb)
    )
    ruled = Ruled(across, down, max(1, round(unit * SAME * 0.6)))
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
    if not mask.any():
        return np.zeros_like(to)
    small = cv2.resize(255 * mask, to.shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(small > 0, dtype=np.uint8)


def _is_paper(lattice: Lattice, height: int) -> bool:
    """Whether the lattice is the edge of a sheet that was photographed: one row, most of the picture high."""
    return len(lattice.ys) == 2 and lattice.ys[1] - lattice.ys[0] > PAPER * height


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a group of rules takes up, in pixels."""

    x0: float
    y0: float
    x1: float
    y1: float

    def area(self) -> float:
        return (self.x1 - self.x0) * (self.y1 - self.y0)

    def holds(self, other: _Frame, reach: float) -> bool:
        low = self.x0 - reach <= other.x0 and self.y0 - reach <= other.y0
        return low and other.x1 <= self.x1 + reach and other.y1 <= self.y1 + reach


def _tables(level: Sequence[Segment], plumb: Sequence[Segment], reach: float) -> list[Group]:
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
    groups: dict[int, Group] = {}
    for i, segment in enumerate([*level, *plumb]):
        groups.setdefault(root(i), ([], []))[i >= len(level)].append(segment)
    return [(h, v) for h, v in _with_inner(list(groups.values()), reach) if len(h) >= 2 and len(v) >= 2]


def _with_inner(groups: list[Group], reach: float) -> list[Group]:
    """The groups, those whole within another's frame made part of it: broken rules do not reach one another."""
    framed = sorted(((_frame(group), group) for group in groups), key=lambda f: -f[0].area())
    kept: list[tuple[_Frame, Group]] = []
    for frame, (level, plumb) in framed:
        holding = (g for f, g in kept if f.holds(frame, reach) and _has_rows(g, reach))
        around = next((g for g in holding if _goes_on((level, plumb), g, reach)), None)
        if around:
            around[0].extend(level)
            around[1].extend(plumb)
        else:
            kept.append((frame, (level, plumb)))
    return [group for _, group in kept]


def _has_rows(group: Group, reach: float) -> bool:
    """Whether a group of rules is a table's, broken or not: of a photographed sheet only the sides show."""
    ys, away = [s.at for s in group[0]], INNER * reach
    return any(min(ys) + away < y < max(ys) - away for y in ys) and len(group[1]) >= 2


def _goes_on(inner: Group, outer: Group, reach: float) -> bool:
    """Whether a group of rules is a table's rather than words and strokes of letters: several in both directions, or
    plumb ones in line with those of the table around."""
    aligned = sum(any(abs(s.at - o.at) <= reach for o in outer[1]) for s in inner[1])
    return (len(inner[0]) >= 2 and len(inner[1]) >= 3) or (aligned > 0 and 2 * aligned >= len(inner[1]))


def _frame(group: Group) -> _Frame:
    level, plumb = group
    xs = [x for s in level for x in (s.start, s.end)] + [s.at for s in plumb]
    ys = [y for s in plumb for y in (s.start, s.end)] + [s.at for s in level]
    return _Frame(min(xs), min(ys), max(xs), max(ys))


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


def _lattices(level: list[Segment], plumb: list[Segment], ruled: Ruled) -> list[Lattice]:
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


def _part(ys: list[float], level: Sequence[Segment], plumb: Sequence[Segment], ruled: Ruled) -> Lattice | None:
    """The lattice with these row edges. Its column edges are its own: those of a table above it, a little aside, would
    draw them off their rules."""
    unit = ruled.across.unit
    own = [s for s in plumb if s.start < ys[-1] and s.end > ys[0]]
    crossing = [s for s in level if ys[0] - unit * SAME <= s.at <= ys[-1] + unit * SAME]
    xs = _with_open_ends(_edges(own, unit * SAME), crossing, unit)
    return _lattice(ys, xs, ruled) if len(xs) >= 2 else None


def _lattice(ys: list[float], xs: list[float], ruled: Ruled) -> Lattice:
    """The lattice of edges, without those that too little of the table respects, and mended where rules broke off."""
    xs = without_margins(xs, ys, ruled)
    depth = heading_rows(ys, xs, ruled)
    xs = real_columns(xs, ys[depth:] if depth < len(ys) - 1 else ys, ruled)
    ys = [y for y in ys if y in (ys[0], ys[-1]) or carried(y, xs, ruled) >= LEAST_ROW]
    depth = heading_rows(ys, xs, ruled)
    heading = [y for y in ys[1:depth] if parts_heading(y, xs, ruled)]
    ys, depth = [*ys[:1], *heading, *ys[max(1, depth) :]], len(heading) + min(depth, 1)
    ys = [*ys[:depth], *real_rows(ys[depth:], xs, ruled)]
    if len(ys) > 2 and not is_open_row(ys[-2], ys[-1], xs, ruled):
        ys = ys[:-1]
    level = [[ruled.level(y, a, b) for a, b in pairwise(xs)] for y in ys]
    plumb = [[ruled.plumb(x, a, b) for x in xs] for a, b in pairwise(ys)]
    for edge in level[1:depth]:
        edge[: tall_columns(xs)] = [False] * tall_columns(xs)
    side_tall_headings(level[1:depth], plumb[:depth])
    merges = not is_wide_first(xs)
    for i in range(depth, len(plumb)):
        plumb[i] = _mended(plumb[i], 0, MOST_EDGES)
        if merges and i > depth:
            level[i][0] = level[i][0] and ruled.across.stand_evenly(ys[i], xs[0], xs[1], ruled.reach)
            level[i] = _mended(level[i], 1, MOST_LEVEL)
        else:
            level[i] = _mended(level[i], 0, MOST_LEVEL)
    return Lattice(tuple(ys), tuple(xs), tuple(map(tuple, level)), tuple(map(tuple, plumb)))


def _mended(standing: list[bool], first: int, most: float) -> list[bool]:
    """All stretches from `first` on standing, if most do: below the heading only the first column merges cells."""
    rest = standing[first:]
    return [*standing[:first], *[True] * len(rest)] if rest and sum(rest) >= most * len(rest) else standing


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

"""Upright page → its ruled tables as lattices: row and column edges, and which stretches of them carry a rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from ocr.rules import Rules, Segment, level_rules

Grey = npt.NDArray[np.uint8]

GRID_DPI = 150.0  # rules are found on a page of at most this resolution: half-point rules still measure a pixel
MIN_LEVEL, MIN_PLUMB = 0.3, 0.2  # inches: shortest level and plumb piece of a rule
SAME = 0.045  # inches within which two pieces belong to one edge; the lowest rows of the form are 0.1 high
TOUCH = 0.06  # inches within which two rules belong to one table
OPEN_END = 0.09  # inches that crossing rules must run on past the last edge for an edge to be missing there
LEAST_COLUMN = 0.6  # share of a table's height below its heading that an edge of a column parts
LEAST_ROW = 0.1  # share of a table's width that an edge of a row parts; one of the heading 0.25, less text


@dataclass(frozen=True, slots=True)
class Lattice:
    """One ruled table. `ys`, `xs`: edges in page pixels, ascending.

    `level[i][j]`: a rule stands on edge ys[i] between xs[j] and xs[j+1]; `plumb[i][j]`: on edge xs[j] between ys[i]
    and ys[i+1].
    """

    ys: tuple[float, ...]
    xs: tuple[float, ...]
    level: tuple[tuple[bool, ...], ...]
    plumb: tuple[tuple[bool, ...], ...]


def lattices(grey: Grey, dpi: float) -> tuple[Lattice, ...]:
    """The ruled tables of an upright page, top to bottom."""
    scale = min(1.0, GRID_DPI / dpi)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    unit = dpi * scale
    darkness = (255 - small).astype(np.float32)
    across = level_rules(darkness, unit, MIN_LEVEL)
    down = level_rules(np.ascontiguousarray(darkness.T), unit, MIN_PLUMB)
    found = [_lattice(h, v, across, down) for h, v in _tables(across.segments, down.segments, unit * TOUCH)]
    kept = [_scaled(lattice, 1 / scale) for lattice in found if lattice is not None]
    return tuple(sorted(kept, key=lambda lattice: lattice.ys[0]))


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


def _lattice(level: list[Segment], plumb: list[Segment], across: Rules, down: Rules) -> Lattice | None:
    """The lattice of one group of rules, without the edges that too little of the table respects."""
    unit = across.unit
    ys = _with_open_ends(_edges(level, unit * SAME), plumb, unit)
    xs = _with_open_ends(_edges(plumb, unit * SAME), level, unit)
    reach = max(1, round(unit * SAME * 0.6))
    body = ys[_header_depth(across, ys, xs, reach) :]
    xs = [x for x in xs if x in (xs[0], xs[-1]) or _carried(down, x, body, reach) >= LEAST_COLUMN]
    ys = [y for y in ys if y in (ys[0], ys[-1]) or _carried(across, y, xs, reach) >= LEAST_ROW]
    if len(ys) < 2 or len(xs) < 2:
        return None
    return Lattice(
        ys=tuple(ys),
        xs=tuple(xs),
        level=tuple(tuple(across.stand(y, a, b, reach) for a, b in pairwise(xs)) for y in ys),
        plumb=tuple(tuple(down.stand(x, a, b, reach) for x in xs) for a, b in pairwise(ys)),
    )


def _header_depth(across: Rules, ys: Sequence[float], xs: Sequence[float], reach: int) -> int:
    """How many rows the table's first cell spans: those of the heading, in which columns are merged."""
    standing = (i for i in range(1, len(ys) - 1) if across.stand(ys[i], xs[0], xs[1], reach))
    return next(standing, 0) if len(xs) > 1 else 0


def _carried(rules: Rules, at: float, crossings: Sequence[float], reach: int) -> float:
    """The share of an edge's length on which its rule stands."""
    standing = sum(b - a for a, b in pairwise(crossings) if rules.stand(at, a, b, reach))
    return standing / (crossings[-1] - crossings[0])


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

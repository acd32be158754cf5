"""Upright page → its ruled tables as lattices: row and column edges, and which stretches of them carry a rule.

A rule is found as a ridge, not by a threshold: along a stretch of half an inch the paper is darker than a little above
and below it. That sees thin grey, dotted and broken rules, and passes over lines of text, which are wider than a rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Response = npt.NDArray[np.float32]

GRID_DPI = 150.0  # rules are found on a page of at most this resolution: half-point rules still measure a pixel
STRETCH = 0.36  # inches over which a rule is averaged; above the height of a table's text, below a narrow column
SIDE = (0.027, 0.05)  # inches: the band on either side of a rule where paper must show; rules are thinner than 0.02
SMOOTH = 0.02  # inches over which noise is averaged before a point of a rule is judged
MIN_CONTRAST = 14.0  # grey levels between a point of a rule and its paper
MIN_SHARE = 0.6  # share of the stretch that must be rule
WEAK_SHARE = 0.4  # the same for a stretch of an edge that is known from elsewhere
GAP = 0.15  # inches of missing rule that are bridged
MIN_LEVEL, MIN_PLUMB = 0.3, 0.2  # inches: shortest level and plumb piece of a rule
SAME = 0.045  # inches within which two pieces belong to one edge; the lowest rows of the form are 0.1 high
TOUCH = 0.06  # inches within which two rules belong to one table
PRESENT = 0.5  # share of a stretch that must respond for its rule to stand there


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a rule: `at` is its y if level, its x if plumb; it runs from `start` to `end` (pixels)."""

    at: float
    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start


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
    dark = (255 - small).astype(np.float32)
    across, down = _ridge(dark, unit), _ridge(np.ascontiguousarray(dark.T), unit).T
    level = _segments(across, unit, MIN_LEVEL)
    plumb = _segments(np.ascontiguousarray(down.T), unit, MIN_PLUMB)
    found = [_lattice(h, v, across, down, unit) for h, v in _tables(level, plumb, unit * TOUCH)]
    kept = [_scaled(lattice, 1 / scale) for lattice in found if lattice is not None]
    return tuple(sorted(kept, key=lambda lattice: lattice.ys[0]))


def _ridge(dark: Response, unit: float) -> Response:
    """For each pixel, the share (0..1) of its level stretch that is darker than the paper a little above and below.

    Each point of the stretch votes once, however dark, and only if a whole band on either side of it is paper: beside
    the foot of a letter stands the letter, so a line of text musters no more than a third of the votes.
    """
    line = cv2.blur(dark, (max(1, round(unit * SMOOTH)), 1))
    near, far = max(2, round(unit * SIDE[0])), max(3, round(unit * SIDE[1]))
    band = np.zeros((2 * far + 1, 1), np.uint8)
    band[: far - near + 1] = 1
    beside = np.maximum(cv2.dilate(line, band), cv2.dilate(line, band[::-1].copy()))
    votes = cv2.dilate((line - beside > MIN_CONTRAST).astype(np.float32), np.ones((2, 1), np.uint8))
    return np.asarray(cv2.blur(votes, (max(3, int(unit * STRETCH)), 1)), dtype=np.float32)


def _segments(response: Response, unit: float, shortest: float) -> list[Segment]:
    """The level pieces of rule in a response."""
    mask = (response > MIN_SHARE).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, max(3, int(unit * GAP))), np.uint8))
    count, labels, stats, centres = cv2.connectedComponentsWithStats(mask)
    pieces = []
    for i in range(1, count):
        x, _y, width, height, area = stats[i]
        if width < unit * shortest or height > max(unit * 0.12, width * 0.05) or area < width:
            continue
        pieces.append(Segment(float(centres[i][1]), float(x), float(x + width)))
    return pieces


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


def _lattice(
    level: list[Segment], plumb: list[Segment], across: Response, down: Response, unit: float
) -> Lattice | None:
    ys, xs = _edges(level, unit * SAME), _edges(plumb, unit * SAME)
    ys = _with_open_ends(ys, plumb, unit)
    xs = _with_open_ends(xs, level, unit)
    if len(ys) < 2 or len(xs) < 2:
        return None
    reach = max(1, round(unit * SAME * 0.6))
    return Lattice(
        ys=tuple(ys),
        xs=tuple(xs),
        level=tuple(tuple(_stands(across, y, a, b, reach) for a, b in zip(xs, xs[1:], strict=False)) for y in ys),
        plumb=tuple(tuple(_stands(down.T, x, a, b, reach) for x in xs) for a, b in zip(ys, ys[1:], strict=False)),
    )


def _with_open_ends(edges: list[float], crossing: Sequence[Segment], unit: float) -> list[float]:
    """`edges` and, where the crossing rules run on past the last of them, the edge that is missing there.

    A table cut by the page end often has no closing rule; its last row is still a row.
    """
    if not edges:
        return edges
    beyond = unit * 0.09
    low = [s.start for s in crossing if s.start < edges[0] - beyond]
    high = [s.end for s in crossing if s.end > edges[-1] + beyond]
    enough = max(2, round(0.4 * len(_edges(crossing, unit * SAME))))
    first = [float(np.median(low))] if len(low) >= enough else []
    last = [float(np.median(high))] if len(high) >= enough else []
    return [*first, *edges, *last]


def _stands(response: Response, at: float, start: float, end: float, reach: int) -> bool:
    """Whether a rule stands on level edge `at` from `start` to `end`, leaving out its ends where other rules cross."""
    row, margin = round(at), min(4, (end - start) / 5)
    band = response[max(0, row - reach) : row + reach + 1, int(start + margin) : max(int(start + margin) + 1, int(end - margin))]
    if band.size == 0:
        return False
    return bool((band.max(axis=0) > WEAK_SHARE).mean() >= PRESENT)


def _scaled(lattice: Lattice, scale: float) -> Lattice:
    return Lattice(
        tuple((y + 0.5) * scale for y in lattice.ys), tuple((x + 0.5) * scale for x in lattice.xs), lattice.level, lattice.plumb
    )

"""What stands over a matrix's columns of marks → the cells of its heading, parted by its widest whites, in inches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import median

from ocr.bodies import Body
from ocr.pieces import Piece

SIDE = 0.06  # between a rule and the words beside it


@dataclass(frozen=True, slots=True)
class Columns:
    """The edges of the columns; the first `words` of them hold words, the others are narrow."""

    edges: tuple[float, ...]
    words: int
    middles: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """The edges above the heading's rows, and which stretches of them and of the columns' edges part its cells."""

    ys: tuple[float, ...]
    level: tuple[tuple[bool, ...], ...]
    plumb: tuple[tuple[bool, ...], ...]

    @staticmethod
    def of(body: Body, columns: Columns, pieces: Sequence[Piece]) -> Heading:
        edges, lead = columns.edges, columns.words + (columns.words > 1)
        count = len(edges) - 1
        over = over_marks(body, columns, pieces)
        parts = 3 if columns.words > 1 else 2
        cuts = _cuts(over, parts)
        ys = (min(body.top, min(p.y0 for p in over)) - 0.04, *cuts)
        marks = [lead <= j < count - 1 for j in range(count)]
        total_below = parts == 3 and _centre(over, ys) > (edges[lead] + edges[-2]) / 2 + (edges[-1] - edges[-2]) / 4
        level: list[tuple[bool, ...]] = [(True,) * count]
        plumb: list[tuple[bool, ...]] = []
        for i in range(len(cuts)):
            level.append(tuple(m or (i == 0 and total_below and j == count - 1) for j, m in enumerate(marks)))
        for i in range(len(ys)):
            open_ = set(range(lead + 1, count)) if total_below and i == 0 else set(range(lead + 1, count - 1))
            if i == len(ys) - 1:
                open_ = set()
            elif i > 0:
                open_ -= _starts(over, (ys[i], ys[i + 1]), columns, lead)
            plumb.append(tuple(j not in open_ for j in range(count + 1)))
        level.append((True,) * count)
        return Heading(ys, tuple(level), tuple(plumb))


def _centre(over: Sequence[Piece], ys: Sequence[float]) -> float:
    first = [p for p in over if len(ys) < 2 or p.y < ys[1]]
    return (min(p.x0 for p in first) + max(p.x1 for p in first)) / 2


def over_marks(body: Body, columns: Columns, pieces: Sequence[Piece]) -> list[Piece]:
    """What stands in the heading over the columns of marks."""
    left, right = columns.edges[columns.words + (columns.words > 1)], columns.edges[-2]
    return [p for p in pieces if p.y < body.start and p.x0 > left - SIDE and p.x1 < right + SIDE]


def _cuts(over: Sequence[Piece], parts: int) -> list[float]:
    """The heights that part the heading over the marks: its widest whites."""
    whites: list[tuple[float, float]] = []
    bottom = None
    for p in sorted(over, key=lambda p: p.y0):
        if bottom is not None and p.y0 > bottom:
            whites.append((p.y0 - bottom, (p.y0 + bottom) / 2))
        bottom = max(p.y1, bottom or 0.0)
    return sorted(y for _, y in sorted(whites, reverse=True)[: parts - 1])


def _starts(over: Sequence[Piece], band: tuple[float, float], columns: Columns, lead: int) -> set[int]:
    """The edges at which the headings of a band begin: each stands over the middle of its columns."""
    names = _names_in([p for p in over if band[0] < p.y < band[1]])
    edges, last = columns.edges, len(columns.edges) - 2
    count = last - lead
    best, starts = float("inf"), set(range(lead + 1, last + 1))
    if 0 < len(names) < count:
        for inner in combinations(range(lead + 1, last), len(names) - 1):
            ends = (lead, *inner, last)
            cost = sum(abs((edges[a] + edges[b]) / 2 - n) for (a, b), n in zip(pairwise(ends), names, strict=True))
            if cost < best:
                best, starts = cost, {*inner, last}
    return starts


def _names_in(pieces: Sequence[Piece]) -> list[float]:
    """The middles of texts that stand beside one another."""
    found: list[list[float]] = []
    for p in sorted(pieces, key=lambda p: p.x0):
        if found and p.x0 < found[-1][1] + 0.02:
            found[-1][1] = max(p.x1, found[-1][1])
        else:
            found.append([p.x0, p.x1])
    return [median(f) for f in found]

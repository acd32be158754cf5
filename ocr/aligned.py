"""The body of a matrix and the pieces of text around it → its lattice, without any rule. All lengths are inches.

Columns are what white parts all the way down, rows what the words beside the marks make (`ocr.partition`), and the
heading is parted by the widest whites in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import fmean

from ocr import merged, partition
from ocr.bodies import Body
from ocr.extents import LETTER, NARROW
from ocr.grid import Lattice
from ocr.headings import SIDE, Columns, Heading, over_marks
from ocr.middles import OWN, all_middles, are_regular, names_of, with_blank, without_words
from ocr.partition import Row, Span
from ocr.pieces import Piece

LINE = 0.5  # of its height that two pieces share which stand on one line
FOLLOWS = 1.3  # times the pitch: what stands further below the last marks' words is no longer the table
FOOT = 0.93  # of the page's height: what stands below is the page's own


def aligned(body: Body, pieces: Sequence[Piece], height: float, bars: Sequence[float] = ()) -> Lattice | None:
    """The lattice of a body with a heading; None where its columns cannot be told. `height`: of the page; `bars`: the
    heights of rules between rows, where some are left."""
    around = _around(body, pieces)
    columns = _known_columns(body, around)
    if columns is None:
        return None
    bars = [y for y in bars if y > body.start + SIDE]
    rows, certain = _rows(body, columns, around, (height, bars))
    if not rows:
        return None
    heading = Heading.of(body, columns, around)
    bounds = _on_bars(_bounds(rows, body, columns, around), bars)
    ys = (*heading.ys, *bounds)
    if not _ascend(ys) or not _ascend(columns.edges):
        return None  # the heading and the first row take each other's words
    groups = _sector_groups(bounds, columns, around) if columns.words > 1 else list(range(len(rows)))
    level = [*heading.level]
    level += [(a != b, *[True] * (len(columns.edges) - 2)) for a, b in pairwise(groups)]
    level.append((True,) * (len(columns.edges) - 1))
    plumb = [*heading.plumb, *[(True,) * len(columns.edges)] * len(rows)]
    regular = certain and are_regular(columns)
    return Lattice(ys, columns.edges, tuple(level), tuple(plumb), ruled=False, certain=regular)


def column_edges(body: Body, pieces: Sequence[Piece]) -> tuple[float, ...]:
    """The edges of the columns that a lattice of the body would have; none where they cannot be told."""
    columns = _known_columns(body, _around(body, pieces))
    return columns.edges if columns else ()


def _around(body: Body, pieces: Sequence[Piece]) -> list[Piece]:
    return [p for p in pieces if p.y > body.top - SIDE and (p.height >= LETTER or p.x0 > body.middles[0] - OWN)]


def _known_columns(body: Body, around: Sequence[Piece]) -> Columns | None:
    columns = _columns(body, around) if body.has_heading else None
    return columns if columns and over_marks(body, columns, around) else None


def _ascend(edges: Sequence[float]) -> bool:
    return all(a < b for a, b in pairwise(edges))


# ---------------------------------------------------------------- columns


def _columns(body: Body, pieces: Sequence[Piece]) -> Columns | None:
    if len(names_of([p for p in pieces if p.y < body.start and p.height >= LETTER], body, body.middles)) == 1:
        body = replace(body, middles=without_words(body.middles))
    last = body.lines[-1].y
    beside = [p for p in pieces if p.x1 < body.middles[0] - SIDE and p.height >= LETTER]
    words = [p for p in beside if body.start < p.y < last + SIDE]
    heading = [p for p in pieces if p.y < body.start and p.height >= LETTER]
    dashes = [p for p in pieces if p.y < body.start and p.height < LETTER]
    ends = [p.x1 for p in words if p.width > NARROW or p.x1 < body.middles[0] - 2 * OWN]
    if not ends:
        return None
    words_end = max(ends)
    middles = all_middles(body, [*heading, *dashes], words_end)
    if len(names_of(heading, body, middles)) == 1:
        middles = with_blank(middles, heading, words_end)
    inside = [p for p in pieces if p.y < last + SIDE and p.width <= _pitch(middles) and p.x0 >= words_end - SIDE]
    narrow = _narrow_edges(middles, inside, words_end)
    names = names_of(heading, body, middles)
    if not names:
        return None
    lead = [min(p.x0 for p in [*words, *heading] if p.x1 < narrow[0] + SIDE) - SIDE]
    for a, b in pairwise(names):
        edge = _gutter([p for p in [*words, *heading] if p.x1 < narrow[0] + SIDE], fmean(a), fmean(b))
        if edge is None:
            return None
        lead.append(edge)
    return Columns((*lead, *narrow), len(names), tuple(middles))


def _pitch(middles: Sequence[float]) -> float:
    """How far columns of marks stand apart: of all steps the lower median, since empty columns make steps longer."""
    steps = sorted(b - a for a, b in pairwise(middles))
    return steps[(len(steps) - 1) // 2]


def _narrow_edges(middles: Sequence[float], pieces: Sequence[Piece], words_end: float) -> list[float]:
    """The edges of the narrow columns: between what stands in one and what stands in the next."""
    spans = [[p for p in pieces if abs(p.x - m) <= OWN] for m in middles]
    rights = [max((p.x1 for p in own), default=m) for own, m in zip(spans, middles, strict=True)]
    lefts = [min((p.x0 for p in own), default=m) for own, m in zip(spans, middles, strict=True)]
    between = [
        min(max((m + n) / 2, a + 0.01), b - 0.01) if a + 0.02 < b else (a + b) / 2
        for m, n, a, b in zip(middles, middles[1:], rights, lefts[1:], strict=False)
    ]
    first = max((words_end + lefts[0]) / 2, 2 * middles[0] - between[0])
    return [min(first, lefts[0] - 0.02), *between, max(2 * middles[-1] - between[-1], rights[-1] + 0.02)]


def _gutter(pieces: Sequence[Piece], left: float, right: float) -> float | None:
    """The edge in the widest white that runs down between the middles of two names: beside the right column's words."""
    at, widest = left, (0.0, 0.0)
    for p in sorted((p for p in pieces if p.x1 > left and p.x0 < right), key=lambda p: p.x0):
        if p.x0 - at > widest[1] - widest[0]:
            widest = (at, p.x0)
        at = max(at, p.x1)
    low, high = widest
    return max(high - SIDE, (low + high) / 2) if high - low > SIDE / 2 else None


# ---------------------------------------------------------------- rows


def _rows(
    body: Body, columns: Columns, pieces: Sequence[Piece], known: tuple[float, Sequence[float]]
) -> tuple[list[Row], bool]:
    """The rows of the body, and whether they are certain. `known`: the page's height, and those of rules left."""
    height, bars = known
    first = 1 if columns.words > 1 else 0
    marks = [line.y for line in body.lines]
    texts = [_lines_in(columns, k, pieces, body.start) for k in range(first, columns.words)]
    steps = sorted(b.y - a.y for t in texts for a, b in pairwise(t) if b.y - a.y < 0.3)
    pitch = steps[len(steps) // 4] if steps else 0.16
    closed = [y for y in bars if y > marks[-1]]
    ends = [max(closed) if closed else _table_end(t, marks[-1], pitch) for t in texts]
    rest = [p for p in pieces if p.y > max(marks[-1], *ends) + SIDE and p.y < FOOT * height]
    texts = [[s for s in t if s.y <= end] for t, end in zip(texts, ends, strict=True)]
    rows = partition.rows(texts, marks, partition.Cuts(above=True, below=not rest, bars=tuple(bars)))
    return rows, bool(rows) and all(r.certain for r in rows)


def _table_end(lines: Sequence[Span], last: float, pitch: float) -> float:
    """Where the words beside the last marks end: below the first white as high as that of a paragraph."""
    end = last
    for line in lines:
        if line.y > last and line.y - end > FOLLOWS * pitch and end >= last:
            break
        end = max(end, line.y)
    return end + 0.01


def _lines_in(columns: Columns, k: int, pieces: Sequence[Piece], start: float) -> list[Span]:
    """The lines of words in a column, top to bottom."""
    left, right = columns.edges[k], columns.edges[k + 1]
    found: list[Span] = []
    own = [p for p in pieces if p.y > start and p.x0 > left - SIDE and p.x1 < right + SIDE and p.height >= LETTER]
    for p in sorted(own, key=lambda p: p.y):
        shared = min(p.y1, found[-1].y1) - max(p.y0, found[-1].y0) if found else 0.0
        if found and shared > LINE * min(p.height, found[-1].y1 - found[-1].y0):
            found[-1] = Span(min(p.y0, found[-1].y0), max(p.y1, found[-1].y1))
        else:
            found.append(Span(p.y0, p.y1))
    return found


def _bounds(rows: Sequence[Row], body: Body, columns: Columns, pieces: Sequence[Piece]) -> list[float]:
    """The heights between rows and below the last: in the middle of the white between their words and marks."""
    first = 1 if columns.words > 1 else 0
    texts = [_lines_in(columns, k, pieces, body.start) for k in range(first, columns.words)]
    extents = []
    for row in rows:
        own = [t[i] for t, a, b in zip(texts, row.first, row.last, strict=True) for i in range(a, b)]
        line = next((line for line in body.lines if line.y == row.y), None)
        own += [Span(p.y0, p.y1) for p in (line.pieces if line else ()) if p.x > columns.edges[columns.words]]
        extents.append((min(s.y0 for s in own), max(s.y1 for s in own)))
    between = [(a[1] + b[0]) / 2 for a, b in pairwise(extents)]
    return [body.start, *between, extents[-1][1] + SIDE]


def _on_bars(bounds: Sequence[float], bars: Sequence[float]) -> list[float]:
    """The heights between rows, on the rules that are left near them."""
    near = [min(bars, key=lambda bar: abs(bar - y), default=y) for y in bounds[1:]]
    return [bounds[0], *(bar if abs(bar - y) <= SIDE else y for bar, y in zip(near, bounds[1:], strict=True))]


# ---------------------------------------------------------------- merged first cells


def _sector_groups(bounds: Sequence[float], columns: Columns, pieces: Sequence[Piece]) -> list[int]:
    lines = [s for s in _lines_in(columns, 0, pieces, bounds[0]) if s.y < bounds[-1]]
    beside = [s for k in range(1, columns.words) for s in _lines_in(columns, k, pieces, bounds[0])]
    return merged.cells(lines, beside, bounds)

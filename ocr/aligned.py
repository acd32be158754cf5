"""The body of a matrix and the pieces of text around it → its lattice, without any rule. All lengths are inches.

Columns are what white parts all the way down, rows what the words beside the marks make (`ocr.partition`), and the
heading is parted by the widest whites in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from statistics import fmean, median

from ocr import partition
from ocr.alignment import DARK
from ocr.bodies import CENTRED, LETTER, NARROW, Body, bodies
from ocr.grid import Grey, Lattice, is_wide_first
from ocr.partition import Row, Span
from ocr.pieces import Piece
from ocr.pieces import pieces as pieces_of

SIDE = 0.06  # between a rule and the words beside it
NEW = 0.7  # of the columns' pitch: a column that only its heading shows stands so far from the others
OWN = 0.1  # from a column's middle to that of what stands in it
LINE = 0.5  # of its height that two pieces share which stand on one line
LEAST_NAME = 0.12  # width of a name's words; dust is smaller
NAME_GAP = 0.12  # white between the names of two columns; the words of one stand nearer
FOLLOWS = 1.3  # times the pitch: what stands further below the last marks' words is no longer the table
WIDER = 1.4  # times the usual column of marks: one that two share
MOST_WORDS = 3  # columns of words: sector, entity, position
LEAST_ROW = 0.1  # height; the form's lowest rows
LEFTOVER = 0.04  # width of what is left of a rule, and its distance from where the rule stood
LEAST_LEFT = 0.05  # of a rule's length, for it to be where its table is parted
FOOT = 0.93  # of the page's height: what stands below is the page's own


@dataclass(frozen=True, slots=True)
class _Columns:
    """The edges of the columns; the first `words` of them hold words, the others are narrow."""

    edges: tuple[float, ...]
    words: int
    middles: tuple[float, ...]


def aligned(body: Body, pieces: Sequence[Piece], height: float) -> Lattice | None:
    """The lattice of a body with a heading; None where its columns cannot be told. `height`: of the page."""
    around = [p for p in pieces if p.y1 > body.top - SIDE and (p.height >= LETTER or p.x0 > body.middles[0] - OWN)]
    columns = _columns(body, around) if body.has_heading else None
    if columns is None or not _over_marks(body, columns, around):
        return None
    rows, certain = _rows(body, columns, around, height)
    if not rows:
        return None
    heading = _Heading.of(body, columns, around)
    bounds = _bounds(rows, body, columns, around)
    ys = (*heading.ys, *bounds)
    if not _ascend(ys) or not _ascend(columns.edges):
        return None  # the heading and the first row take each other's words
    groups = _sector_groups(bounds, columns, around) if columns.words > 1 else list(range(len(rows)))
    level = [*heading.level]
    level += [(a != b, *[True] * (len(columns.edges) - 2)) for a, b in pairwise(groups)]
    level.append((True,) * (len(columns.edges) - 1))
    plumb = [*heading.plumb, *[(True,) * len(columns.edges)] * len(rows)]
    return Lattice(ys, columns.edges, tuple(level), tuple(plumb), ruled=False, certain=certain)


def _ascend(edges: Sequence[float]) -> bool:
    return all(a < b for a, b in pairwise(edges))


def with_aligned(ruled: Sequence[Lattice], grey: Grey, dpi: float) -> list[Lattice]:
    """The tables of a page; a matrix that stands outside them, or whose rules do not part it, built by alignment.

    Rules that stand are the better witness: they give way only to an alignment that is certain, or that shows rows or
    columns of which they know nothing.
    """
    found = [p for p in pieces_of(grey, dpi) if not any(_is_of_a_rule(p, table, dpi) for table in ruled)]
    tables = list(ruled)
    for body in bodies(found):
        own = [t for t in tables if _overlaps(t, body, dpi)]
        lattice = aligned(body, found, grey.shape[0] / dpi)
        parting = next((t for t in own if _parts(t, body, dpi)), None)
        if parting:
            tables[tables.index(parting)] = _with_names_parted(parting, lattice, body, grey, dpi)
        elif lattice and (lattice.certain or all(_is_finer(lattice.scaled(dpi), t, dpi) for t in own)):
            tables = [*(t for t in tables if t not in own), lattice.scaled(dpi)]
    return sorted(tables, key=lambda t: t.ys[0])


def _is_finer(lattice: Lattice, table: Lattice, dpi: float) -> bool:
    """Whether a lattice has the columns of a table and more of them, or more rows."""
    near = all(any(abs(x - own) < 2 * OWN * dpi for own in lattice.xs) for x in table.xs)
    return len(table.xs) < len(lattice.xs) or (near and len(table.ys) < len(lattice.ys))


def _overlaps(table: Lattice, body: Body, dpi: float) -> bool:
    """Whether a table stands where a matrix stands."""
    return (
        table.ys[0] < body.lines[-1].y * dpi
        and table.ys[-1] > body.top * dpi
        and table.xs[0] < body.middles[-1] * dpi
        and table.xs[-1] > body.middles[0] * dpi
    )


def _is_of_a_rule(piece: Piece, table: Lattice, dpi: float) -> bool:
    """Whether a piece is what is left of a plumb rule that a table is known to have there."""
    beside = table.ys[0] < piece.y * dpi < table.ys[-1] and piece.width < LEFTOVER
    return beside and any(abs(piece.x * dpi - x) < LEFTOVER * dpi for x in table.xs)


def _parts(table: Lattice, body: Body, dpi: float) -> bool:
    """Whether a table has a row for each line of marks and a column for each column of them."""
    ys, xs = table.ys, table.xs
    rows = [sum(y < line.y * dpi for y in ys) for line in body.lines]
    columns = [sum(x < m * dpi for x in xs) for m in body.middles]
    inside = all(0 < r < len(ys) for r in rows) and all(0 < c < len(xs) for c in columns)
    return inside and len(set(rows)) == len(rows) and not _are_joined(columns, xs)


def _are_joined(columns: Sequence[int], xs: Sequence[float]) -> bool:
    """Whether two columns of marks stand in one of a table's, given as numbers of columns from 1.

    That one is then wider than those that hold a single one; and the words of a wide first column, which holds
    functions, are no marks, however they stand one above another.
    """
    held = Counter(columns)
    width = {c: xs[c] - xs[c - 1] for c in held}
    single = [width[c] for c, n in held.items() if n == 1]
    usual = median(single) if single else 0.0
    return any(n > 1 and width[c] > WIDER * usual and not (c == 1 and is_wide_first(xs)) for c, n in held.items())


def _with_names_parted(table: Lattice, lattice: Lattice | None, body: Body, grey: Grey, dpi: float) -> Lattice:
    """The table with the edges between columns of words that only alignment shows; it is then no longer known by its
    rules alone."""
    known = lattice is not None and lattice.certain and not is_wide_first(lattice.xs)
    whole = sum(x < body.middles[0] * dpi for x in table.xs) > MOST_WORDS
    words = [x * dpi for x in lattice.xs[1:] if x < body.middles[0]] if lattice and known and not whole else []
    missing = [x for x in words if all(abs(x - own) > 2 * OWN * dpi for own in table.xs)]
    for x in missing:
        at, column = _on_its_rule(x, table, grey, dpi), sum(own < x for own in table.xs)
        table = replace(
            table,
            xs=(*table.xs[:column], at, *table.xs[column:]),
            level=tuple((*row[:column], *row[max(0, column - 1) :]) for row in table.level),
            plumb=tuple((*row[:column], True, *row[column:]) for row in table.plumb),
            ruled=False,
        )
    return _with_rows_parted(table, lattice.scaled(dpi), body, dpi) if lattice and missing else table


def _with_rows_parted(table: Lattice, lattice: Lattice, body: Body, dpi: float) -> Lattice:
    """A table whose columns of words were one has them parted where its rows are: all but the first column, in which
    rows may share a cell, as the alignment shows. Rows cut by the page's ends, which have no marks, only that shows."""
    start, marks = body.start * dpi, [line.y * dpi for line in body.lines]
    ys, level, plumb = list(table.ys), [list(row) for row in table.level], list(table.plumb)
    below = [y for y in lattice.ys if y > start - 1]
    for y, top, bottom in ((below[1], below[0], below[1]), (below[-2], below[-2], below[-1])):
        free = all(abs(y - own) > LEAST_ROW * dpi for own in ys) and not any(top < m < bottom for m in marks)
        if free and ys[0] < y < ys[-1]:
            at = sum(own < y for own in ys)
            ys.insert(at, y)
            level.insert(at, [True] * len(level[0]))
            plumb.insert(at, plumb[at - 1])
    for i, y in enumerate(ys[:-1]):
        if y > start + SIDE * dpi and any(level[i]):
            near = min(range(len(lattice.ys)), key=lambda k: abs(lattice.ys[k] - y))
            level[i] = [lattice.level[near][0], *[True] * (len(level[i]) - 1)]
    return replace(table, ys=tuple(ys), level=tuple(map(tuple, level)), plumb=tuple(plumb))


def _on_its_rule(x: float, table: Lattice, grey: Grey, dpi: float) -> float:
    """Where near `x` (pixels) most is left of a rule down the table; `x` itself where there is next to nothing."""
    reach = round(LEFTOVER * dpi)
    beside = grey[round(table.ys[0]) : round(table.ys[-1]), round(x) - reach : round(x) + reach + 1] < DARK
    shares = beside.mean(axis=0)
    return round(x) - reach + float(shares.argmax()) if shares.size and shares.max() >= LEAST_LEFT else x


# ---------------------------------------------------------------- columns


def _columns(body: Body, pieces: Sequence[Piece]) -> _Columns | None:
    last = body.lines[-1].y
    beside = [p for p in pieces if p.x1 < body.middles[0] - SIDE and p.height >= LETTER]
    words = [p for p in beside if body.start < p.y < last + SIDE]
    heading = [p for p in pieces if p.y < body.start and p.height >= LETTER]
    if not words:
        return None
    words_end = max(p.x1 for p in words if p.width > NARROW or p.x1 < body.middles[0] - 2 * OWN)
    middles = _all_middles(body, heading, words_end)
    inside = [p for p in pieces if p.y < last + SIDE and p.width <= _pitch(middles) and p.x0 >= words_end - SIDE]
    narrow = _narrow_edges(middles, inside, words_end)
    lead_heading = [p for p in heading if p.x1 < narrow[0] + SIDE]
    names = _names([p for p in lead_heading if p.y0 > body.top - SIDE and p.width > LEAST_NAME])
    if not names:
        return None
    lead = [min(p.x0 for p in [*words, *heading] if p.x1 < narrow[0] + SIDE) - SIDE]
    for a, b in pairwise(names):
        edge = _gutter([p for p in [*words, *heading] if p.x1 < narrow[0] + SIDE], fmean(a), fmean(b))
        if edge is None:
            return None
        lead.append(edge)
    return _Columns((*lead, *narrow), len(names), tuple(middles))


def _all_middles(body: Body, heading: Sequence[Piece], words_end: float) -> list[float]:
    """The middles of the narrow columns, with those that hold nothing below their heading, or little."""
    middles = list(body.middles)
    pitch = _pitch(middles)
    below = [p.x for line in body.lines for p in line.pieces if p.x0 > words_end]
    shown = [p.x for p in heading if p.width <= NARROW and p.x0 > words_end]
    for x in sorted([x for x in below if sum(abs(x - o) < CENTRED for o in below) > 1] + shown):
        own = [o for o in [*below, *shown] if abs(o - x) <= CENTRED]
        if x < middles[-1] and all(abs(x - m) >= NEW * pitch for m in middles):
            middles = sorted([*middles, fmean(own)])
    return middles


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


def _names(pieces: Sequence[Piece]) -> list[tuple[float, float]]:
    """The extents of the names of the columns of words, left to right."""
    found: list[tuple[float, float]] = []
    for p in sorted(pieces, key=lambda p: p.x0):
        if found and p.x0 - found[-1][1] < NAME_GAP:
            found[-1] = (found[-1][0], max(p.x1, found[-1][1]))
        else:
            found.append((p.x0, p.x1))
    return found


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


def _rows(body: Body, columns: _Columns, pieces: Sequence[Piece], height: float) -> tuple[list[Row], bool]:
    """The rows of the body, and whether they are certain."""
    first = 1 if columns.words > 1 else 0
    marks = [line.y for line in body.lines]
    texts = [_lines_in(columns, k, pieces, body.start) for k in range(first, columns.words)]
    steps = sorted(b.y - a.y for t in texts for a, b in pairwise(t) if b.y - a.y < 0.3)
    pitch = steps[len(steps) // 4] if steps else 0.16
    ends = [_table_end(t, marks[-1], pitch) for t in texts]
    rest = [p for p in pieces if p.y > max(marks[-1], *ends) + SIDE and p.y < FOOT * height]
    texts = [[s for s in t if s.y <= end] for t, end in zip(texts, ends, strict=True)]
    rows = partition.rows(texts, marks, cut_above=True, cut_below=not rest)
    return rows, bool(rows) and all(r.certain for r in rows)


def _table_end(lines: Sequence[Span], last: float, pitch: float) -> float:
    """Where the words beside the last marks end: below the first white as high as that of a paragraph."""
    end = last
    for line in lines:
        if line.y > last and line.y - end > FOLLOWS * pitch and end >= last:
            break
        end = max(end, line.y)
    return end + 0.01


def _lines_in(columns: _Columns, k: int, pieces: Sequence[Piece], start: float) -> list[Span]:
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


def _bounds(rows: Sequence[Row], body: Body, columns: _Columns, pieces: Sequence[Piece]) -> list[float]:
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


# ---------------------------------------------------------------- merged first cells


def _sector_groups(bounds: Sequence[float], columns: _Columns, pieces: Sequence[Piece]) -> list[int]:
    """For each row the number of the first cell that it shares: each text stands in the middle of its rows."""
    lines = [s for s in _lines_in(columns, 0, pieces, bounds[0]) if s.y < bounds[-1]]
    count = len(bounds) - 1
    best: dict[tuple[int, int], tuple[float, tuple[int, ...]]] = {(0, 0): (0.0, ())}
    for row in range(count):
        for used in range(len(lines) + 1):
            if (row, used) not in best:
                continue
            cost, cells = best[row, used]
            for end in range(row + 1, count + 1):
                for last in range(used if row == 0 else used + 1, len(lines) + 1):
                    price = _price(lines[used:last], bounds[row], bounds[end])
                    if price is None:
                        continue
                    old = best.get((end, last))
                    if old is None or cost + price < old[0]:
                        best[end, last] = (cost + price, (*cells, end))
    cells = best.get((count, len(lines)), (0.0, tuple(range(1, count + 1))))[1]
    return [sum(row >= end for end in cells) for row in range(count)]


def _price(lines: Sequence[Span], top: float, bottom: float) -> float | None:
    """What it costs to take lines for the text of a cell; None where they do not fit in it."""
    if not lines:
        return 3.0
    if lines[0].y0 < top - 0.03 or lines[-1].y1 > bottom + 0.03:
        return None
    steps = [b.y - a.y for a, b in pairwise(lines)]
    loose = sum(max(0.0, s - 0.2) for s in steps) * 50
    off = (lines[0].y0 + lines[-1].y1) / 2 - (top + bottom) / 2
    return float((off / 0.04) ** 2 + loose + 0.5)


# ---------------------------------------------------------------- heading


@dataclass(frozen=True, slots=True)
class _Heading:
    """The edges above the heading's rows, and which stretches of them and of the columns' edges part its cells."""

    ys: tuple[float, ...]
    level: tuple[tuple[bool, ...], ...]
    plumb: tuple[tuple[bool, ...], ...]

    @staticmethod
    def of(body: Body, columns: _Columns, pieces: Sequence[Piece]) -> _Heading:
        edges, lead = columns.edges, columns.words + (columns.words > 1)
        count = len(edges) - 1
        over = _over_marks(body, columns, pieces)
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
        return _Heading(ys, tuple(level), tuple(plumb))


def _centre(over: Sequence[Piece], ys: Sequence[float]) -> float:
    first = [p for p in over if len(ys) < 2 or p.y < ys[1]]
    return (min(p.x0 for p in first) + max(p.x1 for p in first)) / 2


def _over_marks(body: Body, columns: _Columns, pieces: Sequence[Piece]) -> list[Piece]:
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


def _starts(over: Sequence[Piece], band: tuple[float, float], columns: _Columns, lead: int) -> set[int]:
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

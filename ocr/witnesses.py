"""The tables of a page by both witnesses: its rules, and how its text is aligned. All lengths are inches.

Rules that stand are the better witness; what no rule parts, the alignment does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from ocr.aligned import aligned, column_edges
from ocr.alignment import DARK
from ocr.bodies import Body, bodies
from ocr.edges import is_wide_first
from ocr.grid import Grey, Lattice
from ocr.headings import SIDE
from ocr.middles import OWN
from ocr.pieces import Band, Piece
from ocr.pieces import pieces as pieces_of
from ocr.siblings import with_siblings

WIDER = 1.4  # times the usual column of marks: one that two share
MOST_WORDS = 3  # columns of words: sector, entity, position
LEAST_ROW = 0.1  # height; the form's lowest rows
LEAST_SHOWN = 0.1  # share of a rule that shows; where there is none plumb rules and dust reach 0.02
STRAY = 0.01  # by which what is left of it may be off
SWALLOWED = 0.12  # by which the first row of marks begins above the end of the heading, where no rule parts them
LEAST_BAR = 0.5  # of a row edge's stretches that carry a rule, for it to tell rows apart where others are lost
LEFTOVER = 0.04  # width of what is left of a rule, and its distance from where the rule stood
LEAST_LEFT = 0.05  # of a rule's length, for it to be where its table is parted


def with_aligned(ruled: Sequence[Lattice], grey: Grey, dpi: float) -> list[Lattice]:
    """The tables of a page; a matrix that stands outside them, or whose rules do not part it, built by alignment.

    Rules that stand are the better witness: they give way only to an alignment that is certain.
    """
    bands = _ruled_bands(ruled, dpi)
    found = [p for p in pieces_of(grey, dpi, bands) if not any(_is_of_a_rule(p, table, dpi) for table in ruled)]
    tables = list(ruled)
    for body in with_siblings(bodies(found), found):
        own = [t for t in tables if _overlaps(t, body, dpi)]
        parting = next((t for t in own if _parts(t, body, dpi)), None)
        if parting and not _missing_names(parting, column_edges(body, found), body, dpi):
            continue  # alignment would add nothing, and takes a while
        lattice = aligned(body, found, grey.shape[0] / dpi, [y / dpi for table in own for y in _bars(table, grey, dpi)])
        if parting:
            tables[tables.index(parting)] = _with_names_parted(parting, lattice, body, grey, dpi)
        elif lattice and (not own or (lattice.certain and _is_as_fine(lattice, own))):
            tables = [*(t for t in tables if t not in own), lattice.scaled(dpi)]
    return sorted(tables, key=lambda t: t.ys[0])


def _ruled_bands(tables: Sequence[Lattice], dpi: float) -> list[Band]:
    """Where tables have their edges, in inches: the rests of a broken rule join the words beside them."""
    found: list[Band] = []
    for table in tables:
        t, half = table.scaled(1 / dpi), LEFTOVER / 2
        found += [(t.xs[0], y - half, t.xs[-1], y + half) for y in t.ys]
        found += [(x - half, t.ys[0], x + half, t.ys[-1]) for x in t.xs]
    return found


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


def _is_as_fine(lattice: Lattice, tables: Sequence[Lattice]) -> bool:
    """Whether an alignment has as many rows and columns as each table that stands there: what rules part is parted."""
    return all(len(t.xs) <= len(lattice.xs) and len(t.ys) <= len(lattice.ys) for t in tables)


def _bars(table: Lattice, grey: Grey, dpi: float) -> list[float]:
    """The edges of rows on which rules show beside the first column, in whose merged cells there is none; others were
    found by what stands above and below them."""
    stand = [y for y, edge in zip(table.ys, table.level, strict=True) if sum(edge[1:]) >= LEAST_BAR * len(edge[1:])]
    reach, left, right = round(STRAY * dpi), round(table.xs[1]), round(table.xs[-1])
    shown = [(grey[max(0, round(y) - reach) : round(y) + reach + 1, left:right] < DARK).any(axis=0) for y in stand]
    return [y for y, ink in zip(stand, shown, strict=True) if ink.mean() >= LEAST_SHOWN]


def _parts(table: Lattice, body: Body, dpi: float) -> bool:
    """Whether a table has a row for each line of marks and a column for each column of them."""
    ys, xs = table.ys, table.xs
    rows = [sum(y < line.y * dpi for y in ys) for line in body.lines]
    columns = [sum(x < m * dpi for x in xs) for m in body.middles]
    inside = all(0 < r < len(ys) for r in rows) and all(0 < c < len(xs) for c in columns)
    if inside and body.has_heading and ys[rows[0] - 1] < (body.start - SWALLOWED) * dpi:
        return False  # its first row stands in the heading
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
    missing = _missing_names(table, lattice.xs, body, dpi) if lattice and lattice.certain else []
    for x in missing:
        at, column = _on_its_rule(x, table, grey, dpi), sum(own < x for own in table.xs)
        table = replace(
            table,
            xs=(*table.xs[:column], at, *table.xs[column:]),
            level=tuple((*row[:column], *row[column - 1 :]) for row in table.level),
            plumb=tuple((*row[:column], True, *row[column:]) for row in table.plumb),
            ruled=False,
        )
    return _with_rows_parted(table, lattice.scaled(dpi), body, dpi) if lattice and missing else table


def _missing_names(table: Lattice, edges: Sequence[float], body: Body, dpi: float) -> list[float]:
    """Of the edges of columns that alignment shows those between columns of words that the table lacks, in pixels."""
    whole = sum(x < body.middles[0] * dpi for x in table.xs) > MOST_WORDS
    if whole or not edges or is_wide_first(edges):
        return []
    words = [x * dpi for x in edges[1:] if x < body.middles[0]]
    inside = [x for x in words if x > table.xs[0]]  # what stands beside the table is a stamp's
    return [x for x in inside if all(abs(x - own) > 2 * OWN * dpi for own in table.xs)]


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

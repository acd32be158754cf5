"""Rows and columns that lost the rule between them, parted again by how what stands in them is aligned.

A mark, a role and a total stand alone in their cells. Where the narrow columns of one row all hold two or more of them,
at the same heights, that row is several rows; where all that a column holds lies in narrow upright bands, it is several
columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ocr import blobs
from ocr.edges import is_wide_first
from ocr.grid import Grey, Lattice

DARK = 150  # grey level below which a pixel is ink
INSET = 0.04  # inches left out along the edges of a cell, where rules stand
NARROW = 0.5  # inches: marks, roles, totals and "N/A" are narrower, names wider
GROUP_GAP = 0.09  # inches of white between the marks of two rows; less than a line of text
SPECK = 0.03  # inches: lower ink is dust, and so is a dash, which then does not count
ALIGNED = 0.06  # inches by which marks of one row may differ in height
LEAST_WITNESSES = 2  # narrow columns that must agree
LEAST_BAND = 0.03  # inches: what is left of a broken plumb rule is narrower than a column of dashes
LEAST_MARKED = 2  # rows that hold ink in a band which is a column, if the table has as many
BAND_GAP = 0.25  # inches of white, all the way down, between two columns of marks; words of a text stand nearer

Group = tuple[float, float]


def with_parted_rows(lattice: Lattice, grey: Grey, dpi: float) -> Lattice:
    """The lattice with an edge added between rows that share one of its rows."""
    ink = grey < DARK
    narrow = [j for j in range(1, len(lattice.xs) - 1) if _is_narrow(lattice, ink, j, dpi)]
    cuts: list[tuple[int, float]] = []
    last = len(lattice.xs) - 2
    for i in range(_first_body_row(lattice), len(lattice.ys) - 1):
        witnesses = [g for j in narrow if len(g := _groups(lattice, ink, i, j, dpi)) > 1]
        found = _boundaries(witnesses, lattice, ink, dpi)
        if last not in narrow or len(_groups(lattice, ink, i, last, dpi)) > len(found):
            cuts += [(i, y) for y in found]  # each row has a total; where there is one alone, a stamp's words made two
    for i, y in reversed(cuts):
        lattice = _with_edge(lattice, i, y)
    return lattice


def with_parted_columns(lattice: Lattice, grey: Grey, dpi: float) -> Lattice:
    """The lattice with an edge added between columns of marks that share one of its columns."""
    ink = grey < DARK
    cuts = [(j, x) for j in range(1, len(lattice.xs) - 1) for x in _gaps(_bands(lattice, ink, j, dpi), dpi)]
    for j, x in reversed(cuts):
        lattice = _with_column(lattice, j, x)
    return lattice


def _bands(lattice: Lattice, ink: npt.NDArray[np.bool_], column: int, dpi: float) -> list[Group]:
    """The upright bands (left, right; page pixels) in which all ink of a column's body lies.

    Dust is not ink, and neither is what one of several rows alone holds: a stamp's arc.
    """
    left = round(lattice.xs[column] + dpi * INSET)
    rows = range(_first_body_row(lattice), len(lattice.ys) - 1)
    spans: list[tuple[float, float, int]] = []
    for row in rows:
        cell = _cell(lattice, ink, row, column, dpi)
        if cell.size:
            pieces = blobs.boxes(cell.astype(np.uint8)).tolist()
            spans += [(left + x, left + x + w, row) for x, _, w, h in pieces if max(w, h) >= dpi * SPECK]
    bands: list[tuple[float, float, set[int]]] = []
    for start, end, row in sorted(spans):
        if bands and start - bands[-1][1] < dpi * BAND_GAP:
            bands[-1] = (bands[-1][0], max(end, bands[-1][1]), bands[-1][2] | {row})
        else:
            bands.append((start, end, {row}))
    least = min(LEAST_MARKED, len(rows))
    return [(a, b) for a, b, marked in bands if b - a >= dpi * LEAST_BAND and len(marked) >= least]


def _gaps(bands: Sequence[Group], dpi: float) -> list[float]:
    """The middles between bands, if every band is as narrow as a column's marks."""
    if any(right - left >= dpi * NARROW for left, right in bands):
        return []
    return [(a[1] + b[0]) / 2 for a, b in pairwise(bands)]


def _with_column(lattice: Lattice, column: int, x: float) -> Lattice:
    """The lattice with one more column edge at `x`, within `column`; it stands below the heading."""
    body = _first_body_row(lattice)
    return replace(
        lattice,
        xs=(*lattice.xs[: column + 1], x, *lattice.xs[column + 1 :]),
        level=tuple((*row[: column + 1], row[column], *row[column + 1 :]) for row in lattice.level),
        plumb=tuple((*row[: column + 1], i >= body, *row[column + 1 :]) for i, row in enumerate(lattice.plumb)),
    )


def _first_body_row(lattice: Lattice) -> int:
    return next((i for i in range(1, len(lattice.ys) - 1) if lattice.level[i][0]), len(lattice.ys))


def _cell(lattice: Lattice, ink: npt.NDArray[np.bool_], row: int, column: int, dpi: float) -> npt.NDArray[np.bool_]:
    inset = dpi * INSET
    y0, y1 = lattice.ys[row] + inset, lattice.ys[row + 1] - inset
    x0, x1 = lattice.xs[column] + inset, lattice.xs[column + 1] - inset
    return ink[round(y0) : max(round(y0), round(y1)), round(x0) : max(round(x0), round(x1))]


def _is_narrow(lattice: Lattice, ink: npt.NDArray[np.bool_], column: int, dpi: float) -> bool:
    """Whether most of what stands in a column of the body is no wider than a mark."""
    widths = []
    for row in range(_first_body_row(lattice), len(lattice.ys) - 1):
        at = np.nonzero(_cell(lattice, ink, row, column, dpi).any(axis=0))[0]
        if len(at):
            widths.append((at[-1] - at[0]) / dpi)
    return bool(widths) and float(np.median(widths)) < NARROW


def _groups(lattice: Lattice, ink: npt.NDArray[np.bool_], row: int, column: int, dpi: float) -> list[Group]:
    """The heights (top, bottom; page pixels) of the pieces of ink in a cell, one above the other."""
    at = np.nonzero(_cell(lattice, ink, row, column, dpi).any(axis=1))[0]
    if not len(at):
        return []
    top = round(lattice.ys[row] + dpi * INSET)
    breaks = np.nonzero(np.diff(at) - 1 >= dpi * GROUP_GAP)[0]
    runs = zip(at[np.r_[0, breaks + 1]], at[np.r_[breaks, len(at) - 1]], strict=True)
    return [(float(a + top), float(b + top)) for a, b in runs if b - a >= dpi * SPECK]


def _boundaries(
    witnesses: Sequence[Sequence[Group]], lattice: Lattice, ink: npt.NDArray[np.bool_], dpi: float
) -> list[float]:
    """Where the row must be cut: between the groups on which most witnesses agree, through the whitest line there."""
    size = Counter(len(w) for w in witnesses).most_common(1)
    agreeing = [w for w in witnesses if size and len(w) == size[0][0]]
    if len(agreeing) < LEAST_WITNESSES or not _aligned(agreeing, dpi):
        return []
    across = (
        lattice.xs[0 if is_wide_first(lattice.xs) else 1],
        lattice.xs[-1],
    )  # what merges rows may be written there
    return [
        _whitest(ink, max(w[k][1] for w in agreeing), min(w[k + 1][0] for w in agreeing), across)
        for k in range(len(agreeing[0]) - 1)
    ]


def _aligned(witnesses: Sequence[Sequence[Group]], dpi: float) -> bool:
    middles = np.array([[(top + bottom) / 2 for top, bottom in w] for w in witnesses])
    return bool((np.abs(middles - np.median(middles, axis=0)) <= dpi * ALIGNED).mean() > 0.8)


def _whitest(ink: npt.NDArray[np.bool_], top: float, bottom: float, across: tuple[float, float]) -> float:
    """The line between two heights with the least ink from one x to another; of several the one nearest the middle."""
    low, high = round(top) + 1, max(round(top) + 2, round(bottom))
    filled = ink[low:high, round(across[0]) : round(across[1])].mean(axis=1)
    middle = (high - low) / 2
    best = min(range(len(filled)), key=lambda k: (round(float(filled[k]), 2), abs(k - middle)), default=0)
    return float(low + best)


def _with_edge(lattice: Lattice, row: int, y: float) -> Lattice:
    """The lattice with one more row edge at `y`, within `row`; it stands everywhere but in the first column."""
    edge = (False, *[True] * (len(lattice.xs) - 2))
    return replace(
        lattice,
        ys=(*lattice.ys[: row + 1], y, *lattice.ys[row + 1 :]),
        level=(*lattice.level[: row + 1], edge, *lattice.level[row + 1 :]),
        plumb=(*lattice.plumb[: row + 1], lattice.plumb[row], *lattice.plumb[row + 1 :]),
    )
